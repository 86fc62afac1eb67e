"""Where a connection comes from, and whether a browser page may speak through it."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from web.services import AuthPolicy

_FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP")


@dataclass(frozen=True, slots=True)
class Peer:
    """The other end of a connection."""

    address: str
    host: str = ""
    #: Set by browsers.
    origin: str = ""
    forwarded: bool = False

    @classmethod
    def from_environ(cls, environ: Mapping[str, Any]) -> Peer:
        return cls(
            address=str(environ.get("REMOTE_ADDR") or ""),
            host=str(environ.get("HTTP_HOST") or ""),
            origin=str(environ.get("HTTP_ORIGIN") or ""),
            forwarded=any(name in environ for name in _FORWARDED),
        )

    @property
    def is_local(self) -> bool:
        """On this machine and not behind a proxy. A UNIX socket's peer, which has no address, is local."""
        return not self.forwarded and (not self.address or is_loopback(self.address))


def is_loopback(host: str) -> bool:
    """Whether a host name or address means this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)


def origin_allowed(peer: Peer, policy: AuthPolicy) -> bool:
    """Whether a page of this origin may connect. Any page may be open in a browser on this machine.

    The gateway's own address counts only where a secret is asked for as well: without one, a name that an attacker
    points at this machine would make his page ours.
    """
    if peer.origin in policy.allowed_origins or "*" in policy.allowed_origins:
        return True
    try:
        origin = urlsplit(peer.origin)
        host = origin.hostname or ""
    except ValueError:
        return False
    if not host:
        return False
    if peer.is_local and is_loopback(host):
        return True
    return policy.mode != "none" and origin.netloc.lower() == peer.host.lower()
