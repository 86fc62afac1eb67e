"""Announcing the gateway on the local network by mDNS, as OpenClaw's apps look for it.

Registering takes a second or two (the network is asked whether the name is free), so it happens on a thread of its own
and nobody waits for it. A machine without a network that takes multicast is no reason not to serve.
"""

from __future__ import annotations

import ipaddress
import logging
import shutil
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

log = logging.getLogger(__name__)

SERVICE = "_openclaw-gw._tcp.local."
SSH_PORT = 22
STOP_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Announcement:
    """What the network is told. ``host`` is the address listened on."""

    mode: str
    host: str
    port: int
    display_name: str = ""

    @property
    def is_wanted(self) -> bool:
        """Whether there is anything that others could reach."""
        return self.mode != "off" and not _is_loopback(self.host)

    def properties(self) -> dict[str, str]:
        """The TXT record: what a client needs to choose and to connect, and in mode ``full`` the operator's extras."""
        host = socket.gethostname()
        found = {
            "role": "gateway",
            "transport": "gateway",
            "displayName": self.display_name or host,
            "lanHost": f"{host}.local",
            "gatewayPort": str(self.port),
            "gatewayTls": "0",
        }
        if self.mode == "full":
            command = shutil.which("openclaw")
            found |= {"sshPort": str(SSH_PORT), **({"cliPath": command} if command else {})}
        return found


class Announcer:
    """Keeps one announcement up. ``interfaces`` restricts it to some addresses of this machine."""

    def __init__(self, wanted: Announcement, interfaces: list[str] | None = None) -> None:
        self._wanted = wanted
        self._interfaces = interfaces
        self._changing = threading.Lock()
        self._up: tuple[Any, Any] | None = None

    def start(self) -> None:
        """Begin to announce; returns at once."""
        self._later("announce", self._announce)

    def follow(self, wanted: Announcement) -> None:
        """Announce something else from now on."""
        if wanted != self._wanted:
            self._wanted = wanted
            self._later("announce", self._announce)

    def stop(self) -> None:
        """Take the announcement back, if that does not take long: without it, others forget by themselves."""
        self._later("silence", self._silence).join(STOP_SECONDS)

    @property
    def is_up(self) -> bool:
        return self._up is not None

    def _later(self, name: str, work: Callable[[], None]) -> threading.Thread:
        thread = threading.Thread(target=work, name=f"mdns-{name}", daemon=True)
        thread.start()
        return thread

    def _announce(self) -> None:
        with self._changing:
            self._withdraw()
            if not self._wanted.is_wanted and self._interfaces is None:
                return
            try:
                from zeroconf import Error, InterfaceChoice, IPVersion, ServiceInfo, Zeroconf
            except ModuleNotFoundError:
                log.warning("the gateway is not announced: pip install 'openclaw-celery[discovery]', or mdns = \"off\"")
                return
            wanted = self._wanted
            name = f"{socket.gethostname().partition('.')[0]}-{wanted.port}"
            try:
                network = Zeroconf(interfaces=self._interfaces or InterfaceChoice.All, ip_version=IPVersion.V4Only)
                info = ServiceInfo(
                    SERVICE,
                    f"{name}.{SERVICE}",
                    port=wanted.port,
                    parsed_addresses=self._interfaces or _addresses(wanted.host),
                    properties=wanted.properties(),
                    server=f"{name}.local.",
                )
                # Several processes that share the port announce the same thing.
                network.register_service(info, allow_name_change=True, cooperating_responders=True)
            except (OSError, Error) as error:
                log.warning("the gateway is not announced: %s", error)
                return
            self._up = (network, info)
            log.info("announced by mDNS as %s", name)

    def _silence(self) -> None:
        with self._changing:
            self._withdraw()

    def _withdraw(self) -> None:
        if self._up is None:
            return
        network, info = self._up
        self._up = None
        network.unregister_service(info)
        network.close()


def _addresses(host: str) -> list[str]:
    """The IPv4 addresses at which this machine is reached."""
    if host and host not in {"0.0.0.0", "::"}:  # noqa: S104 - read, not bound
        return [host] if _is_address(host) else [socket.gethostbyname(host)]
    found = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    return sorted(str(address) for address in found if not _is_loopback(str(address))) or ["127.0.0.1"]


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_loopback(host: str) -> bool:
    return ipaddress.ip_address(host).is_loopback if _is_address(host) else host == "localhost"
