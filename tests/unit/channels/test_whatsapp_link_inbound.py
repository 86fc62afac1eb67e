"""What the link process tells of becomes envelopes, or nothing, or an error."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openclaw.channel_kit.shapes import Malformed
from openclaw.channels.whatsapp.link_inbound import Me, bare, id_of, read_message
from openclaw.domain.envelope import Peer, ReplyRoute, Sender
from tests.wire.whatsapp.link import GROUP, PERSON, message

ME = Me("15550001111@s.whatsapp.net", "99887766@lid")


def read(**fields):
    return read_message(message(1, **fields), "phone", ME)


def in_group(**fields):
    return read(group=True, chat=GROUP, **fields)


def test_a_message():
    envelope = read(text="Hi")
    assert (envelope.channel, envelope.account, envelope.text) == ("whatsapp", "phone", "Hi")
    assert envelope.event_id == "16505551234:3A0001"
    assert envelope.message_id == "3A0001"
    assert envelope.peer == Peer("direct", "16505551234")
    assert envelope.sender == Sender("16505551234", "Ann")
    assert envelope.route == ReplyRoute("whatsapp", "phone", "16505551234", reply_to="~3A0001")
    assert envelope.mentioned is None
    assert envelope.extra == {"sender_e164": "+16505551234", "sent_at_ms": 1_767_225_600_000}


def test_who_hides_the_number_goes_by_the_hidden_id():
    envelope = read(sender_phone="", sender="55443322:3@lid", chat="55443322@lid")
    assert envelope.sender.id == envelope.route.target == "55443322@lid"
    assert "sender_e164" not in envelope.extra


def test_ids_are_without_devices():
    assert bare("1555:12@s.whatsapp.net") == "1555@s.whatsapp.net"
    assert bare("1555.0:12@lid") == "1555@lid"
    assert id_of("1555:12@s.whatsapp.net") == "1555"
    assert id_of("77@lid") == "77@lid"


def test_a_group_message_belongs_to_the_group_and_does_not_speak_to_us_by_itself():
    envelope = in_group()
    assert envelope.peer == Peer("group", GROUP)
    assert envelope.route.target == GROUP
    assert envelope.sender.id == "16505551234"
    assert envelope.mentioned is False


@pytest.mark.parametrize("jid", ["15550001111@s.whatsapp.net", "99887766@lid", "99887766:4@lid"])
def test_a_mention_of_us_or_a_reply_to_us_speaks_to_us(jid):
    assert in_group(mentions=["1@lid", jid]).mentioned is True
    assert in_group(quoted={"id": "3EB0", "sender": jid, "text": "Q?"}).mentioned is True
    assert in_group(mentions=["1@lid"], quoted={"id": "3EB0", "sender": "2@lid", "text": ""}).mentioned is False


def test_our_number_in_front_is_no_part_of_what_is_said():
    assert in_group(text="@99887766 /status", mentions=["99887766@lid"]).text == "/status"
    assert in_group(text="@15550001111, hello").text == "hello"
    assert in_group(text="@99887766").text == "@99887766"
    assert in_group(text="@998877665 hello").text == "@998877665 hello"


def test_a_reply_carries_what_it_replies_to():
    quoted = {"id": "3EB0", "sender": "16505550000@s.whatsapp.net", "text": "Q?\nMore"}
    envelope = read(text="A!", quoted=quoted)
    assert envelope.text == "A!\n\n[In reply to 16505550000]\n> Q?\n> More"
    assert envelope.extra["reply_to"] == "3EB0"
    assert read(text="A!", quoted=quoted | {"sender": ME.lid}).text.startswith("A!\n\n[In reply to you]")
    assert read(text="/stop", quoted=quoted).text == "/stop"


def test_reactions_to_our_messages_come_and_go_and_others_give_nothing():
    reaction = {"kind": "reaction", "text": "👍", "target": "3EB0", "target_sender": ME.jid}
    put = in_group(**reaction)
    assert (put.event, put.text, put.message_id, put.event_id) == ("reaction", "👍", "3EB0", "16505551234:3A0001")
    assert in_group(**reaction | {"text": ""}).event == "unreaction"
    assert in_group(**reaction | {"target_sender": "1@lid"}) is None
    assert in_group(**reaction | {"target_sender": ""}) is None
    assert read(**reaction | {"target_sender": PERSON}).event == "reaction"
    assert read(**reaction | {"target_sender": ""}) is None


def test_edits_and_deletions_are_events_of_their_own():
    edit = read(kind="edit", text="Hello again", target="3A0000")
    assert (edit.event, edit.text, edit.message_id) == ("edit", "Hello again", "3A0000")
    gone = read(kind="delete", text="", target="3A0000")
    assert (gone.event, gone.message_id) == ("delete", "3A0000")


@pytest.mark.parametrize("fields", [{"text": ""}, {"text": "  "}])
def test_there_is_nothing_to_answer(fields):
    assert read(**fields) is None


@pytest.mark.parametrize(
    "fields",
    [{"id": None}, {"kind": "hologram"}, {"kind": None}, {"sender": None, "sender_phone": ""}, {"text": 5},
     {"quoted": "x"}, {"group": True, "chat": None}],
)  # fmt: skip
def test_a_malformed_message_is_an_error(fields):
    with pytest.raises(Malformed):
        read(**fields)


json_value = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from([*message(), "mentions", "quoted", "target", "target_sender"]), json_value)
def test_whatever_a_field_holds_the_message_is_read_or_refused(field, value):
    try:
        envelope = read(**{field: value})
    except Malformed:
        return
    assert envelope is None or envelope.peer.id
