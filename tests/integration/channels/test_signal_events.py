"""The stream of events: stored one by one, whatever its pieces; given up with the tenure; nothing is lost."""

from __future__ import annotations

import threading

import pytest

from openclaw.channels.signal.manifest import SignalPlugin
from openclaw.errors import ChannelRejected, ChannelUnreachable
from openclaw.ports.channel import AccountPlace
from tests.connections import HeldConnection, ListInbox, OpenTenure
from tests.waiting import wait_until
from tests.wire.signal.envelopes import ADA, ME, TIME, event, message
from tests.wire.signal.server import SignalServer

pytestmark = pytest.mark.spec("C7", "C10")


@pytest.fixture
def server():
    with SignalServer() as running:
        yield running


def opened(server, folder, **section):
    section = {"account": ME, "api_base": server.url} | section
    return SignalPlugin().open_account("default", section, AccountPlace(folder / "account"))


@pytest.fixture
def account(server, tmp_path):
    made = opened(server, tmp_path)
    yield made
    made.close()


def texts(inbox):
    return [envelope.text for envelope in inbox.envelopes]


def test_messages_are_stored_in_order_and_the_rest_is_passed_over(server, account):
    with HeldConnection(account, ListInbox()) as held:
        server.tell(message("one"), event(typingMessage={"action": "STARTED"}), message("two", number=2))
        held.inbox.wait_for(lambda inbox: len(inbox.envelopes) == 2)
    assert texts(held.inbox) == ["one", "two"]
    assert held.inbox.identities[0] == ME
    assert held.error is None


def test_an_event_may_come_in_pieces_between_signs_of_life(server, account):
    with HeldConnection(account, ListInbox()) as held:
        stream = server.wait_for_listener()
        stream.keep_alive()
        whole = b'data:{"envelope":{"sourceUuid":"' + ADA.encode() + b'","dataMessage":{"timestamp":%d,' % TIME
        for piece in (whole, b'"message":"gr', "ü".encode()[:1], "ü".encode()[1:], b'n"}}}\n', b"\n"):
            stream.write(piece)
        held.inbox.wait_for(lambda inbox: inbox.envelopes)
    assert texts(held.inbox) == ["grün"]


def test_what_cannot_be_read_is_left_out(server, account, caplog):
    with HeldConnection(account, ListInbox()) as held:
        stream = server.wait_for_listener()
        stream.write(b"data:{no json\n\ndata:[]\n\ndata:" + b"[" * 20000 + b"\n\n")
        server.tell({"envelope": {"sourceUuid": ADA, "dataMessage": {"timestamp": "late"}}}, message("after"))
        held.inbox.wait_for(lambda inbox: inbox.envelopes)
    assert texts(held.inbox) == ["after"]
    assert len([record for record in caplog.records if "left out" in record.message]) == 4


def test_an_ended_stream_is_opened_again_by_the_connector(server, account):
    inbox = ListInbox()
    for number in (1, 2):
        held = HeldConnection(account, inbox)
        held.__enter__()
        server.wait_for_listener(number)
        server.tell(message(f"message {number}", number=number))
        inbox.wait_for(lambda inbox, number=number: len(inbox.envelopes) == number)
        server.listeners[-1].released.set()
        held.join()
        assert isinstance(held.error, ChannelUnreachable)
    assert texts(inbox) == ["message 1", "message 2"]


def test_a_silent_stream_is_given_up(server, tmp_path):
    account = opened(server, tmp_path, silence_seconds=0.2)
    held = HeldConnection(account, ListInbox())
    held.__enter__()
    held.join()
    account.close()
    assert isinstance(held.error, ChannelUnreachable)
    assert "Timeout" in str(held.error)


def test_a_number_that_the_daemon_does_not_have_is_no_use_trying_again(server, tmp_path):
    account = opened(server, tmp_path, account="+15559998888")
    held = HeldConnection(account, ListInbox())
    held.__enter__()
    held.join()
    account.close()
    assert isinstance(held.error, ChannelRejected)


def test_the_stream_is_left_at_once_when_the_tenure_ends(server, account):
    before = set(threading.enumerate())
    held = HeldConnection(account, ListInbox())
    held.__enter__()
    server.wait_for_listener()
    held.tenure.end()
    held.join(2)
    assert held.error is None
    assert "held-connection" not in {thread.name for thread in set(threading.enumerate()) - before}


def test_what_the_store_could_not_take_is_stored_by_the_next_connection(server, account, tmp_path):
    inbox = ListInbox()
    inbox.broken = True
    asked = threading.Event()

    class Ending(OpenTenure):
        def wait(self, seconds):
            asked.set()
            return super().wait(seconds)

    held = HeldConnection(account, inbox, Ending())
    held.__enter__()
    server.tell(message("one \u2028"), event(typingMessage={}), message("two", number=2))
    assert asked.wait(20)
    held.tenure.end()
    held.join()
    assert held.error is None
    kept = tmp_path / "account" / "unread"
    assert len(list(kept.iterdir())) == 2
    assert kept.parent.stat().st_mode & 0o777 == 0o700
    inbox.broken = False
    with HeldConnection(account, inbox):
        inbox.wait_for(lambda inbox: inbox.identities)
    assert texts(inbox) == ["one", "two"]
    assert list(kept.iterdir()) == []


@pytest.mark.spec("C2", "K1")
def test_a_message_is_on_disk_from_when_it_arrives_until_it_is_stored(server, account, tmp_path):
    inbox, kept = ListInbox(), tmp_path / "account" / "unread"
    inbox.broken = True
    with HeldConnection(account, inbox):
        inbox.wait_for(lambda inbox: inbox.identities)
        server.wait_for_listener()
        server.tell(message("one"))
        wait_until(lambda: kept.exists() and any(kept.iterdir()))
        inbox.broken = False
        inbox.wait_for(lambda inbox: inbox.envelopes)
        wait_until(lambda: not any(kept.iterdir()))
    assert texts(inbox) == ["one"]
