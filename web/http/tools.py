"""``POST /tools/invoke``: one tool, called once, under the whole tool policy."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request

from openclaw.domain.scopes import Scope
from openclaw.errors import InvalidRequest, Unavailable
from web.gateway import Gateway
from web.http.access import UNAVAILABLE, HttpRefused, require, unavailable
from web.http.json_body import BadBody, read_object
from web.http.run_wait import wait_for_end
from web.tool_desk import MAX_ARGUMENT_BYTES, BadArguments, ToolNotAvailable, ToolRequest, answer_of
from web.validation import Anything, Flag, Params, Text, problems

BAD_REQUEST, NOT_FOUND, INTERNAL, TIMED_OUT = 400, 404, 500, 504
#: Beyond the longest run: its own deadline comes first.
WAIT_SECONDS = 660.0
_STATUS = {"": 200, "tool_error": BAD_REQUEST, "timeout": TIMED_OUT, "aborted": INTERNAL, "internal": INTERNAL}
Answer = tuple[Response, int] | tuple[Response, int, dict[str, str]]


class InvokeBody(Params):
    tool = Text(required=True, min_length=1)
    action = Text()
    args = Anything()
    sessionKey = Text(max_length=512)  # noqa: N815 - the wire writes its names so
    agentId = Text()  # noqa: N815
    dryRun = Flag()  # noqa: N815
    idempotencyKey = Text(max_length=512)  # noqa: N815


_BODY = InvokeBody()


def tool_routes(gateway: Gateway) -> Blueprint:
    """The route for programs that want a tool and no conversation."""
    routes = Blueprint("tools", __name__)

    @routes.post("/tools/invoke")
    def invoke() -> Answer:
        try:
            return _invoke(gateway)
        except HttpRefused as refused:
            return _failure(refused.code.lower() or "refused", str(refused), refused.status, refused.headers())
        except BadBody as bad:
            return _failure("invalid_request", str(bad), bad.status)
        except ToolNotAvailable as error:
            return _failure("not_found", str(error), NOT_FOUND)
        except InvalidRequest as error:
            return _failure("invalid_request", str(error), BAD_REQUEST)
        except Unavailable as error:
            return _failure("unavailable", str(error), UNAVAILABLE, unavailable(error).headers())

    return routes


def _invoke(gateway: Gateway) -> Answer:
    caller = require(request, gateway, Scope.WRITE)
    body = read_object(request, MAX_ARGUMENT_BYTES)
    complaint = problems(_BODY, body)
    if complaint:
        raise InvalidRequest(complaint)
    asked = _asked(gateway, body, is_owner=caller.may(Scope.ADMIN))
    if body.get("dryRun"):
        shown = {"tool": asked.name, "args": gateway.tools.checked(asked), "sessionKey": asked.session_key}
        return jsonify(ok=True, dryRun=True, result=shown), 200
    accepted = gateway.tools.start(asked)
    gateway.metrics.accepted("tool")
    end = wait_for_end(gateway, accepted.run_id, WAIT_SECONDS, ask_database=accepted.duplicate)
    if end is None:
        message = f"no result in time; run {accepted.run_id} goes on, and the same idempotencyKey asks for it again"
        return _failure("timeout", message, TIMED_OUT)
    answer = answer_of(end)
    if answer.error:
        return _failure(answer.error, answer.text, _STATUS[answer.error])
    return jsonify(ok=True, result={"content": [{"type": "text", "text": answer.text}]}), 200


def _asked(gateway: Gateway, body: dict[str, Any], *, is_owner: bool) -> ToolRequest:
    arguments = body.get("args")
    if not (arguments is None or isinstance(arguments, dict)):
        raise BadArguments("args must be object")
    given = body.get("sessionKey", "")
    return ToolRequest(
        name=body["tool"].strip(),
        session_key=gateway.tools.session_key(given.strip(), body.get("agentId", "").strip()),
        arguments=arguments or {},
        action=body.get("action", "").strip(),
        is_owner=is_owner,
        idempotency_key=(request.headers.get("Idempotency-Key") or body.get("idempotencyKey", "")).strip(),
        channel=_header("X-OpenClaw-Message-Channel"),
        account=_header("X-OpenClaw-Account-Id"),
    )


def _header(name: str) -> str:
    return request.headers.get(name, "").strip()[:100]


def _failure(kind: str, message: str, status: int, headers: dict[str, str] | None = None) -> Answer:
    return jsonify(ok=False, error={"type": kind, "message": message}), status, headers or {}
