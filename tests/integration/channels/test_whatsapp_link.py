"""A linked number against a link process that the test plays: a real process, real pipes, and our lines on them."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from openclaw.channels.whatsapp.link_account import LinkAccount
from openclaw.channels.whatsapp.link_journal import LinkJournal
from openclaw.channels.whatsapp.manifest import WhatsAppPlugin
from openclaw.domain.envelope import InboundEnvelope, ReplyRoute
from openclaw.errors import (
    ChannelOutcomeUnknown,
    ChannelRateLimited,
    ChannelRejected,
    ChannelUnreachable,
)
from openclaw.ports.channel import AccountPlace, OutboundFile, WebhookReceiver
from openclaw.ports.channel_connection import ConnectingAccount, Unlinkable
from tests.connections import HeldConnection, ListInbox
from tests.waiting import wait_until
from tests.wire.whatsapp.link import GROUP, PERSON, PlayedLink, message

ROUTE = ReplyRoute("whatsapp", "default", "16505551234")
OGG = OutboundFile(b"OggS", "audio/ogg", "answer.ogg", voice_note=True)


@pytest.fixture
def link() -> Iterator[PlayedLink]:
    with PlayedLink() as played:
        yield played


@pytest.fixture
def opened(link: PlayedLink, tmp_path: Path) -> Callable[..., Any]:
    def open_account(**changes: Any) -> Any:
        section = {"mode": "link", "command": link.command} | changes
        return WhatsAppPlugin().open_account("default", section, AccountPlace(tmp_path / "account"))

    return open_account


@pytest.fixture
def held(link: PlayedLink, opened: Callable[..., Any]) -> Iterator[tuple[LinkAccount, HeldConnection]]:
    """An account that is linked and connected."""
    account = opened()
    with HeldConnection(account, ListInbox()) as connection:
        link.connected()
        connection.inbox.wait_for(lambda inbox: inbox.identities)
        yield account, connection


def test_an_account_says_what_it_is(opened):
    account = opened()
    assert isinstance(account, ConnectingAccount)
    assert isinstance(account, Unlinkable)
    assert account.keeps_connection
    assert account.sends_over_connection
    assert not isinstance(account, WebhookReceiver)


@pytest.mark.spec("C2")
def test_a_number_is_linked_by_codes_that_are_shown_one_after_the_other(link, opened, tmp_path):
    with HeldConnection(opened(device_name="Kitchen"), ListInbox()) as connection:
        link.tell(event="code", code="2@first", expires_in_seconds=20)
        link.tell(event="code", code="2@second", expires_in_seconds=20)
        link.connected()
        connection.inbox.wait_for(lambda inbox: len(inbox.logins) == 3)
        assert connection.inbox.logins == ["2@first", "2@second", ""]
        assert connection.inbox.identities == ["Our Phone +15550001111"]
    (start,) = link.starts
    folder = tmp_path / "account"
    assert start == {
        "op": "start",
        "session": str(folder / "session.sqlite3"),
        "files": str(folder / "files"),
        "journal": str(folder / "unread"),
        "device": "Kitchen",
        "max_download_bytes": 20 * 1024 * 1024,
    }
    assert folder.stat().st_mode & 0o777 == 0o700
    assert connection.error is None


@pytest.mark.spec("C2", "C10")
def test_a_message_arrives_and_is_answered(link, held):
    account, connection = held
    link.message(1, text="Hi")
    connection.inbox.wait_for(lambda inbox: inbox.envelopes)
    (envelope,) = connection.inbox.envelopes
    assert (envelope.text, envelope.sender.id, envelope.route.target) == ("Hi", "16505551234", "16505551234")
    account.typing(envelope.route)
    receipt = account.send(envelope.route, "**Hello** yourself")
    assert receipt.provider_message_id == "3EB00002"
    typing, text = link.requests
    assert (typing["op"], typing["chat"], typing["read"]) == ("typing", PERSON, "3A0001")
    assert (text["op"], text["chat"], text["text"], text["quote"]) == ("text", PERSON, "*Hello* yourself", "")


def test_answers_quote_when_asked_to_and_messages_stay_unread_when_asked_to(link, opened):
    account = opened(read_receipts=False)
    with HeldConnection(account, ListInbox()) as connection:
        link.connected()
        link.message(1)
        connection.inbox.wait_for(lambda inbox: inbox.envelopes)
        (envelope,) = connection.inbox.envelopes
        account.typing(envelope.route)
        account.send(replace(envelope.route, reply_to=envelope.message_id), "Hello")
    assert [request.get("read") for request in link.requests] == ["", None]
    assert link.requests[1]["quote"] == "3A0001"


@pytest.mark.spec("C2")
def test_files_go_out_by_the_folder_and_leave_nothing_there(link, held, tmp_path):
    account, _ = held
    seen: list[bytes] = []

    def answer(request: dict[str, Any]) -> dict[str, Any]:
        if request["op"] == "file":
            seen.append((Path(link.starts[0]["files"]) / request["file"]).read_bytes())
        return {"ok": {"message_id": "3EB0"}}

    link.answer = answer
    account.send_file(ROUTE, OGG, "Listen")
    account.send_file(ROUTE, OutboundFile(b"PK", "application/zip", "a.zip"), "An *archive*")
    voice, words, archive = link.requests
    assert (voice["type"], voice["voice"], voice["caption"], voice["mime"]) == ("audio", True, "", "audio/ogg")
    assert words["text"] == "Listen"
    assert (archive["type"], archive["name"], archive["caption"]) == ("document", "a.zip", "An _archive_")
    assert seen == [b"OggS", b"PK"]
    assert list((tmp_path / "account" / "files").iterdir()) == []


@pytest.mark.spec("C2")
def test_a_file_that_came_is_kept_with_its_message(link, held, tmp_path):
    _, connection = held
    (tmp_path / "account" / "files" / "abc").write_bytes(b"voice")
    media = {"kind": "voice", "mime": "audio/ogg", "name": "", "file": "abc"}
    link.message(1, text="<media:voice>", media=media)
    link.message(2, text="<media:image>", media={"kind": "image", "mime": "image/png", "name": "", "file": ""})
    link.message(3, text="<media:image>", media=media | {"file": "../../etc/passwd"})
    connection.inbox.wait_for(lambda inbox: len(inbox.envelopes) == 3)
    first, *others = connection.inbox.envelopes
    assert [connection.inbox.files[ref.id] for ref in first.media] == [b"voice"]
    assert [envelope.media for envelope in others] == [(), ()]
    assert list((tmp_path / "account" / "files").iterdir()) == []


@pytest.mark.spec("C2", "I1")
def test_the_file_of_somebody_who_may_not_write_is_neither_fetched_nor_kept(link, held, tmp_path):
    _, connection = held
    connection.inbox.strangers.add("16505551234")
    media = {"kind": "voice", "mime": "audio/ogg", "name": "", "file": ""}
    asked = message(1, text="<media:voice>", media=media) | {"event": "asks"}
    link.tell(**asked)
    link.tell(**asked | {"sender_phone": "", "sender": "55443322@lid", "id": "3A0002"})
    link.tell(**asked | {"kind": "hologram", "id": "3A0003"})
    link.wait_for(lambda: len(link.requests) == 3)
    assert [(each["op"], each["message_id"], each["wanted"]) for each in link.requests] == [
        ("fetch", "3A0001", False),
        ("fetch", "3A0002", True),
        ("fetch", "3A0003", False),
    ]
    (tmp_path / "account" / "files" / "abc").write_bytes(b"voice")
    link.message(1, text="<media:voice>", media=media | {"file": "abc"})
    connection.inbox.wait_for(lambda inbox: inbox.envelopes)
    assert connection.inbox.envelopes[0].media == ()
    assert connection.inbox.files == {}
    assert list((tmp_path / "account" / "files").iterdir()) == []


@pytest.mark.spec("C2")
def test_a_file_is_wanted_while_nobody_knows_who_may_write(link, held):
    _, connection = held
    connection.inbox.broken = True
    link.tell(**message(1, text="<media:voice>", media={"file": ""}) | {"event": "asks"})
    link.wait_for(lambda: link.requests)
    assert link.requests[0]["wanted"] is True


@pytest.mark.spec("C2")
def test_reactions_go_out(link, held):
    account, _ = held
    account.react(ReplyRoute("whatsapp", "default", GROUP), "3A0001", "👀")
    account.react(ROUTE, "3A0001", "👀", remove=True)
    assert [(each["chat"], each["message_id"], each["emoji"]) for each in link.requests] == [
        (GROUP, "3A0001", "👀"),
        (PERSON, "3A0001", ""),
    ]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ({"kind": "rejected", "message": "not participating"}, ChannelRejected),
        ({"kind": "unreachable", "message": "websocket not connected"}, ChannelUnreachable),
        ({"kind": "unknown", "message": "timed out"}, ChannelOutcomeUnknown),
        ({"kind": "rate-limited", "message": "rate-overlimit", "retry_after": 7}, ChannelRateLimited),
        ({"kind": ["odd"]}, ChannelOutcomeUnknown),
        ("odd", ChannelOutcomeUnknown),
    ],
)
def test_a_refusal_is_the_error_that_the_process_names(link, held, error, expected):
    account, _ = held
    link.answer = lambda _: {"error": error}
    with pytest.raises(expected) as raised:
        account.send(ROUTE, "Hello")
    assert type(raised.value) is expected
    if expected is ChannelRateLimited:
        assert raised.value.retry_after_seconds == 7
    account.typing(ROUTE)


def test_an_answer_without_an_id_leaves_the_outcome_unknown(link, held):
    account, _ = held
    link.answer = lambda _: {"ok": {}}
    with pytest.raises(ChannelOutcomeUnknown):
        account.send(ROUTE, "Hello")


@pytest.mark.spec("C2")
def test_a_process_that_crashes_while_it_sends_leaves_the_outcome_unknown_and_ends_the_connection(link, held):
    account, connection = held
    link.answer = lambda _: link.tell(die=3)
    with pytest.raises(ChannelOutcomeUnknown):
        account.send(ROUTE, "Hello")
    connection.join()
    assert isinstance(connection.error, ChannelUnreachable)
    assert "the library has crashed" in str(connection.error)
    with pytest.raises(ChannelUnreachable):
        account.send(ROUTE, "Hello")


def test_nothing_is_sent_while_the_number_is_not_connected(opened):
    account = opened()
    with pytest.raises(ChannelUnreachable):
        account.send(ROUTE, "Hello")
    with pytest.raises(ChannelUnreachable):
        account.send_file(ROUTE, OGG, "")
    account.typing(ROUTE)
    assert not account.probe(1).ok


def test_a_target_that_is_no_chat_and_a_text_that_is_too_long_are_refused(held):
    account, _ = held
    with pytest.raises(ChannelRejected, match="no phone number"):
        account.send(ReplyRoute("whatsapp", "default", "nobody"), "Hello")
    with pytest.raises(ChannelRejected, match="4096"):
        account.send(ROUTE, "x" * 5000)


def test_a_probe_says_who_the_number_is(held):
    account, _ = held
    assert account.probe(1).identity == "Our Phone +15550001111"


@pytest.mark.spec("C2")
def test_a_number_that_the_phone_has_unlinked_must_be_linked_anew(link, held, tmp_path):
    _, connection = held
    session = tmp_path / "account" / "session.sqlite3"
    session.write_bytes(b"keys")
    link.tell(event="ended", kind="rejected", message="the phone has unlinked this device", logged_out=True)
    connection.join()
    assert isinstance(connection.error, ChannelRejected)
    assert "unlinked" in str(connection.error)
    assert not session.exists()


@pytest.mark.spec("C2")
def test_logging_out_unlinks_at_whatsapp_and_forgets_the_keys(link, held, tmp_path):
    account, connection = held
    session = tmp_path / "account" / "session.sqlite3"
    session.write_bytes(b"keys")
    account.logout()
    connection.join()
    assert [request["op"] for request in link.requests] == ["logout"]
    assert isinstance(connection.error, ChannelRejected)
    assert "link it anew" in str(connection.error)
    assert not session.exists()


def test_a_log_out_that_whatsapp_does_not_take_keeps_the_link(link, held, tmp_path):
    account, connection = held
    session = tmp_path / "account" / "session.sqlite3"
    session.write_bytes(b"keys")
    link.answer = lambda _: {"error": {"kind": "unreachable", "message": "websocket not connected"}}
    with pytest.raises(ChannelUnreachable):
        account.logout()
    connection.tenure.end()
    connection.join()
    assert connection.error is None
    assert session.exists()


def test_logging_out_without_a_connection_forgets_the_keys(opened, tmp_path):
    account = opened()
    (tmp_path / "account").mkdir()
    (tmp_path / "account" / "session.sqlite3").write_bytes(b"keys")
    account.logout()
    assert list((tmp_path / "account").iterdir()) == []


@pytest.mark.parametrize(("kind", "expected"), [("rejected", ChannelRejected), ("unreachable", ChannelUnreachable)])
def test_an_end_that_the_process_explains_is_the_connections_error(link, held, kind, expected):
    _, connection = held
    link.tell(event="ended", kind=kind, message="because")
    connection.join()
    assert type(connection.error) is expected
    assert "because" in str(connection.error)


def test_the_address_of_the_database_is_in_no_error(link, opened):
    address = "postgres://user:s3cret@db/whatsapp"
    with HeldConnection(opened(session_database_url=address), ListInbox()) as connection:
        link.wait_for(lambda: link.starts)
        assert link.starts[0]["session"] == address
        link.tell(event="ended", kind="unreachable", message=f"cannot connect to {address}")
        connection.join()
    assert "s3cret" not in str(connection.error)


@pytest.mark.spec("C2")
def test_the_process_is_gone_when_the_tenure_is_over(link, opened):
    with HeldConnection(opened(), ListInbox()) as connection:
        link.connected()
        connection.inbox.wait_for(lambda inbox: inbox.identities)
        before = {thread.name for thread in threading.enumerate()}
    assert connection.error is None
    assert any(name.startswith("whatsapp-link") for name in before)
    assert not any(thread.name.startswith("whatsapp-link") for thread in threading.enumerate())
    wait_until(lambda: not _children())


def test_lines_that_cannot_be_read_and_malformed_messages_are_left_out(link, held):
    _, connection = held
    link.wait_for(lambda: link.starts)
    link._socket.sendall(b"Go says something\n[]\n{\n")
    link.tell(event="message", id=5)
    link.message(1, kind="hologram")
    link.message(2, sender=None, sender_phone="")
    link.tell(event="something new")
    link.tell(id=["odd"], ok={})
    link.tell(id=99, ok={})
    link.message(3)
    connection.inbox.wait_for(lambda inbox: inbox.envelopes)
    assert [envelope.message_id for envelope in connection.inbox.envelopes] == ["3A0003"]


def test_a_process_that_cannot_be_understood_ends_the_connection(link, held):
    _, connection = held
    link.tell(event="code", code=5)
    connection.join()
    assert isinstance(connection.error, ChannelUnreachable)


class FullInbox(ListInbox):
    """Knows its senders and keeps files, and stores nothing while it is broken."""

    def admits(self, envelope: InboundEnvelope) -> bool:
        return envelope.sender.id not in self.strangers


@pytest.mark.spec("C2")
@pytest.mark.parametrize("inbox", [ListInbox(), FullInbox()], ids=["knows-nobody", "keeps-files"])
def test_messages_that_cannot_be_stored_wait_for_the_next_connection(link, opened, tmp_path, caplog, inbox):
    account = opened()
    with HeldConnection(account, inbox) as connection:
        link.connected()
        inbox.wait_for(lambda inbox: inbox.identities)
        inbox.broken = True
        (tmp_path / "account" / "files" / "abc").write_bytes(b"voice")
        link.message(1, text="<media:voice>", media={"kind": "voice", "mime": "audio/ogg", "name": "", "file": "abc"})
        link.message(2)
        wait_until(lambda: "waits for the store" in caplog.text)
    assert connection.error is None
    assert inbox.envelopes == []
    inbox.broken = False
    with HeldConnection(account, inbox):
        inbox.wait_for(lambda inbox: inbox.envelopes)
        link.wait_for(lambda: len(link.starts) == 2)
    first, *_ = inbox.envelopes
    assert inbox.files[first.media[0].id] == b"voice"
    assert list((tmp_path / "account" / "unread").iterdir()) == []


@pytest.mark.spec("C2", "K1")
def test_what_the_link_process_had_on_disk_when_everything_died_is_stored_by_the_next_connection(
    link, opened, tmp_path
):
    journal = LinkJournal(tmp_path / "account" / "unread")
    journal.keep(message(1, text="never told"))
    with HeldConnection(opened(), ListInbox()) as connection:
        link.connected()
        connection.inbox.wait_for(lambda inbox: inbox.envelopes)
        told = message(2, text="told")
        journal.keep(told)
        link.tell(**told)
        connection.inbox.wait_for(lambda inbox: len(inbox.envelopes) == 2)
        wait_until(lambda: not journal.messages())
    assert [envelope.text for envelope in connection.inbox.envelopes] == ["never told", "told"]


def test_a_message_is_on_disk_while_the_store_is_away(link, held, tmp_path):
    _, connection = held
    connection.inbox.broken = True
    link.message(1)
    wait_until(lambda: [each["id"] for each in LinkJournal(tmp_path / "account" / "unread").messages()] == ["3A0001"])
    connection.inbox.broken = False
    connection.inbox.wait_for(lambda inbox: inbox.envelopes)


def test_a_store_that_comes_back_gets_the_message_on_the_same_connection(link, held):
    _, connection = held
    connection.inbox.broken = True
    link.message(1)
    link.message(2)
    connection.inbox.broken = False
    connection.inbox.wait_for(lambda inbox: len(inbox.envelopes) == 2)
    assert [envelope.message_id for envelope in connection.inbox.envelopes] == ["3A0001", "3A0002"]


def test_a_program_that_does_not_exist_is_a_connection_that_cannot_be_made(opened):
    with HeldConnection(opened(command=["/nowhere/at/all"]), ListInbox()) as connection:
        connection.join()
    assert isinstance(connection.error, ChannelUnreachable)


def _children() -> list[str]:
    """The link processes of this process."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            command = (entry / "cmdline").read_text()
        except OSError:
            continue
        if fields[1] == str(os.getpid()) and "whatsapp" in command:
            found.append(command)
    return found
