"""Every method of the protocol, asked by every kind of caller over a real connection.

What is expected comes from the protocol's own table, not from ours.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.integration.conformance.conftest import EVERY_SCOPE, Everything
from tests.integration.web.client import WIRE, Client
from tests.integration.web.devices import Device, node, tui
from web.ws.methods import METHODS

pytestmark = pytest.mark.spec("B3", "B5")

#: Beyond the protocol's table; what it calls dynamic needs this for a call without parameters.
OWN = dict.fromkeys(
    ("device.pair.setupCode", "device.pair.setupStatus", "channels.allow.list", "channels.allow.revoke"),
    "operator.pairing",
) | {"routing.explain": "operator.read"}
DYNAMIC = {
    **dict.fromkeys(("agent", "sessions.create", "node.invoke", "sessions.patch"), "operator.write"),
    "sessions.delete": "operator.admin",
    "channels.pairing.approve": "operator.pairing",
}
#: Calls that take effect without any parameter, or depend on what they would give; tried in their own tests.
EFFECTIVE = {"gateway.restart.request", "sessions.create", "device.pair.setupCode"}
OFFERED = {method.name for method in METHODS}
SCOPE_SETS: dict[str, list[str]] = {
    "none": [],
    **{scope: [scope] for scope in EVERY_SCOPE},
    "read and pairing": ["operator.read", "operator.pairing"],
    "all but admin": [scope for scope in EVERY_SCOPE if scope != "operator.admin"],
}


def protocol() -> dict[str, str]:
    with (WIRE / "methods.tsv").open() as table:
        rows = {row["method"]: row["scope"] for row in csv.DictReader(table, delimiter="\t")}
    return {**rows, **DYNAMIC, **OWN}


def holds(scopes: list[str], needed: str) -> bool:
    if needed in scopes or "operator.admin" in scopes:
        return True
    return needed in ("operator.read", "operator.talk") and "operator.write" in scopes


def check(client: Client, role: str, scopes: list[str]) -> None:
    """Call everything, and compare with the table."""
    for method, needed in protocol().items():
        if method in EFFECTIVE and (role, holds(scopes, needed)) == ("operator", True):
            continue
        answered = client.call(method, {})
        error: dict[str, Any] = answered.get("error") or {}
        message = error.get("message", "")
        if method not in OFFERED:
            assert message == f"unknown method: {method}"
        elif (needed == "node") != (role == "node"):
            assert (error["code"], message) == ("INVALID_REQUEST", f"unauthorized role: {role}"), method
        elif needed != "node" and not holds(scopes, needed):
            assert (error["code"], message) == ("FORBIDDEN", f"missing scope: {needed}"), method
            assert error["details"]["requiredScopes"] == [needed]
        else:
            assert error.get("code") != "FORBIDDEN", (method, error)
            assert not message.startswith(("unauthorized", "missing scope")), (method, error)


@contextmanager
def as_device(made: Everything, device: Device, **params: Any) -> Iterator[Client]:
    with made.served.stranger() as over:
        assert device.connect(over, **params)["ok"]
        yield over


@pytest.mark.parametrize("name", SCOPE_SETS)
def test_a_caller_that_knows_the_secret(everything: Everything, name: str) -> None:
    with everything.client(scopes=SCOPE_SETS[name]) as client:
        check(client, "operator", SCOPE_SETS[name])


@pytest.mark.parametrize("name", ["operator.read", "operator.write", "operator.admin", "read and pairing"])
def test_a_device_that_is_paired(everything: Everything, name: str) -> None:
    with as_device(everything, Device(), **{**tui(), "scopes": SCOPE_SETS[name]}) as client:
        check(client, "operator", SCOPE_SETS[name])


def test_a_device_with_a_token_for_less_than_it_was_paired_for(everything: Everything) -> None:
    device = Device()
    with everything.served.stranger() as over:
        assert device.connect(over, **{**tui(), "scopes": ["operator.read", "operator.write"]})["ok"]
    with everything.served.stranger() as over:
        small = device.connect(over, **{**tui(), "scopes": ["operator.read"]})["payload"]["auth"]["deviceToken"]
    with as_device(everything, device, **{**tui(), "scopes": ["operator.read"], "auth": {"deviceToken": small}}) as c:
        check(c, "operator", ["operator.read"])
    with everything.served.stranger() as over:
        asked = {**tui(), "scopes": ["operator.write"], "auth": {"deviceToken": small}}
        assert device.connect(over, **asked)["error"]["details"]["code"] == "AUTH_SCOPE_MISMATCH"


def test_a_node(everything: Everything) -> None:
    with as_device(everything, everything.node, **node()) as client:
        check(client, "node", [])


def test_a_node_that_asks_for_scopes_has_none(everything: Everything) -> None:
    with as_device(everything, Device(), **{**node(), "scopes": ["operator.admin"]}) as client:
        check(client, "node", [])


def test_a_device_whose_token_was_revoked_gets_nothing(everything: Everything) -> None:
    device = Device()
    with everything.served.stranger() as over:
        token = device.connect(over)["payload"]["auth"]["deviceToken"]
    with everything.client() as client:
        client.result("device.token.revoke", {"deviceId": device.id, "role": "operator"})
    with everything.served.stranger() as over:
        error = device.connect(over, **{**tui(), "auth": {"deviceToken": token}})["error"]
        assert error["details"]["code"] == "AUTH_DEVICE_TOKEN_MISMATCH"
        assert over.closed().code == 1008


def test_a_device_that_waits_for_approval_gets_nothing(everything: Everything) -> None:
    with everything.served.stranger(header=["X-Forwarded-For: 203.0.113.9"]) as over:
        error = Device().connect(over)["error"]
        assert (error["code"], error["details"]["code"]) == ("NOT_PAIRED", "PAIRING_REQUIRED")
        assert over.closed().code == 1008


def test_before_connect_no_method_is_answered_whatever_it_is(everything: Everything) -> None:
    for method in sorted(OFFERED):
        with everything.served.stranger() as over:
            error = over.call(method, {})["error"]
            assert error["message"] == "invalid handshake: first request must be connect"
            assert over.closed().code == 1008
