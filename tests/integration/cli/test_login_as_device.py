"""A client that comes from another host: it brings a key, is approved once, and keeps the token it is given."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from openclaw.cli import rpc
from openclaw.cli.rpc import GatewayClient, GatewayRefused, PairingRequired
from openclaw.clients.device_identity import load_or_create
from openclaw.clients.device_tokens import DeviceTokens, StoredToken
from openclaw.domain.pairing import EVERY_SCOPE
from openclaw.errors import ConfigError, Unavailable
from openclaw.ports.secrets import Secret
from openclaw.settings.client import GatewayAddress
from tests.integration.cli.elsewhere import Elsewhere
from tests.integration.web.client import Client
from tests.integration.web.serving import Served, serving
from tests.integration.web.twins import TOKEN, Desk
from tests.waiting import wait_until

pytestmark = pytest.mark.spec("B3", "B5", "A4")

READ = ("operator.read",)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    (tmp_path / "gateway").mkdir()
    with serving(Desk(), tmp_path / "gateway") as running:
        yield running


@pytest.fixture
def operator(served: Served) -> Iterator[Client]:
    with served.client() as client:
        yield client


@pytest.fixture
def elsewhere(served: Served) -> Iterator[Elsewhere]:
    proxy = Elsewhere(served.port)
    yield proxy
    proxy.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "identity"


@pytest.fixture
def address(elsewhere: Elsewhere, folder: Path) -> Any:
    def make(token: str | None = TOKEN, **options: Any) -> GatewayAddress:
        secret = Secret(token) if token is not None else None
        return GatewayAddress(elsewhere.url, secret, folder, **{"as_device": True, **options})

    return make


def log_in(address: GatewayAddress, scopes: tuple[str, ...] = READ) -> dict[str, Any]:
    """Log in and out again; what the gateway granted."""
    with GatewayClient(address, scopes=scopes) as client:
        return dict(client.hello["auth"])


def approve(operator: Client, refused: PairingRequired) -> None:
    operator.result("device.pair.approve", {"requestId": refused.request_id})


def pair(operator: Client, address: GatewayAddress) -> None:
    with pytest.raises(PairingRequired) as refused:
        log_in(address)
    approve(operator, refused.value)
    log_in(address)


def requests(operator: Client) -> list[dict[str, Any]]:
    return list(operator.result("device.pair.list", {})["pending"])


def test_a_new_device_is_told_how_it_is_approved_and_then_needs_no_secret_any_more(
    operator: Client, address: Any, folder: Path
) -> None:
    with pytest.raises(PairingRequired) as refused:
        log_in(address())
    (asked,) = requests(operator)
    assert f"openclaw devices approve {asked['requestId']}" in str(refused.value)
    identity = load_or_create(folder / "device.key")
    assert (asked["deviceId"], asked["clientId"]) == (identity.device_id, "cli")
    assert (asked["scopes"], bool(asked["displayName"])) == (sorted(EVERY_SCOPE), True)
    approve(operator, refused.value)
    assert log_in(address())["deviceToken"]
    again = log_in(address(token=None), ("operator.write",))
    assert (again["scopes"], "deviceToken" in again) == (["operator.write"], False)
    for name in ("device.key", "tokens.json"):
        assert (folder / name).stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700


def test_whoever_waits_is_let_in_once_approved(
    operator: Client, address: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(rpc, "APPROVAL_POLL_SECONDS", 0.05)
    granted: list[dict[str, Any]] = []
    waiting = threading.Thread(target=lambda: granted.append(log_in(address(wait=True))))
    waiting.start()
    (asked,) = wait_until(lambda: requests(operator))
    operator.result("device.pair.approve", {"requestId": asked["requestId"]})
    waiting.join(20)
    assert granted[0]["deviceToken"]
    assert capsys.readouterr().err.count(asked["requestId"]) == 1


def test_whoever_waits_hears_that_it_was_rejected(
    operator: Client, address: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rpc, "APPROVAL_POLL_SECONDS", 0.05)
    failures: list[Exception] = []

    def ask() -> None:
        try:
            log_in(address(wait=True))
        except Unavailable as error:
            failures.append(error)

    waiting = threading.Thread(target=ask)
    waiting.start()
    (asked,) = wait_until(lambda: requests(operator))
    operator.result("device.pair.reject", {"requestId": asked["requestId"]})
    waiting.join(20)
    assert "rejected" in str(failures[0])


def test_a_void_token_is_forgotten_and_the_secret_used_again(operator: Client, address: Any, folder: Path) -> None:
    pair(operator, address())
    identity = load_or_create(folder / "device.key")
    old = DeviceTokens(folder / "tokens.json").get(address().url, "operator", identity.device_id)
    operator.result("device.token.revoke", {"deviceId": identity.device_id, "role": "operator"})
    assert log_in(address())["deviceToken"] != old.token
    assert log_in(address(token=None))["scopes"] == list(READ)
    operator.result("device.token.revoke", {"deviceId": identity.device_id, "role": "operator"})
    with pytest.raises(GatewayRefused, match="device token mismatch"):
        log_in(address(token=None))


def test_a_device_that_asks_for_more_than_it_has_is_put_before_the_operator_again(
    operator: Client, address: Any, served: Served
) -> None:
    log_in(address(token=None, bootstrap_token=Secret(setup(operator, bootstrapProfile="limited"))))
    assert log_in(address(token=None))["scopes"] == list(READ)
    with pytest.raises(PairingRequired):
        log_in(address(), ("operator.pairing",))
    (asked,) = requests(operator)
    assert (asked["isRepair"], "operator.admin" in asked["scopes"]) == (True, False)


def setup(operator: Client, **params: Any) -> str:
    code = operator.result("device.pair.setupCode", params)["setupCode"]
    return str(json.loads(base64.urlsafe_b64decode(code + "=" * (-len(code) % 4)))["bootstrapToken"])


def test_a_known_device_does_not_need_the_secret_that_has_been_changed_meanwhile(
    operator: Client, address: Any
) -> None:
    pair(operator, address())
    assert log_in(address(token="the old one"))["scopes"] == list(READ)


def test_a_stranger_with_a_wrong_secret_cannot_even_ask(operator: Client, address: Any) -> None:
    with pytest.raises(GatewayRefused, match="token mismatch"):
        log_in(address(token="wrong"))
    with pytest.raises(GatewayRefused, match="token missing"):
        log_in(address(token=None))
    assert requests(operator) == []


def test_on_this_machine_the_secret_is_enough_and_no_key_is_made(served: Served, folder: Path) -> None:
    local = GatewayAddress(f"ws://127.0.0.1:{served.port}", Secret(TOKEN), folder)
    assert log_in(local)["scopes"] == list(READ)
    assert not folder.exists()


def test_a_caller_who_is_let_in_without_rights_comes_again_as_a_device(operator: Client, address: Any) -> None:
    with pytest.raises(PairingRequired):
        log_in(address(as_device=False))
    assert len(requests(operator)) == 1


def test_a_device_may_be_used_on_the_gateways_own_machine_too(served: Served, folder: Path) -> None:
    local = GatewayAddress(f"ws://127.0.0.1:{served.port}", Secret(TOKEN), folder, as_device=True)
    assert log_in(local)["deviceToken"]


def test_tokens_are_kept_apart_by_gateway_role_and_key(tmp_path: Path) -> None:
    tokens = DeviceTokens(tmp_path / "tokens.json")
    writers = [
        threading.Thread(target=tokens.keep, args=(f"wss://Host-{n}.example/", "operator", StoredToken("d", f"t{n}")))
        for n in range(8)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [tokens.get(f"wss://host-{n}.example", "operator", "d").token for n in range(8)] == [
        f"t{n}" for n in range(8)
    ]
    assert tokens.get("wss://host-1.example", "node", "d") is None
    assert tokens.get("wss://host-1.example", "operator", "another key") is None
    assert tokens.get("ws://host-1.example", "operator", "d") is None
    tokens.forget("wss://host-1.example", "operator")
    assert tokens.get("wss://host-1.example", "operator", "d") is None
    assert "t2" not in repr(tokens.get("wss://host-2.example", "operator", "d"))


def test_a_key_lasts_and_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a" / "device.key"
    first = load_or_create(path)
    assert load_or_create(path).device_id == first.device_id
    assert first.public_key not in repr(first._key)
    path.write_text("no key")
    with pytest.raises(ConfigError, match="is not a key"):
        load_or_create(path)
