"""``POST <hooks.path>/<name>``. The path follows the configuration, so that this looks at requests before they are
routed; while hooks are off, it sees none.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from flask import Response, jsonify, request

from openclaw.domain.untrusted import one_line
from openclaw.errors import InvalidRequest, Unavailable
from web.auth.peer import Peer
from web.auth.proof import AuthFailed, TooManyFailures
from web.http.access import BAD_REQUEST, TOO_MANY, UNAUTHORIZED, UNAVAILABLE, bearer_of
from web.http.hooks.actions import NOT_FOUND, action_of
from web.http.hooks.dispatch import Dispatched, dispatch
from web.http.hooks.reading import read_call
from web.http.hooks.refusal import HookRefused
from web.sockets import WEBSOCKET

if TYPE_CHECKING:
    from web.gateway import Gateway

log = logging.getLogger(__name__)

WRONG_METHOD = 405
#: Besides a bearer token.
HEADER = "X-OpenClaw-Token"
_RETRY_SECONDS = 5.0
_MAX_NAME = 200


def answer_hook(gateway: Gateway) -> tuple[Response, int] | tuple[Response, int, dict[str, str]] | None:
    """Answer a request that is a hook's; ``None`` for any other."""
    name = gateway.services.facts.hooks.name_in(request.path)
    if name is None or request.endpoint == WEBSOCKET:
        return None
    peer = Peer.from_environ(request.environ, gateway.services.facts.auth)
    started = time.perf_counter()
    try:
        done = _take(gateway, name, peer)
    except HookRefused as refused:
        _note(gateway, name, peer, refused.status, str(refused), started)
        return refused.response()
    _note(gateway, name, peer, done.status, done.outcome, started)
    return jsonify(done.body), done.status


def _take(gateway: Gateway, name: str, peer: Peer) -> Dispatched:
    hooks, services = gateway.services.facts.hooks, gateway.services
    if "token" in request.args:
        # It would stand in the logs of every proxy on the way.
        hint = f"a token in the address is not taken: send Authorization: Bearer, or {HEADER}"
        raise HookRefused(BAD_REQUEST, hint)
    if request.method != "POST":
        raise HookRefused(WRONG_METHOD, "hooks are called with POST", allow="POST")
    _prove(gateway, peer)
    if not name or len(name) > _MAX_NAME:
        raise HookRefused(NOT_FOUND, "there is no such hook")
    call = read_call(request, name, hooks.max_body_bytes, gateway.clock())
    try:
        done = dispatch(action_of(call, hooks), call, services)
    except InvalidRequest as error:
        raise HookRefused(BAD_REQUEST, str(error)) from error
    except Unavailable as error:
        seconds = error.retry_after_seconds or _RETRY_SECONDS
        raise HookRefused(UNAVAILABLE, str(error), retry_after_seconds=seconds) from error
    gateway.metrics.accepted("hook")
    return done


def _prove(gateway: Gateway, peer: Peer) -> None:
    token = gateway.services.facts.hooks.token
    if token is None:
        raise HookRefused(UNAUTHORIZED, "unauthorized")
    given = bearer_of(request) or request.headers.get(HEADER, "").strip()
    try:
        gateway.doorkeeper.prover.prove_hook(given, token, peer)
    except TooManyFailures as error:
        raise HookRefused(TOO_MANY, str(error), retry_after_seconds=error.retry_after_seconds) from error
    except AuthFailed as error:
        raise HookRefused(UNAUTHORIZED, "unauthorized") from error


def _note(gateway: Gateway, name: str, peer: Peer, status: int, outcome: str, started: float) -> None:
    """The audit line: who called which hook and what became of it, and nothing of what was said."""
    gateway.metrics.webhook("hooks", status)
    level = logging.INFO if status < BAD_REQUEST else logging.WARNING
    milliseconds = (time.perf_counter() - started) * 1000
    shown = one_line(name, 80)
    log.log(level, "hook %s from %s: %d, %s (%.0f ms)", shown, peer.client or "local", status, outcome, milliseconds)
