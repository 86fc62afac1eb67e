"""Looking for gateways on the local network."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from openclaw.errors import ConfigError

SERVICE = "_openclaw-gw._tcp.local."
#: How long one gateway may take to say more of itself, in milliseconds.
_DETAILS_MS = 2000


@dataclass(frozen=True, slots=True)
class FoundGateway:
    """A gateway that announces itself."""

    name: str
    display_name: str
    address: str
    port: int
    tls: bool
    facts: dict[str, str]

    @property
    def url(self) -> str:
        return f"{'wss' if self.tls else 'ws'}://{self.address}:{self.port}"

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "displayName": self.display_name, "url": self.url, "txt": self.facts}


def discover(seconds: float, interfaces: list[str] | None = None) -> list[FoundGateway]:
    """Listen for ``seconds`` and give what was heard, by name. Raises ConfigError without the mDNS library."""
    try:
        from zeroconf import InterfaceChoice, IPVersion, ServiceBrowser, Zeroconf
    except ModuleNotFoundError as error:
        raise ConfigError("discovery needs: pip install 'openclaw-celery[discovery]'") from error
    names: set[str] = set()

    def note(name: str, **_: Any) -> None:
        names.add(name)  # the details are asked for afterwards, on our own thread

    network = Zeroconf(interfaces=interfaces or InterfaceChoice.All, ip_version=IPVersion.V4Only)
    try:
        ServiceBrowser(network, SERVICE, handlers=[note])
        time.sleep(seconds)
        infos = [network.get_service_info(SERVICE, name, _DETAILS_MS) for name in sorted(names)]
    finally:
        network.close()
    return [_found(info) for info in infos if info is not None and info.parsed_addresses()]


def _found(info: Any) -> FoundGateway:
    facts = {key.decode(): (value or b"").decode(errors="replace") for key, value in info.properties.items()}
    return FoundGateway(
        name=info.name.removesuffix(f".{SERVICE}"),
        display_name=facts.get("displayName", ""),
        address=info.parsed_addresses()[0],
        port=info.port,
        tls=facts.get("gatewayTls") == "1",
        facts=facts,
    )
