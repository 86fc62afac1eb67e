"""Who may use what plain HTTP offers, and the headers every answer carries."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Request, Response, jsonify

from openclaw.domain.pairing import EVERY_SCOPE
from openclaw.domain.scopes import satisfies
from openclaw.errors import OpenClawError, Unavailable
from web.auth.peer import Peer, origin_allowed
from web.auth.proof import AuthFailed, Proof, TooManyFailures
from web.services import AuthPolicy

if TYPE_CHECKING:
    from web.gateway import Gateway

BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, TOO_MANY, UNAVAILABLE = 400, 401, 403, 429, 503


def secure(response: Response) -> Response:
    """Add the headers that keep browsers from guessing, framing and telling."""
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("X-Frame-Options", "DENY")
    response.headers.setdefault("Referrer-Policy", "no-referrer")
    response.headers.setdefault("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
    return response


@dataclass(frozen=True, slots=True)
class HttpCaller:
    """Who makes an HTTP call, and what he may do."""

    proof: Proof
    peer: Peer
    scopes: tuple[str, ...]

    def may(self, scope: str) -> bool:
        return satisfies(self.scopes, scope)


class HttpRefused(Exception):
    """The call is answered with this status; ``retry_after_seconds`` says when to come back, if at all."""

    def __init__(self, status: int, message: str, *, code: str = "", retry_after_seconds: float | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.retry_after_seconds = retry_after_seconds

    def headers(self) -> dict[str, str]:
        found = {}
        if self.retry_after_seconds is not None:
            found["Retry-After"] = str(max(1, math.ceil(self.retry_after_seconds)))
        if self.status == UNAUTHORIZED:
            found["WWW-Authenticate"] = 'Bearer realm="openclaw"'
        return found

    def response(self) -> tuple[Response, int, dict[str, str]]:
        """The plain form; endpoints that imitate a vendor have their own."""
        return jsonify(error=str(self), **({"code": self.code} if self.code else {})), self.status, self.headers()


def caller_of(request: Request, gateway: Gateway) -> HttpCaller:
    """Find out who calls. Raises HttpRefused.

    A bearer token is the gateway's secret or a device's token; who holds the secret, or is vouched for, may do all.
    """
    peer = Peer.from_environ(request.environ, gateway.services.facts.auth)
    try:
        proof = gateway.doorkeeper.prover.prove_bearer(bearer_of(request), peer)
    except TooManyFailures as error:
        raise HttpRefused(
            TOO_MANY, str(error), code="AUTH_RATE_LIMITED", retry_after_seconds=error.retry_after_seconds
        ) from error
    except AuthFailed as error:
        raise HttpRefused(UNAUTHORIZED, "unauthorized", code=str((error.details or {}).get("code", ""))) from error
    except Unavailable as error:
        raise unavailable(error) from error
    _refuse_foreign_page(proof, peer, gateway.services.facts.auth)
    return HttpCaller(proof, peer, proof.token.scopes if proof.token is not None else EVERY_SCOPE)


def _refuse_foreign_page(proof: Proof, peer: Peer, policy: AuthPolicy) -> None:
    """A page of another origin must not ride on a proof that its browser, or a proxy, adds to whatever it sends."""
    if peer.origin and (proof.vouched or proof.method == "none") and not origin_allowed(peer, policy):
        raise HttpRefused(FORBIDDEN, "origin not allowed", code="ORIGIN_NOT_ALLOWED")


def unavailable(error: OpenClawError, default_seconds: float = 5.0) -> HttpRefused:
    """What to answer when a part is away."""
    seconds = error.retry_after_seconds or default_seconds
    return HttpRefused(UNAVAILABLE, str(error), code=error.wire_code, retry_after_seconds=seconds)


def require(request: Request, gateway: Gateway, scope: str) -> HttpCaller:
    """The caller, who must have a scope. Raises HttpRefused."""
    caller = caller_of(request, gateway)
    if not caller.may(scope):
        raise HttpRefused(FORBIDDEN, f"missing scope: {scope}", code="MISSING_SCOPE")
    return caller


def bearer_of(request: Request) -> str:
    """The bearer token of a request, empty without one."""
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    return given.strip() if scheme.lower() == "bearer" else ""


def is_local(request: Request, gateway: Gateway) -> bool:
    """Whether a request comes from this machine and through no proxy."""
    return Peer.from_environ(request.environ, gateway.services.facts.auth).is_local
