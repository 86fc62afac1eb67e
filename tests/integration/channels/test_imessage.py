"""iMessage by an imsg that the test plays: resumed where it was, sent over the one connection, nothing left behind."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from openclaw.channels.imessage.manifest import IMessagePlugin
from openclaw.domain.envelope import ReplyRoute
from openclaw.errors import ChannelOutcomeUnknown, ChannelRejected, ChannelUnreachable
from openclaw.ports.channel import AccountPlace, OutboundFile, WebhookReceiver
from tests.connections import HeldConnection, ListInbox, OpenTenure
from tests.waiting import wait_until
from tests.wire.imessage.imsg import ADA, PlayedImsg, attachment, fake_ssh, in_group, message

pytestmark = pytest.mark.spec("C8", "C10")

ROUTE = ReplyRoute("imessage", "default", ADA)


@pytest.fixture
def imsg(tmp_path):
    with PlayedImsg(tmp_path) as played:
        yield played


def opened(imsg, folder, **section):
    section = {"imsg_path": str(imsg.program), "attachments_path": str(folder / "Attachments")} | section
    return IMessagePlugin().open_account("default", section, AccountPlace(folder / "account"))


@pytest.fixture
def account(imsg, tmp_path):
    (tmp_path / "Attachments").mkdir()
    return opened(imsg, tmp_path)


@pytest.fixture
def held(account):
    with HeldConnection(account, ListInbox()) as connection:
        connection.inbox.wait_for(lambda inbox: inbox.identities)
        yield connection


def over_ssh(imsg, tmp_path, **section):
    ssh = {"ssh_host": "me@mac.local", "ssh_command": [str(fake_ssh(tmp_path)), "-p", "2222"]}
    return opened(imsg, tmp_path, **ssh | section)


def texts(inbox):
    return [envelope.text for envelope in inbox.envelopes]


def test_messages_are_stored_with_how_far_was_read(imsg, held):
    imsg.add(message("one"))
    imsg.add(message("mine", is_from_me=True))
    imsg.add(in_group("two"))
    held.inbox.wait_for(lambda inbox: len(inbox.cursors) == 3)
    assert texts(held.inbox) == ["one", "two"]
    assert held.inbox.cursors == ["1", "2", "3"]
    assert held.inbox.identities[0] == "imsg 0.15.10 on this host"
    assert imsg.requests_of("watch.subscribe") == [{"attachments": True, "include_reactions": True}]


def test_after_a_crash_the_watch_goes_on_behind_what_is_stored(imsg, account):
    inbox = ListInbox()
    held = HeldConnection(account, inbox)
    held.__enter__()
    inbox.wait_for(lambda inbox: inbox.identities)
    imsg.add(message("one"))
    inbox.wait_for(lambda inbox: inbox.cursors)
    imsg.kill()
    held.join()
    assert isinstance(held.error, ChannelUnreachable)
    assert "status -9" in str(held.error)
    assert "imsg: reading the database" in str(held.error)
    imsg.add(message("while away"))
    imsg.add(message("and again"))
    with HeldConnection(account, inbox):
        inbox.wait_for(lambda inbox: len(inbox.cursors) == 3)
    assert texts(inbox) == ["one", "while away", "and again"]
    assert imsg.requests_of("watch.subscribe")[1]["since_rowid"] == 1


def test_what_the_store_cannot_take_is_not_passed_over(imsg, account):
    inbox, asked = ListInbox(), threading.Event()
    inbox.broken = True

    class Ending(OpenTenure):
        def wait(self, seconds):
            asked.set()
            return super().wait(seconds)

    held = HeldConnection(account, inbox, Ending())
    held.__enter__()
    inbox.wait_for(lambda inbox: inbox.identities)
    imsg.wait_for(lambda: imsg.requests_of("watch.subscribe"))
    imsg.add(message("one"))
    assert asked.wait(20)
    held.tenure.end()
    held.join()
    assert (held.error, inbox.cursors) == (None, [])


def test_lines_come_in_pieces_and_what_cannot_be_read_is_left_out(imsg, held, caplog):
    imsg.write(b'{no json\n[]\n{"jsonrpc":"2.0","method":"message","params":{"message":{"id":"x"}}}\n{"jsonrpc":"2.0",')
    imsg.write(b'"method":"unknown","params":{}}\n')
    imsg.add(message("grün \u2028 wie \x85 das"))
    held.inbox.wait_for(lambda inbox: inbox.envelopes)
    assert texts(held.inbox) == ["grün \u2028 wie \x85 das"]
    assert len([record for record in caplog.records if "left out" in record.message]) == 3


@pytest.mark.parametrize("method", ["watch.overflow", "error"])
def test_a_watch_that_ends_is_begun_anew_from_the_cursor(imsg, account, method):
    held = HeldConnection(account, ListInbox())
    held.__enter__()
    held.inbox.wait_for(lambda inbox: inbox.identities)
    imsg.notify(method, subscription=1, reason="buffer_limit_exceeded", terminal=True)
    held.join()
    assert isinstance(held.error, ChannelUnreachable)


def test_the_process_goes_at_once_with_the_tenure(imsg, account):
    held = HeldConnection(account, ListInbox())
    held.__enter__()
    held.inbox.wait_for(lambda inbox: inbox.identities)
    held.tenure.end()
    held.join(2)
    assert held.error is None
    assert not Path(f"/proc/{imsg.starts[0]['pid']}").exists()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("imsg-")]
    with pytest.raises(ChannelUnreachable):
        account.send(ROUTE, "Hi")


def test_an_imsg_that_does_not_answer_holds_up_no_end(imsg, account):
    imsg.silent.add("watch.subscribe")
    held = HeldConnection(account, ListInbox())
    held.__enter__()
    imsg.wait_for(lambda: any(each["method"] == "watch.subscribe" for each in imsg.requests))
    held.tenure.end()
    held.join(3)
    assert (held.error, held.inbox.identities) == (None, [])


def test_what_has_another_shape_is_passed_for_good(imsg, held):
    imsg.add(message("", sender=""))
    imsg.add(message("after"))
    held.inbox.wait_for(lambda inbox: len(inbox.cursors) == 2)
    assert texts(held.inbox) == ["after"]


PARENT = """
import os, sys
from pathlib import Path
from openclaw.channels.imessage.child import ImsgChild
ImsgChild([sys.argv[1], "rpc"]).__enter__().request("status", {}, 20)
os._exit(9)
"""


def test_the_process_does_not_outlive_us(imsg):
    result = subprocess.run([sys.executable, "-c", PARENT, str(imsg.program)], timeout=60, check=False)
    assert result.returncode == 9
    wait_until(lambda: not Path(f"/proc/{imsg.starts[0]['pid']}").exists())


def test_a_host_without_imsg_says_what_to_install_and_where(tmp_path):
    account = IMessagePlugin().open_account(
        "default", {"imsg_path": "no-imsg-here"}, AccountPlace(tmp_path / "account")
    )
    held = HeldConnection(account, ListInbox())
    held.__enter__()
    held.join()
    assert isinstance(held.error, ChannelRejected)
    assert "brew install steipete/tap/imsg" in str(held.error)


def test_so_does_a_mac_behind_ssh_without_it(imsg, tmp_path):
    account = over_ssh(imsg, tmp_path, imsg_path="no-imsg-here")
    held = HeldConnection(account, ListInbox())
    held.__enter__()
    held.join()
    assert isinstance(held.error, ChannelRejected)
    assert "ssh_host" in str(held.error)


def test_without_access_to_the_database_it_is_tried_again(imsg, account):
    imsg.fail("watch.subscribe", {"code": -32002, "message": "Database unavailable", "data": {"detail": "denied"}})
    held = HeldConnection(account, ListInbox())
    held.__enter__()
    held.join()
    assert isinstance(held.error, ChannelUnreachable)
    assert "Full Disk Access" in str(held.error)


def test_an_old_imsg_that_has_no_status_works_too(imsg, account):
    imsg.old = True
    with HeldConnection(account, ListInbox()) as held:
        held.inbox.wait_for(lambda inbox: inbox.identities)
        account.typing(ROUTE)
    assert imsg.requests_of("chats.list") == [{"limit": 1}]
    assert imsg.requests_of("typing") == []


def test_people_are_written_to_by_number_and_groups_by_their_chat(imsg, held, account):
    receipt = account.send(ROUTE, "**Hi**")
    account.send(ReplyRoute("imessage", "default", "chat_id:42"), "Hi all")
    assert imsg.sent == [
        {"to": ADA, "text": "Hi", "service": "auto", "region": "US"},
        {"chat_id": 42, "text": "Hi all"},
    ]
    assert receipt.provider_message_id == "SENT-1"
    with pytest.raises(ChannelRejected):
        account.send(ReplyRoute("imessage", "default", "chat_id:x"), "Hi")
    assert account.probe(1).identity == "imsg 0.15.10 on this host"
    assert held.error is None


def test_a_tapback_on_what_was_sent_is_a_reaction_to_it(imsg, held, account):
    sent = account.send(ROUTE, "Hi").provider_message_id
    told = {"is_reaction": True, "reaction_emoji": "👍", "is_reaction_add": True, "reacted_to_guid": sent}
    imsg.add(message("Liked “Hi”", **told))
    held.inbox.wait_for(lambda inbox: inbox.envelopes)
    (envelope,) = held.inbox.envelopes
    assert (envelope.event, envelope.message_id, envelope.text) == ("reaction", sent, "👍")


def test_tapbacks_are_put_by_the_bridge(imsg, held, account):
    account.react(ROUTE, "GUID-1", "❤️")
    account.react(ReplyRoute("imessage", "default", "chat_id:42"), "GUID-2", "👀", remove=True)
    assert imsg.requests_of("tapback") == [
        {"chat_identifier": ADA, "reaction": "love", "message_guid": "GUID-1", "remove": False},
        {"chat_id": 42, "emoji": "👀", "message_guid": "GUID-2", "remove": True},
    ]
    assert held.error is None


@pytest.mark.parametrize(
    ("bridge", "features"), [(False, {"tapback.emoji": 2}), (True, {"tapback.emoji": 1}), (True, {})]
)
def test_without_a_bridge_that_can_no_tapback_is_put(imsg, account, bridge, features):
    imsg.bridge, imsg.features = bridge, features
    with HeldConnection(account, ListInbox()) as held:
        held.inbox.wait_for(lambda inbox: inbox.identities)
        with pytest.raises(ChannelRejected):
            account.react(ROUTE, "GUID-1", "👀")
    assert imsg.requests_of("tapback") == []


def test_a_process_that_dies_while_it_sends_leaves_the_outcome_unknown(imsg, account):
    held = HeldConnection(account, ListInbox())
    held.__enter__()
    held.inbox.wait_for(lambda inbox: inbox.identities)
    imsg.fail("send", None)
    with pytest.raises(ChannelOutcomeUnknown):
        account.send(ROUTE, "Hi")
    held.join()
    assert isinstance(held.error, ChannelUnreachable)


def test_an_imsg_that_sends_nothing_more_is_started_anew(imsg, account):
    held = HeldConnection(account, ListInbox())
    held.__enter__()
    held.inbox.wait_for(lambda inbox: inbox.identities)
    imsg.fail("send", {"code": -32004, "message": "Mutation lane blocked", "data": {"retry_safe": False}})
    with pytest.raises(ChannelUnreachable):
        account.send(ROUTE, "Hi")
    held.join()
    assert isinstance(held.error, ChannelUnreachable)


def test_a_file_waits_in_a_folder_of_its_own_and_goes(imsg, held, account, tmp_path):
    account.send_file(ROUTE, OutboundFile(b"\x00cat", "image/jpeg", "../my cat.jpg"), "A *cat*")
    (sent,) = imsg.sent
    assert (sent["content"], sent["mode"], sent["text"]) == (b"\x00cat", 0o600, "A cat")
    assert Path(sent["file"]).name == "my cat.jpg"
    assert not Path(sent["file"]).parent.exists()
    assert (tmp_path / "account").stat().st_mode & 0o777 == 0o700
    assert held.error is None


def test_files_are_read_from_messages_own_folder_and_nowhere_else(imsg, held, tmp_path):
    inside, outside = tmp_path / "Attachments" / "ab" / "cat one.jpg", tmp_path / "secret"
    inside.parent.mkdir()
    inside.write_bytes(b"cat")
    outside.write_bytes(b"key")
    (tmp_path / "Attachments" / "link").symlink_to(outside)
    files = [
        inside,
        outside,
        tmp_path / "Attachments" / "link",
        tmp_path / "Attachments" / ".." / "secret",
        inside.parent,
    ]
    imsg.add(message("", attachments=[attachment(path) for path in files]))
    held.inbox.wait_for(lambda inbox: inbox.envelopes)
    (envelope,) = held.inbox.envelopes
    assert [held.inbox.files[ref.id] for ref in envelope.media] == [b"cat"]
    assert (envelope.media[0].mime, envelope.media[0].name) == ("image/jpeg", "cat.jpg")
    assert envelope.text.count("<media:image>") == 5


def test_a_file_of_somebody_who_may_not_write_is_not_read(imsg, held, tmp_path):
    held.inbox.strangers.add(ADA)
    picture = tmp_path / "Attachments" / "cat.jpg"
    picture.write_bytes(b"cat")
    imsg.add(message("", attachments=[attachment(picture)]))
    held.inbox.wait_for(lambda inbox: inbox.envelopes)
    assert held.inbox.envelopes[0].media == ()
    assert held.inbox.files == {}


def test_a_large_file_is_named_only(imsg, tmp_path):
    (tmp_path / "Attachments").mkdir()
    large = tmp_path / "Attachments" / "large.jpg"
    large.write_bytes(b"12345")
    account = opened(imsg, tmp_path, max_download_bytes=4)
    with HeldConnection(account, ListInbox()) as held:
        held.inbox.wait_for(lambda inbox: inbox.identities)
        imsg.add(message("", attachments=[attachment(large, total_bytes=5), attachment(large, total_bytes=0)]))
        held.inbox.wait_for(lambda inbox: inbox.envelopes)
    assert held.inbox.envelopes[0].media == ()


def test_over_ssh_files_pass_both_ways(imsg, tmp_path):
    (tmp_path / "Attachments").mkdir()
    picture = tmp_path / "Attachments" / "it's; a $(cat).jpg"
    picture.write_bytes(b"cat")
    outgoing = tmp_path / "outgoing"
    outgoing.mkdir()
    account = over_ssh(imsg, tmp_path, outgoing_path=str(outgoing))
    with HeldConnection(account, ListInbox()) as held:
        held.inbox.wait_for(lambda inbox: inbox.identities)
        assert held.inbox.identities == ["imsg 0.15.10 on me@mac.local"]
        imsg.add(message("", attachments=[attachment(picture), attachment("/etc/passwd")]))
        held.inbox.wait_for(lambda inbox: inbox.envelopes)
        account.send_file(ROUTE, OutboundFile(bytes(300_000), "image/jpeg", "my $(cat)'s.jpg"), "")
    assert list(held.inbox.files.values()) == [b"cat"]
    (sent,) = imsg.sent
    assert (len(sent["content"]), sent["mode"], "text" in sent) == (300_000, 0o600, False)
    assert list(outgoing.iterdir()) == []


def test_there_are_no_webhooks(account):
    assert not isinstance(account, WebhookReceiver)
