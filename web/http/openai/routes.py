"""The routes under ``/v1``, and what stands before each: whether it is served, who calls, how much he may send."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import InternalServerError, RequestEntityTooLarge

from openclaw.domain.scopes import Scope
from openclaw.errors import OpenClawError
from web.gateway import Gateway
from web.http.access import HttpRefused, require
from web.http.openai import chat_answer, responses_answer, responses_stream
from web.http.openai.asked import asked_turn
from web.http.openai.body import read_json
from web.http.openai.chat_request import read_chat, read_messages
from web.http.openai.embeddings import Embeddings
from web.http.openai.errors import INTERNAL, MISSING, TOO_LARGE, UNAVAILABLE, ApiError, of_error, of_refusal
from web.http.openai.follow import ClientGone, FollowedRun, Outcome
from web.http.openai.models import model_list, one_model
from web.http.openai.responses_answer import ResponseShape
from web.http.openai.responses_request import read_input, read_responses
from web.http.openai.sse import streaming

#: The blueprint's name: its refusals have OpenAI's shape.
OPENAI = "openai"
#: nginx's word for a client that did not wait; nobody reads it.
CLIENT_CLOSED_REQUEST = 499
EMBEDDING_BODY_BYTES = 2_097_152

Answer = Response | tuple[Response, int] | tuple[Response, int, dict[str, str]]


def openai_routes(gateway: Gateway) -> Blueprint:
    """The routes of OpenAI's interface."""
    routes = Blueprint(OPENAI, __name__, url_prefix="/v1")
    embeddings = Embeddings(gateway)

    @routes.post("/chat/completions")
    def chat() -> Answer:
        settings = gateway.services.facts.http.chat_completions
        _admit(gateway, Scope.WRITE, served=settings.enabled, max_bytes=settings.max_body_bytes)
        return _chat(gateway, read_chat(read_json(request)))

    @routes.post("/responses")
    def responses() -> Answer:
        settings = gateway.services.facts.http.responses
        _admit(gateway, Scope.WRITE, served=settings.enabled, max_bytes=settings.max_body_bytes)
        return _responses(gateway, read_responses(read_json(request)))

    @routes.get("/models")
    def models() -> Answer:
        _admit(gateway, Scope.READ, served=_any(gateway))
        return jsonify(model_list(gateway.services.facts))

    @routes.get("/models/<path:name>")
    def model(name: str) -> Answer:
        _admit(gateway, Scope.READ, served=_any(gateway))
        return jsonify(one_model(name, gateway.services.facts))

    @routes.post("/embeddings")
    def embed() -> Answer:
        _admit(gateway, Scope.WRITE, served=_any(gateway), max_bytes=EMBEDDING_BODY_BYTES)
        return jsonify(embeddings.answer(read_json(request), request.headers))

    @routes.route("/<path:rest>", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
    def unknown(rest: str) -> Answer:
        raise _not_served(f"{request.method} /v1/{rest}")

    routes.register_error_handler(HttpRefused, lambda refused: of_refusal(refused).response())
    routes.register_error_handler(ApiError, ApiError.response)
    routes.register_error_handler(OpenClawError, lambda error: of_error(error).response())
    routes.register_error_handler(RequestEntityTooLarge, _too_large)
    routes.register_error_handler(InternalServerError, _failed)
    return routes


def _any(gateway: Gateway) -> bool:
    http = gateway.services.facts.http
    return http.chat_completions.enabled or http.responses.enabled


def _admit(gateway: Gateway, scope: Scope, *, served: bool, max_bytes: int = 0) -> None:
    """Let a call in before its body is read. Raises ApiError, HttpRefused."""
    if not served:
        raise _not_served(request.path)
    if gateway.draining:
        raise ApiError(UNAVAILABLE, "The gateway is stopping; try again.", retry_after_seconds=1.0)
    require(request, gateway, scope)
    request.max_content_length = max_bytes


def _not_served(what: str) -> ApiError:
    return ApiError(MISSING, f"'{what[:100]}' is not served here.", code="unknown_url")


def _too_large(_error: RequestEntityTooLarge) -> Answer:
    return ApiError(TOO_LARGE, f"The request is larger than {request.max_content_length} bytes.").response()


def _failed(_error: InternalServerError) -> Answer:
    """A fault of ours; Flask has logged it."""
    return ApiError(INTERNAL, "The request could not be carried out.").response()


def _chat(gateway: Gateway, fields: dict[str, Any]) -> Answer:
    most = fields.get("max_completion_tokens") or fields.get("max_tokens")
    asked = asked_turn(gateway, request.headers, fields, read_messages(fields["messages"]), most)
    run = FollowedRun.submit(gateway, asked, request.environ, chat_answer.PREFIX)
    if fields.get("stream"):
        include_usage = bool(fields.get("stream_options", {}).get("include_usage"))
        return streaming(run, chat_answer.stream(run, include_usage=include_usage))
    return _whole(run, partial(chat_answer.completion, run))


def _responses(gateway: Gateway, fields: dict[str, Any]) -> Answer:
    script = read_input(fields["input"], fields.get("instructions", ""))
    asked = asked_turn(gateway, request.headers, fields, script, fields.get("max_output_tokens"))
    run = FollowedRun.submit(gateway, asked, request.environ, responses_answer.PREFIX)
    shape = ResponseShape(run, {name: fields[name] for name in responses_answer.REPEATED if name in fields})
    if fields.get("stream"):
        return streaming(run, responses_stream.stream(run, shape))
    return _whole(run, shape.ended)


def _whole(run: FollowedRun, answer: Callable[[Outcome], dict[str, Any]]) -> Answer:
    try:
        return jsonify(answer(run.finish()))
    except ClientGone:
        return Response(status=CLIENT_CLOSED_REQUEST)
    finally:
        run.leave()
