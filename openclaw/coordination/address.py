"""Redis URLs: one parsed address that both redis-py and kombu can be given.

Owns the accepted forms. A URL is never repeated in an error: it may hold a password.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit

from openclaw.errors import ConfigError
from openclaw.ports.secrets import Secret

AddressKind = Literal["tcp", "tls", "unix", "sentinel"]

ACCEPTED_FORMS = (
    "redis://[[user]:password@]host[:port][/db]",
    "rediss://[[user]:password@]host[:port][/db][?ssl_cert_reqs=required&ssl_ca_certs=/path]",
    "unix://[[user]:password@]/path/to/socket[?db=0]",
    "redis+socket:///path/to/socket[?virtual_host=0]",
    "sentinel://[:password@]host:26379;sentinel://host2:26379[/db]?master_name=NAME[&sentinel_password=...]",
)

_PORT = 6379
_SENTINEL_PORT = 26379
_TLS_OPTIONS = frozenset({"ssl_cert_reqs", "ssl_ca_certs", "ssl_certfile", "ssl_keyfile", "ssl_check_hostname"})
_CERT_REQS = {
    "required": "required",
    "optional": "optional",
    "none": "none",
    "CERT_REQUIRED": "required",
    "CERT_OPTIONAL": "optional",
    "CERT_NONE": "none",
}


@dataclass(frozen=True, slots=True)
class RedisAddress:
    """Where a server (or its sentinels) is and how to log in. Prints without its passwords."""

    kind: AddressKind
    #: Host and port; several for sentinels, none for a socket.
    nodes: tuple[tuple[str, int], ...] = ()
    path: str = ""
    db: int = 0
    username: str = ""
    password: Secret = field(default_factory=lambda: Secret(""))
    #: ``ssl_*`` options by their redis-py names, as text.
    tls: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    master_name: str = ""
    #: For logging in at the sentinels themselves.
    sentinel_password: Secret = field(default_factory=lambda: Secret(""))

    @classmethod
    def parse(cls, url: str) -> RedisAddress:
        """Read one of ``ACCEPTED_FORMS``. Raises ConfigError that names them."""
        try:
            return _parse(url.strip())
        except _Malformed as problem:
            raise ConfigError(_complaint(str(problem))) from None
        except ValueError:
            # urllib's own words repeat parts of the URL
            raise ConfigError(_complaint("host, port or characters")) from None

    def broker_url(self) -> str:
        """The URL in the form that kombu and Celery read, passwords included."""
        login = self._login()
        if self.kind == "unix":
            return f"redis+socket://{login}{quote(self.path)}?virtual_host={self.db}"
        if self.kind == "sentinel":
            return ";".join(f"sentinel://{login}{_host_port(node)}/{self.db}" for node in self.nodes)
        if self.kind == "tls":
            return f"rediss://{login}{_host_port(self.nodes[0])}/{self.db}?{urlencode(self.tls)}"
        return f"redis://{login}{_host_port(self.nodes[0])}/{self.db}"

    def _login(self) -> str:
        if not (self.username or self.password):
            return ""
        return f"{quote(self.username, safe='')}:{quote(self.password.reveal(), safe='')}@"


class _Malformed(ValueError):
    """What is wrong with a URL, in words that hold nothing of it."""


def _complaint(reason: str) -> str:
    forms = "\n  ".join(ACCEPTED_FORMS)
    return (
        f"the Redis URL cannot be used: {reason}. Accepted forms:\n  {forms}\n"
        "Characters such as / ? # @ ; in a password must be percent-encoded."
    )


def _parse(url: str) -> RedisAddress:
    scheme = url.partition("://")[0].lower()
    if scheme in ("redis", "rediss"):
        return _parse_host(urlsplit(url), tls=scheme == "rediss")
    if scheme == "unix":
        return _parse_socket(urlsplit(url), db_option="db")
    if scheme == "redis+socket":
        return _parse_socket(urlsplit(url), db_option="virtual_host")
    if scheme == "sentinel":
        return _parse_sentinels(url)
    raise _Malformed("unknown scheme" if "://" in url else "no scheme")


def _parse_host(parts: SplitResult, *, tls: bool) -> RedisAddress:
    options = _options(parts, _TLS_OPTIONS | {"db"} if tls else frozenset({"db"}))
    ssl = {}
    if tls:
        # kombu quietly connects without TLS when no ssl option is there
        reqs = _CERT_REQS.get(options.get("ssl_cert_reqs", "required"))
        if reqs is None:
            raise _Malformed("ssl_cert_reqs must be required, optional or none")
        ssl = {name: value for name, value in options.items() if name in _TLS_OPTIONS} | {"ssl_cert_reqs": reqs}
    return RedisAddress(
        kind="tls" if tls else "tcp",
        nodes=(_node(parts, _PORT),),
        db=_db(options.get("db") or parts.path.strip("/")),
        username=unquote(parts.username or ""),
        password=Secret(unquote(parts.password or "")),
        tls=MappingProxyType(ssl),
    )


def _parse_socket(parts: SplitResult, *, db_option: str) -> RedisAddress:
    options = _options(parts, frozenset({db_option}))
    if parts.hostname or not parts.path.strip("/"):
        raise _Malformed("a socket's path must be absolute, as in unix:///path")
    return RedisAddress(
        kind="unix",
        path=unquote(parts.path),
        db=_db(options.get(db_option, "")),
        username=unquote(parts.username or ""),
        password=Secret(unquote(parts.password or "")),
    )


def _parse_sentinels(url: str) -> RedisAddress:
    options: dict[str, str] = {}
    nodes: list[tuple[str, int]] = []
    username = password = db = ""
    for piece in filter(None, url.split(";")):
        parts = urlsplit(piece if "://" in piece else f"sentinel://{piece}")
        if parts.scheme != "sentinel":
            raise _Malformed("every sentinel must be given as sentinel://host:port")
        options |= _options(parts, frozenset({"master_name", "sentinel_password", "db"}))
        nodes.append(_node(parts, _SENTINEL_PORT))
        username = username or unquote(parts.username or "")
        password = password or unquote(parts.password or "")
        db = parts.path.strip("/") or db
    if not options.get("master_name"):
        raise _Malformed("a sentinel URL needs ?master_name=NAME")
    return RedisAddress(
        kind="sentinel",
        nodes=tuple(nodes),
        db=_db(options.get("db") or db),
        username=username,
        password=Secret(password),
        master_name=options["master_name"],
        sentinel_password=Secret(options.get("sentinel_password", "")),
    )


def _options(parts: SplitResult, known: frozenset[str]) -> dict[str, str]:
    if parts.fragment:
        raise _Malformed("it has a # part")
    options = dict(parse_qsl(parts.query))
    if not options.keys() <= known:
        raise _Malformed(f"the only options of this form are {', '.join(sorted(known))}")
    return options


def _node(parts: SplitResult, default_port: int) -> tuple[str, int]:
    if not parts.hostname:
        raise _Malformed("no host")
    return unquote(parts.hostname), parts.port or default_port


def _host_port(node: tuple[str, int]) -> str:
    host, port = node
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _db(text: str) -> int:
    if text and not text.isdecimal():
        raise _Malformed("the database must be a number")
    return int(text or 0)
