"""Devices: who is paired at once and who waits, what tokens are good for, and how access ends."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from openclaw.ports.secrets import Secret
from tests.integration.web.client import ALL_SCOPES, Client, fits
from tests.integration.web.devices import Device, node
from tests.integration.web.serving import Served
from tests.integration.web.twins import TOKEN
from tests.waiting import wait_until
from web.auth.peer import networks
from web.services import AuthPolicy

AWAY = ["X-Forwarded-For: 203.0.113.9"]

pytestmark = [pytest.mark.spec("B3", "B5", "I3", "K5")]


def away(served: Served) -> Client:
    """A connection from another host: behind a proxy that nobody trusts, so that it is not local."""
    return served.stranger(header=AWAY)


def pair(served: Served, device: Device, **connect: Any) -> dict[str, Any]:
    """Pair a device from this machine; the ``auth`` of its hello."""
    with served.stranger() as client:
        answer = device.connect(client, **connect)
        assert answer["ok"], answer
        return dict(answer["payload"]["auth"])


def refused(answer: dict[str, Any]) -> tuple[str, str]:
    return answer["error"]["code"], answer["error"]["details"]["code"]


# --- pairing ------------------------------------------------------------------------------------------------------


def test_on_this_machine_the_secret_pairs_a_device_at_once(served: Served) -> None:
    device = Device()
    auth = pair(served, device, scopes=["operator.read", "operator.write"])
    assert len(auth["deviceToken"]) == 43
    with served.client() as operator:
        listed = operator.result("device.pair.list", {})
        assert listed["pending"] == []
        entry = listed["paired"][0]
        assert (entry["deviceId"], entry["approvedVia"], entry["roles"]) == (device.id, "silent", ["operator"])
        assert entry["scopes"] == ["operator.read", "operator.write"]
        assert [token["role"] for token in entry["tokens"]] == ["operator"]
        assert auth["deviceToken"] not in json.dumps(listed)


def test_from_elsewhere_an_operator_decides(served: Served) -> None:
    device = Device()
    with served.client() as operator, away(served) as client:
        answer = device.connect(client)
        assert refused(answer) == ("NOT_PAIRED", "PAIRING_REQUIRED")
        assert client.closed().code == 1008
        asked = operator.until("device.pair.requested", deviceId=device.id)
        fits("DevicePairRequestedEvent", asked)
        assert asked["requestId"] == answer["error"]["details"]["requestId"]
        assert operator.result("device.pair.list", {})["pending"] == [asked]
        operator.result("device.pair.approve", {"requestId": asked["requestId"]})
        decided = operator.until("device.pair.resolved", deviceId=device.id)
        fits("DevicePairResolvedEvent", decided)
        assert decided["decision"] == "approved"
    with away(served) as client:
        auth = device.connect(client)["payload"]["auth"]
        assert auth["scopes"] == ["operator.read"]
    with away(served) as client:
        assert device.connect(client, auth={"deviceToken": auth["deviceToken"]})["ok"]


def test_the_same_device_asking_again_is_the_same_request(served: Served) -> None:
    device = Device()
    with served.client() as operator:
        ids = set()
        for _ in range(3):
            with away(served) as client:
                ids.add(device.connect(client)["error"]["details"]["requestId"])
        assert len(ids) == len(operator.result("device.pair.list", {})["pending"]) == 1
        assert len([e for e in operator.events if e["event"] == "device.pair.requested"]) == 1


def test_a_rejected_device_stays_out(served: Served) -> None:
    device = Device()
    with served.client() as operator:
        with away(served) as client:
            request_id = device.connect(client)["error"]["details"]["requestId"]
        operator.result("device.pair.reject", {"requestId": request_id})
        assert operator.until("device.pair.resolved")["decision"] == "rejected"
        assert operator.call("device.pair.approve", {"requestId": request_id})["error"]["code"] == "INVALID_REQUEST"
        with away(served) as client:
            assert refused(device.connect(client))[1] == "PAIRING_REQUIRED"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [({"scopes": ["operator.admin"]}, "scope-upgrade"), ({"role": "node", "scopes": []}, "role-upgrade")],
)
def test_a_paired_device_that_wants_more_is_asked_about(served: Served, changes: dict[str, Any], reason: str) -> None:
    device = Device()
    pair(served, device)
    with served.client() as operator:
        with away(served) as client:
            answer = device.connect(client, **changes)
            assert answer["error"]["details"]["reason"] == reason
        asked = operator.until("device.pair.requested")
        assert asked["isRepair"] is True
        operator.result("device.pair.approve", {"requestId": asked["requestId"]})
    with away(served) as client:
        assert device.connect(client, **changes)["ok"]


def test_a_stranger_without_the_secret_cannot_even_ask(served: Served) -> None:
    device = Device()
    with served.client() as operator:
        for auth in ({"token": "wrong"}, {}):
            with away(served) as client:
                assert device.connect(client, auth=auth)["error"]["code"] == "INVALID_REQUEST"
        assert operator.result("device.pair.list", {})["pending"] == []


@pytest.mark.parametrize("scopes", [["operator.pairing"], ["operator.pairing", "operator.write"]])
def test_nobody_grants_what_he_has_not_got(served: Served, scopes: list[str]) -> None:
    device = Device()
    with served.client(scopes=scopes) as helper:
        with away(served) as client:
            request_id = device.connect(client, scopes=["operator.admin"])["error"]["details"]["requestId"]
        refusal = helper.call("device.pair.approve", {"requestId": request_id})["error"]
        assert (refusal["code"], refusal["details"]["missingScope"]) == ("FORBIDDEN", "operator.admin")


def test_making_a_node_takes_an_admin(served: Served) -> None:
    device = Device()
    with served.client(scopes=["operator.pairing"]) as helper, served.client() as admin:
        with away(served) as client:
            request_id = device.connect(client, **node())["error"]["details"]["requestId"]
        assert helper.call("device.pair.approve", {"requestId": request_id})["error"]["code"] == "FORBIDDEN"
        admin.result("device.pair.approve", {"requestId": request_id})
    with away(served) as client:
        assert device.connect(client, **node())["payload"]["auth"]["role"] == "node"


def test_a_node_may_call_no_method_of_operators(served: Served) -> None:
    with served.stranger() as client:
        assert Device().connect(client, **node())["ok"]
        assert client.call("health")["error"]["message"] == "unauthorized role: node"


# --- tokens -------------------------------------------------------------------------------------------------------


def test_a_token_is_for_its_own_device_only(served: Served) -> None:
    token = pair(served, Device())["deviceToken"]
    with served.stranger() as client:
        answer = Device().connect(client, auth={"deviceToken": token})
        assert refused(answer)[1] == "AUTH_DEVICE_TOKEN_MISMATCH"


def test_a_token_covers_the_scopes_it_was_made_for(served: Served) -> None:
    device = Device()
    token = pair(served, device)["deviceToken"]
    with served.stranger() as client:
        answer = device.connect(client, auth={"deviceToken": token}, scopes=["operator.write"])
        assert refused(answer)[1] == "AUTH_SCOPE_MISMATCH"


def test_a_token_is_for_one_role(served: Served) -> None:
    device = Device()
    token = pair(served, device)["deviceToken"]
    with served.stranger() as client:
        answer = device.connect(client, **{**node(), "auth": {"deviceToken": token}})
        assert refused(answer)[1] == "AUTH_SCOPE_MISMATCH"


def test_a_wrong_secret_hints_at_the_token_that_a_device_has(served: Served) -> None:
    device = Device()
    pair(served, device)
    with served.stranger() as client:
        details = device.connect(client, auth={"token": "wrong"})["error"]["details"]
        assert (details["code"], details["canRetryWithDeviceToken"]) == ("AUTH_TOKEN_MISMATCH", True)


def test_a_rotated_token_reaches_its_own_device_only_and_the_old_one_is_void(served: Served) -> None:
    device = Device()
    old = pair(served, device)["deviceToken"]
    with served.client() as admin, served.stranger() as client:
        assert device.connect(client, auth={"deviceToken": old})["ok"]
        answer = admin.result("device.token.rotate", {"deviceId": device.id, "role": "operator"})
        fits("DeviceTokenRotateResult", answer)
        assert answer["tokenDelivery"] == "withheld-cross-device"
        closed = client.closed()
        assert (closed.code, closed.reason) == (4001, "credential-replaced")
    with served.stranger() as client:
        assert refused(device.connect(client, auth={"deviceToken": old}))[1] == "AUTH_DEVICE_TOKEN_MISMATCH"
    with served.stranger() as client:
        assert device.connect(client, scopes=ALL_SCOPES)["ok"]
        answer = client.result(
            "device.token.rotate", {"deviceId": device.id, "role": "operator", "scopes": ["operator.read"]}
        )
        fits("DeviceTokenRotateResult", answer)
        assert client.result("agents.list", {}), "the connection that rotated goes on"
    with served.stranger() as client:
        assert device.connect(client, auth={"deviceToken": answer["token"]})["ok"]


def test_a_rotated_token_does_not_go_beyond_the_ceiling(served: Served) -> None:
    device = Device()
    pair(served, device)
    with served.client() as admin:
        wanted = {"deviceId": device.id, "role": "operator", "scopes": ["operator.admin"]}
        assert "beyond" in admin.call("device.token.rotate", wanted)["error"]["message"]


@pytest.mark.parametrize(
    ("method", "params"), [("device.token.revoke", {"role": "operator"}), ("device.pair.remove", {})]
)
def test_access_ends_at_once(served: Served, method: str, params: dict[str, str]) -> None:
    device = Device()
    token = pair(served, device)["deviceToken"]
    with served.client() as admin, served.stranger() as client:
        assert device.connect(client, auth={"deviceToken": token})["ok"]
        admin.result(method, {"deviceId": device.id, **params})
        assert client.closed().code == 4001
    with served.stranger() as client:
        assert refused(device.connect(client, auth={"deviceToken": token}))[1] == "AUTH_DEVICE_TOKEN_MISMATCH"


def test_a_device_manages_itself_and_admins_manage_all(served: Served) -> None:
    mine, other = Device(), Device()
    pair(served, other)
    with served.stranger() as client:
        assert mine.connect(client, scopes=["operator.pairing"])["ok"]
        assert client.result("device.pair.rename", {"deviceId": mine.id, "label": "mine"})["label"] == "mine"
        refusal = client.call("device.pair.rename", {"deviceId": other.id, "label": "x"})["error"]
        assert refusal["details"]["missingScope"] == "operator.admin"
    with served.client() as admin:
        admin.result("device.pair.rename", {"deviceId": other.id, "label": "other"})
        names = {entry["deviceId"]: entry["displayName"] for entry in admin.result("device.pair.list", {})["paired"]}
        assert names == {mine.id: "mine", other.id: "other"}


def test_a_device_that_vanished_from_the_database_is_cut_when_it_is_looked_after(served: Served) -> None:
    device = Device()
    with served.stranger() as client:
        assert device.connect(client)["ok"]
        # The answer is on its way a moment before the connection is among those that are looked after.
        wait_until(lambda: served.gateway.hub.connections, what="the device's connection")
        served.gateway.services.devices.remove(device.id)
        served.gateway.look_after_devices()
        assert client.closed().code == 4001


# --- setup codes --------------------------------------------------------------------------------------------------


def setup(operator: Client, **params: Any) -> tuple[dict[str, Any], dict[str, str]]:
    answer = operator.result("device.pair.setupCode", params)
    fits("DevicePairSetupCodeResult", answer)
    code = answer["setupCode"]
    return answer, json.loads(base64.urlsafe_b64decode(code + "=" * (-len(code) % 4)))


def test_a_setup_code_brings_one_device_in_from_anywhere(served: Served) -> None:
    device = Device()
    with served.client() as operator:
        answer, packed = setup(operator, includeQr=True, publicUrl="https://gw.example")
        assert packed["url"] == answer["gatewayUrl"] == "wss://gw.example"
        assert operator.result("device.pair.setupStatus", {"setupId": answer["setupId"]}) == {}
        with away(served) as client:
            auth = {"bootstrapToken": packed["bootstrapToken"]}
            hello = device.connect(client, auth=auth, scopes=["operator.read", "operator.write"])["payload"]
            assert len(hello["auth"]["deviceToken"]) == 43
        done = operator.until("device.pair.setup.completed")
        fits("DevicePairSetupCompletedEvent", done)
        status = operator.result("device.pair.setupStatus", {"setupId": answer["setupId"]})
        fits("DevicePairSetupStatusResult", status)
        assert status["completion"]["deviceId"] == done["deviceId"] == device.id
        with away(served) as client:
            assert refused(Device().connect(client, auth=auth))[1] == "AUTH_BOOTSTRAP_TOKEN_INVALID"


@pytest.mark.parametrize(
    ("profile", "connect"),
    [
        ("limited", {"scopes": ["operator.admin"]}),
        ("limited", {**node(), "scopes": []}),
        ("node", {"scopes": ["operator.read"]}),
    ],
)
def test_a_setup_code_gives_its_own_access_and_no_other(served: Served, profile: str, connect: dict[str, Any]) -> None:
    with served.client() as operator, away(served) as client:
        _, packed = setup(operator, bootstrapProfile=profile)
        answer = Device().connect(client, **{**connect, "auth": {"bootstrapToken": packed["bootstrapToken"]}})
        assert refused(answer)[1] == "AUTH_SCOPE_MISMATCH"


def test_a_code_made_by_less_than_an_admin_gives_less(served: Served) -> None:
    with served.client(scopes=["operator.pairing", "operator.write"]) as helper:
        answer, _ = setup(helper)
        assert (answer["access"], answer["accessDowngraded"]) == ("limited", True)
        assert helper.call("device.pair.setupCode", {"bootstrapProfile": "node"})["error"]["code"] == "FORBIDDEN"


# --- proxies and locks --------------------------------------------------------------------------------------------

PROXY = AuthPolicy(
    "trusted-proxy",
    token=Secret(TOKEN),
    allow_users=("ada",),
    required_headers=("x-forwarded-proto",),
    trusted_proxies=networks(["127.0.0.1"]),
)
SIGNED_IN = ["X-Forwarded-For: 203.0.113.9", "X-Forwarded-User: ada", "X-Forwarded-Proto: https"]


def test_whom_a_trusted_proxy_names_is_let_in_with_what_he_asks_for(serve: Callable[..., Served]) -> None:
    served = serve(auth=PROXY)
    with served.stranger(header=SIGNED_IN) as client:
        assert client.connect(None)["payload"]["auth"]["scopes"] == ALL_SCOPES
    with served.stranger(header=SIGNED_IN) as client:
        assert Device().connect(client, auth={})["ok"]


@pytest.mark.parametrize(
    ("headers", "policy", "reason"),
    [
        (SIGNED_IN, replace(PROXY, trusted_proxies=()), "trusted_proxy_untrusted_source"),
        (SIGNED_IN[:2], PROXY, "trusted_proxy_missing_header_x-forwarded-proto"),
        ([SIGNED_IN[0], SIGNED_IN[2]], PROXY, "trusted_proxy_user_missing"),
        ([SIGNED_IN[0], "X-Forwarded-User: eve", SIGNED_IN[2]], PROXY, "trusted_proxy_user_not_allowed"),
    ],
)
def test_a_proxy_must_be_trusted_complete_and_name_an_allowed_user(
    serve: Callable[..., Served], headers: list[str], policy: AuthPolicy, reason: str
) -> None:
    with serve(auth=policy).stranger(header=headers) as client:
        assert client.connect(None)["error"]["details"]["authReason"] == reason


TAILNET = AuthPolicy(token=Secret(TOKEN), allow_tailscale=True)
SERVE = ["X-Forwarded-For: 100.64.0.7", "Tailscale-User-Login: ada@example.com"]


@pytest.mark.parametrize(
    ("owner", "code"),
    [
        ("ada@example.com", ""),
        ("eve@example.com", "AUTH_TAILSCALE_IDENTITY_MISMATCH"),
        (None, "AUTH_TAILSCALE_WHOIS_FAILED"),
    ],
)
def test_a_tailscale_user_is_who_the_tailnet_says(serve: Callable[..., Served], owner: str | None, code: str) -> None:
    asked: list[str] = []

    def whois(address: str) -> str | None:
        asked.append(address)
        return owner

    with serve(auth=TAILNET, whois=whois).stranger(header=SERVE) as client:
        answer = client.connect(None)
        assert asked == ["100.64.0.7"]
        if code:
            assert answer["error"]["details"]["code"] == code
        else:
            assert answer["payload"]["auth"]["scopes"] == ALL_SCOPES


def test_tailscale_headers_mean_nothing_unless_they_are_allowed(served: Served) -> None:
    with served.stranger(header=SERVE) as client:
        assert not client.connect(None)["ok"]


def test_too_many_failures_lock_an_address_out_and_nobody_else(serve: Callable[..., Served]) -> None:
    trusted = networks(["127.0.0.1"])
    served = serve(auth=AuthPolicy(token=Secret(TOKEN), trusted_proxies=trusted))
    for _ in range(9):
        with away(served) as client:
            assert refused(client.connect("wrong"))[1] == "AUTH_TOKEN_MISMATCH"
    with away(served) as client:
        error = client.connect("wrong")["error"]
        assert error["details"]["code"] == "AUTH_RATE_LIMITED"
        assert error["retryable"] is True
        assert 0 < error["retryAfterMs"] <= 300_000
    with away(served) as client:
        assert refused(client.connect(TOKEN))[1] == "AUTH_RATE_LIMITED", "the right secret does not help any more"
    with served.stranger(header=["X-Forwarded-For: 203.0.113.10"]) as client:
        assert client.connect(TOKEN)["ok"]
    with served.stranger() as client:
        assert client.connect(TOKEN)["ok"]


def test_this_machine_is_never_locked_out(served: Served) -> None:
    for _ in range(12):
        with served.stranger() as client:
            assert refused(client.connect("wrong"))[1] == "AUTH_TOKEN_MISMATCH"
    with served.stranger() as client:
        assert client.connect(TOKEN)["ok"]
