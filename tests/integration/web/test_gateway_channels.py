"""Channel accounts as operators see and command them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from openclaw.ports.accounts import AccountStatus, AccountWish, Errand
from openclaw.ports.channel import Probe
from openclaw.ports.channel_connection import Inbox, Tenure
from tests.integration.web.serving import Served
from tests.integration.web.test_gateway_http import fetch
from tests.integration.web.twins import TwinAccount, now_ms
from tests.waiting import wait_until
from web.services import ConfiguredAccount

pytestmark = pytest.mark.spec("C9")
NAME = ("twin", "default")


class LinkedAccount(TwinAccount):
    """A twin that keeps a connection and is linked by a code."""

    keeps_connection = True
    sends_over_connection = True

    def connect(self, inbox: Inbox, tenure: Tenure) -> None:
        raise AssertionError("a gateway holds no connection")

    def logout(self) -> None:
        raise AssertionError("a gateway unlinks nothing")

    def probe(self, timeout_seconds: float) -> Probe:
        return Probe(False, "@twin", f"no answer in {timeout_seconds:.0f} s")


@pytest.fixture
def linked(serve: Callable[..., Served]) -> Served:
    accounts = (
        ConfiguredAccount("twin", "default", LinkedAccount(), "link", True),
        ConfiguredAccount("twin", "hooked", TwinAccount(), "webhook"),
    )
    return serve(accounts=accounts)


def show(served: Served, state: Any, **more: Any) -> None:
    served.gateway.services.accounts.board.show(NAME, AccountStatus(state, owner="host:1", **more))


def rows(client: Any, **params: Any) -> dict[str, Any]:
    found = client.result("channels.status", params)
    return {row["accountId"]: row for row in found["channelAccounts"]["twin"]}


def test_the_status_tells_who_is_connected_and_who_fails(linked: Served) -> None:
    with linked.client(scopes=["operator.read"]) as client:
        assert rows(client)["default"]["healthState"] == "not held by any connector"
        show(linked, "connected", identity="@twin", success_at_ms=5)
        row = rows(client)["default"]
        assert (row["running"], row["connected"], row["name"], row["lastConnectedAt"]) == (True, True, "@twin", 5)
        show(linked, "waiting", failures=3, error="nobody there", next_attempt_at_ms=9)
        row = rows(client)["default"]
        assert (row["connected"], row["reconnectAttempts"], row["lastError"]) == (False, 3, "nobody there")
        assert rows(client)["hooked"]["webhookPath"] == "/webhooks/twin/hooked"


def test_the_metrics_tell_how_accounts_stand_that_keep_a_connection(linked: Served) -> None:
    def told(name: str) -> str:
        text = fetch(linked.url("/metrics"))[2].decode()
        start = f'openclaw_channel_account_{name}{{account="default",channel="twin"}} '
        assert 'account="hooked"' not in text
        return next(line.removeprefix(start) for line in text.splitlines() if line.startswith(start))

    assert told("connected") == "0.0"
    show(linked, "connected", success_at_ms=5_500, inbound_at_ms=4_000)
    assert (told("connected"), told("refused"), told("failures")) == ("1.0", "0.0", "0.0")
    assert (told("last_success_timestamp_seconds"), told("last_inbound_timestamp_seconds")) == ("5.5", "4.0")
    show(linked, "refused", failures=3)
    assert (told("connected"), told("refused"), told("failures")) == ("0.0", "1.0", "3.0")


def test_platforms_are_asked_when_somebody_wants_to_know(linked: Served) -> None:
    with linked.client(scopes=["operator.read"]) as client:
        found = rows(client, probe=True, timeoutMs=3000)
        assert found["default"]["probe"] == {"ok": False, "identity": "@twin", "error": "no answer in 3 s"}
        assert "probe" not in found["hooked"]


def test_accounts_are_stopped_and_started_wherever_they_are_held(linked: Served) -> None:
    desk = linked.gateway.services.accounts
    with linked.client(scopes=["operator.admin"]) as client:
        assert client.result("channels.stop", {"channel": "twin"}) == {
            "channel": "twin",
            "accountId": "default",
            "stopped": True,
        }
        assert desk.wishes() == {NAME: AccountWish(stopped=True)}
        assert rows(client)["default"]["enabled"] is False
        client.result("channels.start", {"channel": "twin", "accountId": "default"})
        assert desk.wishes() == {NAME: AccountWish(starts=1)}
        client.result("channels.logout", {"channel": "twin"})
        assert desk.wishes() == {NAME: AccountWish(stopped=True, unlink=True, starts=1)}
    assert desk.bell.rung == [Errand("look")] * 3  # type: ignore[attr-defined]


def test_an_unknown_account_is_refused_with_those_there_are(linked: Served) -> None:
    with linked.client(scopes=["operator.admin"]) as client:
        for params, words in (
            ({"channel": "twin", "accountId": "other"}, "configured: default, hooked"),
            ({"channel": "fax"}, "configured: twin"),
        ):
            refused = client.call("channels.stop", params)["error"]
            assert (refused["code"], words in refused["message"]) == ("INVALID_REQUEST", True)
    with linked.client(scopes=["operator.write"]) as client:
        assert client.call("channels.stop", {"channel": "twin"})["error"]["code"] == "FORBIDDEN"


@pytest.mark.spec("C2")
def test_a_code_is_shown_and_shown_anew_until_the_account_is_linked(linked: Served) -> None:
    def link() -> None:
        wait_until(linked.gateway.services.accounts.wishes)
        show(linked, "connecting", login="2@first", login_until_ms=now_ms() + 20_000)

    threading.Thread(target=link).start()
    with linked.client(scopes=["operator.admin"]) as client:
        first = client.result("web.login.start", {"timeoutMs": 10_000})
        assert (first["connected"], first["code"]) == (False, "2@first")
        assert first["qrDataUrl"].startswith("data:image/png;base64,")
        shown = {"currentQrDataUrl": first["qrDataUrl"], "timeoutMs": 10_000}
        show(linked, "connecting", login="2@second", login_until_ms=now_ms() + 20_000)
        assert client.result("web.login.wait", shown)["code"] == "2@second"
        show(linked, "connected", identity="+491234")
        assert client.result("web.login.wait", shown) == {"connected": True, "message": "linked as +491234"}


def test_without_a_connector_linking_says_what_to_start(linked: Served) -> None:
    with linked.client(scopes=["operator.admin"]) as client:
        found = client.result("web.login.start", {"timeoutMs": 1})
        assert "openclaw connector" in found["message"]
        refused = client.call("web.login.start", {"accountId": "hooked"})["error"]
        assert "not linked by scanning" in refused["message"]
