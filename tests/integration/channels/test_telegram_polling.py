"""A Telegram account that asks for its updates: real HTTP, a server that detects two pollers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from openclaw.channels.telegram.account import TelegramAccount
from openclaw.channels.telegram.manifest import TelegramPlugin
from openclaw.errors import ChannelRejected, ChannelUnreachable, StoreUnavailable
from openclaw.ports.channel import AccountPlace
from tests.connections import HeldConnection, ListInbox, OpenTenure
from tests.waiting import wait_until
from tests.wire.telegram import updates
from tests.wire.telegram.server import BotApiServer, Fault

TOKEN = "8123456:AAF-very_secret_token"
pytestmark = pytest.mark.spec("C1")


@pytest.fixture
def server() -> Iterator[BotApiServer]:
    with BotApiServer(token=TOKEN) as running:
        yield running


@pytest.fixture
def account(server: BotApiServer) -> Iterator[TelegramAccount]:
    section = {"token": TOKEN, "mode": "poll", "api_base": server.url}
    opened = TelegramPlugin().open_account("default", section, AccountPlace(Path("/nowhere")))
    yield opened
    opened.close()


def test_updates_arrive_and_are_confirmed_once_they_are_stored(server, account):
    server.post(updates.message(7, text="one"), updates.message(8, text="two"))
    with HeldConnection(account, ListInbox()) as held:
        held.inbox.wait_for(lambda inbox: len(inbox.envelopes) == 2)
        assert [(each.event_id, each.text) for each in held.inbox.envelopes] == [("7", "one"), ("8", "two")]
        wait_until(lambda: not server.waiting)
        server.post(updates.message(9, text="three"))
        held.inbox.wait_for(lambda inbox: len(inbox.envelopes) == 3)
    assert held.error is None
    assert held.inbox.identities[0] == "@local_bot"


def test_pending_updates_are_never_dropped(server, account):
    with HeldConnection(account, ListInbox()) as held:
        held.inbox.wait_for(lambda inbox: inbox.identities)
    assert server.calls("deleteWebhook") == [{"drop_pending_updates": False}]


def test_what_could_not_be_stored_is_not_confirmed(server, account):
    server.post(updates.message(7))
    inbox = ListInbox()
    inbox.broken = True
    with HeldConnection(account, inbox) as held:
        held.join()
    assert isinstance(held.error, StoreUnavailable)
    assert [update["update_id"] for update in server.waiting] == [7]


def test_an_update_that_cannot_be_read_holds_up_nothing(server, account):
    server.post({"update_id": 7, "message": {"chat": "no object"}}, updates.message(8, text="after"))
    with HeldConnection(account, ListInbox()) as held:
        held.inbox.wait_for(lambda inbox: inbox.envelopes)
        wait_until(lambda: not server.waiting)
    assert [each.text for each in held.inbox.envelopes] == ["after"]


def test_no_poll_lasts_longer_than_the_right_to_poll(server, account):
    with HeldConnection(account, ListInbox(), OpenTenure(5.0)) as held:
        held.inbox.wait_for(lambda inbox: len(inbox.identities) > 1 or server.calls("getUpdates"))
    assert {call["timeout"] for call in server.calls("getUpdates")} == {3}


def test_another_poller_is_a_reason_to_try_again_later(server, account):
    server.fail(Fault("refuse", code=409, description="Conflict: terminated by other getUpdates", method="getUpdates"))
    with HeldConnection(account, ListInbox()) as held:
        held.join()
    assert isinstance(held.error, ChannelUnreachable)


def test_a_wrong_token_is_a_reason_to_stop(server, account):
    server.token = "another"
    with HeldConnection(account, ListInbox()) as held:
        held.join()
    assert isinstance(held.error, ChannelRejected)
    assert TOKEN not in str(held.error)
