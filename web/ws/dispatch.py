"""From a well-formed request to its method's handler and back.

A handler runs on the connection's reader: it must be quick, and other requests of the same connection wait for it. One
that has to wait for a run answers ``LATER`` and responds from a callback.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from openclaw.errors import Draining, InvalidRequest, OpenClawError, Unavailable
from web.validation import Params, problems
from web.ws.authorize import authorize
from web.ws.frames import Request, encode_failure, encode_response

if TYPE_CHECKING:
    from web.gateway import Gateway
    from web.ws.connection import Connection

log = logging.getLogger(__name__)


class _Later:
    """The handler has responded itself, or will."""


LATER: Final = _Later()


@dataclass(frozen=True, slots=True)
class Call:
    """One request on its way to a handler, and the way back."""

    gateway: Gateway
    connection: Connection
    request_id: str
    method: str
    params: dict[str, Any]

    def respond(self, payload: Any) -> None:
        self.connection.send(encode_response(self.request_id, payload))

    def fail(self, error: OpenClawError, payload: Any = None) -> None:
        self.connection.send(encode_failure(self.request_id, error, payload))

    def answer_from(self, put: Callable[[Callable[[], None]], bool], work: Callable[[], Any]) -> Any:
        """Respond with what ``work`` returns or raises, from the thread that ``put`` gives it to; ``LATER``.

        Raises Unavailable when that thread has too much to do.
        """

        def answer() -> None:
            try:
                payload = work()
            except OpenClawError as error:
                self.fail(error)
            except Exception as error:  # noqa: BLE001 - whoever asked must hear of it
                self.fail(bug_in(self.method, error))
            else:
                self.respond(payload)

        if not put(answer):
            raise Unavailable("too many such requests are waiting; try again", retry_after_seconds=1.0)
        return LATER


@dataclass(frozen=True, slots=True)
class Method:
    """A method of the protocol. ``available`` says whether this gateway can serve it at all."""

    name: str
    schema: Params
    handle: Callable[[Call], Any]
    available: Callable[[Gateway], bool] = lambda _gateway: True


class Methods:
    """The dispatch table of one gateway."""

    def __init__(self, gateway: Gateway, methods: Iterable[Method]) -> None:
        self._gateway = gateway
        self._methods = {method.name: method for method in methods if method.available(gateway)}

    @property
    def names(self) -> list[str]:
        return sorted(self._methods)

    def dispatch(self, connection: Connection, request: Request) -> None:
        """Answer a request; never raises."""
        started = time.perf_counter()
        try:
            outcome = self._call(connection, request)
        except OpenClawError as error:
            outcome = error.wire_code
            connection.send(encode_failure(request.id, error))
        except Exception as error:  # noqa: BLE001 - a bug in one handler must not take the connection down
            outcome = "internal"
            connection.send(encode_failure(request.id, bug_in(request.method, error)))
        known = request.method if request.method in self._methods else "unknown"
        self._gateway.metrics.request(known, outcome, time.perf_counter() - started)

    def _call(self, connection: Connection, request: Request) -> str:
        admission = connection.admission
        if request.method == "connect":
            authorize("connect", request.params, admission.role, admission.scopes)
            raise InvalidRequest("connect is only valid as the first request")
        method = self._methods.get(request.method)
        if method is None:
            raise InvalidRequest(f"unknown method: {request.method}")
        params = request.params if request.params is not None else {}
        authorize(method.name, params, admission.role, admission.scopes)
        complaint = problems(method.schema, params)
        if complaint:
            raise InvalidRequest(f"invalid {method.name} params: {complaint}")
        if self._gateway.draining:
            raise Draining("gateway restarting; retry shortly", retry_after_seconds=1.0)
        call = Call(self._gateway, connection, request.id, method.name, params)
        payload = method.handle(call)
        if payload is not LATER:
            call.respond(payload)
        return "ok"


def bug_in(method: str, error: Exception) -> Unavailable:
    """What a client is told of a bug; the log has all of it under the same reference."""
    reference = uuid.uuid4().hex[:12]
    log.error("%s failed, reference %s", method, reference, exc_info=error)
    return Unavailable("internal error", details={"ref": reference})
