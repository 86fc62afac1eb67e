"""Where a client finds the gateway, without the full schema: quick commands spend their time elsewhere.

Order: the flag, ``OPENCLAW_GATEWAY_URL`` and ``OPENCLAW_GATEWAY_TOKEN``, what a running stack left in
``run/gateway.json``, the config file, the defaults. A token found on this machine is never sent to another one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from openclaw.errors import ConfigError
from openclaw.ports.secrets import Secret
from openclaw.settings.environment import DEFAULT_HOST, Environment

_SCHEMES = {"ws": "ws", "wss": "wss", "http": "ws", "https": "wss"}
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class GatewayAddress:
    """A gateway and what to show it."""

    url: str
    token: Secret | None
    #: Where this machine's key and the tokens it was given are kept.
    identity_dir: Path | None = None
    #: Out of a setup code, for the first connection.
    bootstrap_token: Secret | None = None
    #: Whether to come as a device from the start: elsewhere the token alone gives no rights.
    as_device: bool = False
    #: Whether to wait until an operator has approved this device.
    wait: bool = False

    @property
    def is_local(self) -> bool:
        return urlsplit(self.url).hostname in _LOOPBACK


def find_gateway(
    environment: Environment,
    *,
    url: str | None = None,
    token: str | None = None,
    as_device: bool = False,
    wait: bool = False,
) -> GatewayAddress:
    """Settle a client's target. Raises ConfigError for an unusable URL."""
    given_url = url or environment.get("OPENCLAW_GATEWAY_URL")
    given_token = token or environment.get("OPENCLAW_GATEWAY_TOKEN")
    file = None if given_url and given_token else _gateway_section(environment)
    address = _web_socket_url(given_url or _local_url(environment, file or {}))
    if not given_token and (urlsplit(address).hostname in _LOOPBACK or not given_url):
        given_token = _local_token(environment, file or {})
    return GatewayAddress(
        address,
        Secret(given_token) if given_token else None,
        identity_dir=environment.home / "identity",
        as_device=as_device or urlsplit(address).hostname not in _LOOPBACK,
        wait=wait,
    )


def _web_socket_url(text: str) -> str:
    parts = urlsplit(text)
    scheme = _SCHEMES.get(parts.scheme)
    if scheme is None or not parts.hostname:
        raise ConfigError(f"{text!r} is no gateway address; expected ws://, wss://, http:// or https://")
    return parts._replace(scheme=scheme).geturl()


def _local_url(environment: Environment, section: dict[str, Any]) -> str:
    state = environment.run_dir / "gateway.json"
    if state.is_file():
        try:
            return str(json.loads(state.read_text(encoding="utf-8"))["ws_url"])
        except (OSError, ValueError, KeyError) as error:
            raise ConfigError(f"{state} cannot be read: {error!r}; `openclaw down` clears it") from error
    host = environment.get("OPENCLAW_GATEWAY_HOST") or section.get("host") or DEFAULT_HOST
    host = {"0.0.0.0": DEFAULT_HOST, "::": "::1"}.get(host, host)  # noqa: S104 - a client's reading of it
    port = environment.get("OPENCLAW_GATEWAY_PORT") or section.get("port") or environment.default_port
    return f"ws://[{host}]:{port}" if ":" in host else f"ws://{host}:{port}"


def _local_token(environment: Environment, section: dict[str, Any]) -> str | None:
    auth = section.get("auth", {})
    secret = auth.get("password") if auth.get("mode") == "password" else auth.get("token")
    if isinstance(secret, str):
        return secret
    if environment.token_path.is_file():
        return environment.token_path.read_text(encoding="ascii").strip() or None
    return None


def _gateway_section(environment: Environment) -> dict[str, Any]:
    if not environment.config_path.is_file():
        return {}
    # Parsing TOML is for installations that have a file; the others need not pay for it.
    from openclaw.settings.references import resolve
    from openclaw.settings.toml_source import expand, read_toml

    try:
        section = read_toml(environment.config_path).tree.get("gateway", {})
    except ConfigError:
        if not (environment.run_dir / "gateway.json").is_file():
            raise
        return {}  # a stack runs all the same, and whoever broke the file wants to ask it
    expanded, _, missing = expand(section, environment.values, lambda kind, name: resolve(environment, kind, name))
    unset = {path[-1] for path, _ in missing}
    if isinstance(expanded, dict) and isinstance(expanded.get("auth", {}), dict):
        expanded["auth"] = {key: value for key, value in expanded.get("auth", {}).items() if key not in unset}
        return expanded
    raise ConfigError(f"{environment.config_path}: gateway: expected a table; see `openclaw config check`")
