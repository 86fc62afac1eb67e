"""Socket Mode: what arrives is stored before it is acknowledged, and the connection ends when it must."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from openclaw.channels.slack.client import SlackClient
from openclaw.channels.slack.config import load_config
from openclaw.channels.slack.connect import SocketMode, SocketModeParts
from openclaw.channels.slack.manifest import SlackPlugin
from openclaw.errors import ChannelRejected, ChannelUnreachable
from openclaw.ports.channel import AccountPlace
from openclaw.ports.channel_connection import Inbox, Tenure
from tests.connections import HeldConnection, ListInbox, OpenTenure
from tests.wire.slack import events
from tests.wire.slack.server import APP_TOKEN, BOT_TOKEN, Fault, SlackServer


@pytest.fixture
def server() -> Iterator[SlackServer]:
    with SlackServer() as running:
        yield running


@pytest.fixture
def opened(server: SlackServer) -> Iterator[Callable[..., Any]]:
    accounts = []

    def open_account(**changes: Any) -> Any:
        section = {"bot_token": BOT_TOKEN, "app_token": APP_TOKEN, "api_base": server.url}
        accounts.append(SlackPlugin().open_account("default", section | changes, AccountPlace(Path("/nowhere"))))
        return accounts[-1]

    yield open_account
    for account in accounts:
        account.close()


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    yield
    ours = [each for each in threading.enumerate() if each.name in ("slack-socket", "slack-open")]
    for each in ours:
        each.join(20)
    assert [each.name for each in ours if each.is_alive()] == []


def told(number: int, **changes: Any) -> dict[str, Any]:
    said = events.message(ts=f"1700000100.{number:06d}", text=f"message {number}")
    return events.enveloped("events_api", events.callback(said, f"Ev{number}"), f"env-{number}", **changes)


@pytest.mark.spec("C6")
def test_every_kind_is_stored_in_order_and_acknowledged(server, opened):
    inbox = ListInbox()
    with HeldConnection(opened(), inbox):
        live = server.wait_for_socket()
        live.push(told(1))
        live.push(events.enveloped("slash_commands", events.command(), "env-2"))
        live.push(events.enveloped("interactive", events.press(), "env-3"))
        live.push(told(4, retry_attempt=1, retry_reason="timeout"))
        server.wait_for_acknowledgement("env-4")
    assert [each.text for each in inbox.envelopes] == ["message 1", "/status", "/approve ab yes", "message 4"]
    assert server.acknowledged == ["env-1", "env-2", "env-3", "env-4"]
    assert inbox.identities[0] == "clawd"


@pytest.mark.spec("C6")
def test_what_is_not_stored_is_not_acknowledged(server, opened):
    inbox = ListInbox()
    with HeldConnection(opened(), inbox) as held:
        live = server.wait_for_socket()
        inbox.wait_for(lambda box: box.identities)
        inbox.broken = True
        live.push(told(1))
        live.push(events.enveloped("events_api", events.callback(events.message(bot_id="B9")), "env-bot"))
        server.wait_for_acknowledgement("env-bot")
        assert server.acknowledged == ["env-bot"]
        inbox.broken = False
        live.push(told(1, retry_attempt=1))
        server.wait_for_acknowledgement("env-1")
    assert held.error is None
    assert [each.text for each in inbox.envelopes] == ["message 1"]


@pytest.mark.parametrize(
    "broken",
    [
        "not json",
        "[]",
        {"type": "something new"},
        events.enveloped("events_api", None, "env-0"),
        events.enveloped("events_api", {"type": "event_callback"}, "env-0"),
        events.enveloped("events_api", {"type": "app_rate_limited"}, "env-0"),
        events.enveloped("events_api", events.callback(events.message(ts="never")), "env-0"),
        events.enveloped("something_new", {}, "env-0"),
        {"type": 7, "envelope_id": 7},
    ],
)
def test_one_bad_message_ends_nothing_and_does_not_come_again(server, opened, broken):
    inbox = ListInbox()
    with HeldConnection(opened(), inbox) as held:
        live = server.wait_for_socket()
        live.push(broken)
        live.push(told(1))
        server.wait_for_acknowledgement("env-1")
    assert held.error is None
    assert [each.text for each in inbox.envelopes] == ["message 1"]
    if isinstance(broken, dict) and broken.get("envelope_id") == "env-0":
        assert server.acknowledged == ["env-0", "env-1"]


@pytest.mark.spec("C6")
@pytest.mark.parametrize("reason", ["warning", "refresh_requested"])
def test_a_connection_is_replaced_before_slack_ends_it(server, opened, reason):
    inbox = ListInbox()
    with HeldConnection(opened(), inbox) as held:
        old = server.wait_for_socket(1)
        old.push({"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-1"}})
        new = server.wait_for_socket(2)
        old.push(told(1))
        server.wait_for_acknowledgement("env-1")
        old.push({"type": "disconnect", "reason": "refresh_requested"})
        old.close()
        assert old.closed.wait(20)
        new.push(told(2))
        server.wait_for_acknowledgement("env-2")
        assert len(server.sockets) == 2
    assert held.error is None
    assert [each.text for each in inbox.envelopes] == ["message 1", "message 2"]


def test_a_connection_that_is_to_be_replaced_at_once_is(server, opened):
    inbox = ListInbox()
    with HeldConnection(opened(), inbox) as held:
        for number in range(1, 4):
            server.wait_for_socket(number).push({"type": "disconnect", "reason": "refresh_requested"})
        server.wait_for_socket(4).push(told(1))
        server.wait_for_acknowledgement("env-1")
    assert held.error is None


def test_when_no_other_connection_is_to_be_had_the_old_one_is_used_to_its_end(server, opened):
    inbox = ListInbox()
    with HeldConnection(opened(), inbox) as held:
        old = server.wait_for_socket(1)
        server.fail(Fault("status", "apps.connections.open", status=503))
        old.push({"type": "disconnect", "reason": "warning"})
        old.push(told(1))
        server.wait_for_acknowledgement("env-1")
        old.close()
        held.join()
    assert isinstance(held.error, ChannelUnreachable)


@pytest.mark.spec("C6")
@pytest.mark.parametrize("how", ["close", "cut"])
def test_a_connection_that_ends_is_said_to_have_ended(server, opened, how):
    with HeldConnection(opened(), ListInbox()) as held:
        live = server.wait_for_socket()
        getattr(live, how)()
        held.join()
    assert isinstance(held.error, ChannelUnreachable)


@pytest.mark.parametrize(
    ("reason", "expected"), [("link_disabled", ChannelRejected), ("too_many_websockets", ChannelUnreachable)]
)
def test_reasons_that_another_connection_would_not_mend(server, opened, reason, expected):
    with HeldConnection(opened(), ListInbox()) as held:
        server.wait_for_socket().push({"type": "disconnect", "reason": reason})
        held.join()
    assert isinstance(held.error, expected)
    assert len(server.sockets) == 1


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"bot_token": "xoxb-other"}, ChannelRejected),
        ({"app_token": "xapp-other"}, ChannelRejected),
        ({"api_base": "http://127.0.0.1:1/api"}, ChannelUnreachable),
    ],
)
def test_a_connection_that_cannot_be_opened_says_why(opened, changes, expected):
    with HeldConnection(opened(**changes), ListInbox()) as held:
        held.join()
    assert isinstance(held.error, expected)


# The SDK leaves a socket that was refused to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("url", ["ws://127.0.0.1:1/link/", "{base}/link/?ticket=wrong", "wss://127.0.0.1:8443/link/"])
def test_a_socket_that_does_not_open_is_unreachable(server, opened, url):
    answer = {"ok": True, "url": url.format(base=server.base.replace("http", "ws", 1))}
    server.fail(Fault("refuse", "apps.connections.open", extra=answer))
    with HeldConnection(opened(), ListInbox()) as held:
        held.join()
    assert isinstance(held.error, ChannelUnreachable)


class Hurried:
    """The connection of an account, with all its times shortened."""

    keeps_connection, sends_over_connection = True, False

    def __init__(self, server: SlackServer, who: Callable[[], str] = lambda: "clawd", **times: float) -> None:
        section = {"bot_token": BOT_TOKEN, "app_token": APP_TOKEN, "api_base": server.url}
        self._client = SlackClient(load_config("default", section))
        self._who = who
        self._times = times

    def connect(self, inbox: Inbox, tenure: Tenure) -> None:
        parts = SocketModeParts("default", self._client, lambda _kind, _payload: (), self._who, **self._times)
        SocketMode(parts, inbox, tenure).hold()
        self._client.close()


@pytest.mark.spec("C6")
def test_a_quiet_connection_is_alive_for_as_long_as_its_pings_are_answered(server):
    inbox = ListInbox()
    with HeldConnection(Hurried(server, ping_seconds=0.02), inbox) as held:
        inbox.wait_for(lambda box: len(box.identities) >= 5)
        server.wait_for_socket().answers_pings = False
        held.join()
    assert isinstance(held.error, ChannelUnreachable)


def test_a_connection_that_was_replaced_and_is_not_ended_by_slack_is_ended_by_us(server):
    with HeldConnection(Hurried(server, ping_seconds=0.02, retiring_seconds=0.02), ListInbox()) as held:
        old = server.wait_for_socket(1)
        old.push({"type": "disconnect", "reason": "refresh_requested"})
        server.wait_for_socket(2)
        assert old.closed.wait(20)
        assert not server.sockets[1].closed.is_set()
    assert held.error is None


def test_a_tenure_that_is_over_already_opens_nothing(server, opened):
    tenure = OpenTenure()
    tenure.end()
    with HeldConnection(opened(), ListInbox(), tenure) as held:
        held.join()
    assert server.sockets == []


@pytest.mark.spec("C6")
def test_a_tenure_ends_the_connection_while_slack_does_not_answer(server):
    asked, answer = threading.Event(), threading.Event()

    def who() -> str:
        asked.set()
        answer.wait(60)
        return "clawd"

    tenure = OpenTenure()
    with HeldConnection(Hurried(server, who), ListInbox(), tenure) as held:
        assert asked.wait(20)
        tenure.end()
        held.join()
    assert held.error is None
    answer.set()
    late = server.wait_for_socket()
    assert late.closed.wait(20)


def test_events_are_taken_while_the_connection_is_being_replaced(server, opened):
    inbox = ListInbox()
    with HeldConnection(opened(), inbox):
        live = server.wait_for_socket()
        server.fail(Fault("hang", "apps.connections.open"))
        live.push({"type": "disconnect", "reason": "warning"})
        live.push(told(1))
        server.wait_for_acknowledgement("env-1")


def test_a_large_event_arrives_whole(server, opened):
    inbox = ListInbox()
    with HeldConnection(opened(), inbox):
        said = events.message(text="ö" * 300_000)
        server.wait_for_socket().push(events.enveloped("events_api", events.callback(said), "env-big"))
        server.wait_for_acknowledgement("env-big")
    assert inbox.envelopes[0].text == "ö" * 300_000


@pytest.mark.spec("C6")
def test_neither_tokens_nor_the_sockets_address_are_logged(server, opened, caplog):
    with caplog.at_level(logging.DEBUG), HeldConnection(opened(), ListInbox()) as held:
        live = server.wait_for_socket()
        live.push(told(1))
        server.wait_for_acknowledgement("env-1")
        live.cut()
        held.join()
    assert "very-secret" not in caplog.text + str(held.error)
