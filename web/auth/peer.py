"""Where a call comes from, and whether a browser page may speak through it."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from web.services import AuthPolicy, Network

_FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP")
#: Headers in which a proxy names who is calling; of others the names are the operator's.
TAILSCALE_LOGIN = "tailscale-user-login"
_NAMED_USERS = (TAILSCALE_LOGIN, "tailscale-user-name", "x-forwarded-proto", "x-forwarded-host", "x-forwarded-for")


@dataclass(frozen=True, slots=True)
class Peer:
    """The other end of a connection. ``client`` is the address behind the proxies that are trusted."""

    address: str
    host: str = ""
    #: Set by browsers.
    origin: str = ""
    client: str = ""
    #: It came through a proxy, trusted or not.
    forwarded: bool = False
    #: The proxy in front of us is one whose headers are believed.
    trusted: bool = False
    #: The headers, lower-cased, by which a proxy names users; empty unless one may.
    named: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_environ(cls, environ: Mapping[str, Any], policy: AuthPolicy) -> Peer:
        address = str(environ.get("REMOTE_ADDR") or "")
        trusted = _in_any(address, policy.trusted_proxies)
        forwarded = any(name in environ for name in _FORWARDED)
        return cls(
            address=address,
            client=_client(environ, address, policy) if trusted else address,
            host=str(environ.get("HTTP_HOST") or ""),
            origin=str(environ.get("HTTP_ORIGIN") or ""),
            forwarded=forwarded,
            trusted=trusted,
            named=_named(environ, policy) if trusted or (forwarded and is_loopback(address)) else {},
        )

    @property
    def is_local(self) -> bool:
        """On this machine and not behind a proxy. A UNIX socket's peer, which has no address, is local."""
        return not self.forwarded and (not self.address or is_loopback(self.address))


def _client(environ: Mapping[str, Any], address: str, policy: AuthPolicy) -> str:
    """The address furthest from us that every hop up to it vouches for."""
    hops = [hop.strip() for hop in str(environ.get("HTTP_X_FORWARDED_FOR") or "").split(",")]
    for hop in reversed(hops):
        if not _is_address(hop):
            break
        address = hop
        if not _in_any(hop, policy.trusted_proxies):
            return hop
    real = str(environ.get("HTTP_X_REAL_IP") or "").strip()
    if policy.allow_real_ip and "HTTP_X_FORWARDED_FOR" not in environ and _is_address(real):
        return real
    return address


def _named(environ: Mapping[str, Any], policy: AuthPolicy) -> dict[str, str]:
    wanted = {*_NAMED_USERS, policy.user_header.lower(), *(name.lower() for name in policy.required_headers)}
    found = {name: environ.get("HTTP_" + name.upper().replace("-", "_")) for name in wanted}
    return {name: str(value) for name, value in found.items() if value}


def networks(texts: Sequence[str]) -> tuple[Network, ...]:
    """Addresses and networks as they are configured. Raises ValueError."""
    return tuple(ipaddress.ip_network(text, strict=False) for text in texts)


def _in_any(address: str, ranges: Sequence[Network]) -> bool:
    if not ranges:
        return False
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    return any(parsed.version == network.version and parsed in network for network in ranges)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


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
