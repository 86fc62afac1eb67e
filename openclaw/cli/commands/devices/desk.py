"""Asking the gateway about devices, and which one is meant."""

from __future__ import annotations

from typing import Any

from openclaw.cli.rpc import ADMIN, PAIRING, GatewayClient
from openclaw.domain.naming import meant_by
from openclaw.errors import NotFound
from openclaw.settings.client import GatewayAddress

#: Characters of a device's id that tell it from a few others.
SHORT = 12


def ask(address: GatewayAddress, method: str, params: dict[str, Any]) -> dict[str, Any]:
    with GatewayClient(address, scopes=PAIRING) as client:
        return dict(client.call(method, params))


def ask_of(address: GatewayAddress, method: str, device: str, **params: Any) -> dict[str, Any]:
    """Ask about a device that is named by its id, the beginning of it, or its name. Raises NotFound."""
    with GatewayClient(address, scopes=ADMIN) as client:
        paired = client.call("device.pair.list", {}).get("paired", [])
        return dict(client.call(method, {"deviceId": device_id(paired, device), **params}))


def device_id(paired: list[dict[str, Any]], device: str) -> str:
    """The id of the device that is meant. Raises NotFound."""
    found = meant_by(device, ((str(each["deviceId"]), each.get("displayName")) for each in paired))
    if len(found) == 1:
        return found[0]
    if found:
        raise NotFound(f"{len(found)} devices are called {device!r}; name one by its id: {', '.join(found)}")
    raise NotFound(f"no paired device is {device!r}; `openclaw devices list` shows them")


def name_of(device: dict[str, Any]) -> str:
    """A device in people's words."""
    return str(device.get("displayName") or device.get("clientId") or short(device))


def short(device: dict[str, Any]) -> str:
    return str(device.get("deviceId"))[:SHORT]
