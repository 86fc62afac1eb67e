"""What imsg tells of, as envelopes."""

from __future__ import annotations

import pytest

from openclaw.channel_kit.shapes import Malformed
from openclaw.channels.imessage.inbound import cursor_of, read_message
from openclaw.domain.envelope import MediaRef, Peer, ReplyRoute, Sender
from tests.wire.imessage.imsg import ADA, attachment, in_group, message


def read(told, ours=(), media=()):
    return read_message({"id": 5, "guid": "GUID-5"} | told, "default", ours, media)


def test_a_direct_message_is_its_senders_and_is_answered_to_his_number():
    found = read(message("Hi"))
    assert (found.event_id, found.message_id, found.text) == ("GUID-5", "GUID-5", "Hi")
    assert (found.peer, found.sender) == (Peer("direct", ADA), Sender(ADA, "Ada"))
    assert found.route == ReplyRoute("imessage", "default", ADA)
    assert found.extra == {"sender_e164": ADA, "sent_at_ms": 1_780_000_980_250}
    assert found.mentioned is None


def test_who_writes_from_an_address_has_no_number():
    found = read(message(sender="ada@example.org"))
    assert found.sender.id == "ada@example.org"
    assert "sender_e164" not in found.extra


def test_a_group_is_answered_by_its_number_in_the_database():
    found = read(in_group("Hi"))
    assert (found.peer, found.route.target) == (Peer("group", "42"), "chat_id:42")
    assert found.extra["chat_title"] == "Friends"
    assert found.mentioned is None


def test_a_reply_to_ours_speaks_to_us():
    reply = {"reply_to_guid": "SENT-1", "reply_to_text": "Shall\nwe?", "reply_to_sender": ""}
    found = read(in_group("Yes", **reply), ours={"SENT-1"})
    assert found.mentioned is True
    assert found.text == "Yes\n\n[In reply to you]\n> Shall\n> we?"
    assert found.extra["reply_to"] == "SENT-1"


def test_a_reply_to_somebody_else_names_him():
    found = read(in_group("Yes", thread_originator_guid="G1", reply_to_text="Shall we?", reply_to_sender="+4915"))
    assert found.mentioned is None
    assert found.text.endswith("[In reply to +4915]\n> Shall we?")


def test_a_command_stays_alone():
    assert read(message("/new", reply_to_guid="G1", reply_to_text="Old")).text == "/new"


def test_files_stand_before_the_words_and_come_with_the_message():
    ref = MediaRef("1", "image/jpeg")
    files = [attachment("/x"), attachment("/y", mime_type="application/pdf"), attachment("/z", is_sticker=True)]
    found = read(message("\ufffc\ufffcLook", attachments=files), media=[ref])
    assert found.text == "<media:image>\n<media:document>\n<media:sticker>\nLook"
    assert found.media == (ref,)


def test_a_poll_is_readable_text():
    poll = {"kind": "created", "question": "Dinner?", "options": [{"id": "1", "text": "Pizza"}]}
    assert read(message("", poll=poll)).text == "[Poll] Dinner?\n- Pizza"


@pytest.mark.parametrize(("added", "kind"), [(True, "reaction"), (False, "unreaction")])
def test_a_tapback_on_ours_is_a_reaction(added, kind):
    told = message("Loved", is_reaction=True, reaction_type="love", reaction_emoji="❤️", is_reaction_add=added)
    found = read(told | {"reacted_to_guid": "p:0/SENT-1"}, ours={"SENT-1"})
    assert (found.event, found.message_id, found.text) == (kind, "SENT-1", "❤️")


@pytest.mark.parametrize(
    "told",
    [
        message("Mine", is_from_me=True, sender=""),
        message("", attachments=[]),
        message("Loved", is_reaction=True, reaction_emoji="❤️", reacted_to_guid="GUID-1"),
        message("", poll={"kind": "vote"}),
    ],
)
def test_what_nobody_says_to_us_gives_nothing(told):
    assert read(told, ours={"SENT-1"}) is None


@pytest.mark.parametrize(
    "told",
    [
        {"guid": None},
        {"guid": ""},
        {"sender": ""},
        {"sender": 7},
        {"text": []},
        {"is_group": True, "chat_id": "42"},
        {"attachments": {}},
        {"created_at": "yesterday"},
        {"poll": []},
    ],
)
def test_what_has_another_shape_is_malformed(told):
    with pytest.raises(Malformed):
        read(message() | told)


def test_the_cursor_is_what_imsg_says_or_else_the_row():
    assert cursor_of({"id": 5, "cursor": 4}) == "4"
    assert cursor_of({"id": 5}) == "5"
    with pytest.raises(Malformed):
        cursor_of({"id": "5"})
