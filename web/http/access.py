"""Who may read what plain HTTP offers, and the headers every answer carries."""

from __future__ import annotations

from flask import Request, Response

from web.secrets import matches_any
from web.services import AuthPolicy
from web.ws.peer import Peer


def secure(response: Response) -> Response:
    """Add the headers that keep browsers from guessing, framing and telling."""
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("X-Frame-Options", "DENY")
    response.headers.setdefault("Referrer-Policy", "no-referrer")
    response.headers.setdefault("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
    return response


def bears_secret(request: Request, policy: AuthPolicy) -> bool:
    """Whether a request carries the gateway's secret as a bearer token; always true without authentication."""
    if policy.mode == "none":
        return True
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not given:
        return False
    return matches_any(given.strip(), policy.secrets)


def is_local(request: Request) -> bool:
    """Whether a request comes from this machine and through no proxy."""
    return Peer.from_environ(request.environ).is_local
