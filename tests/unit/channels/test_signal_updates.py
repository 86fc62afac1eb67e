"""What signal-cli tells of, as envelopes."""

from __future__ import annotations

import pytest

from openclaw.channel_kit.shapes import Malformed
from openclaw.channels.signal.event_stream import EventStream
from openclaw.channels.signal.inbound import Place, read_event
from openclaw.channels.signal.names import Me
from openclaw.domain.envelope import Peer, RemoteFile, ReplyRoute, Sender
from tests.wire.signal.envelopes import (
    ADA,
    ADA_NUMBER,
    GROUP,
    ME,
    MY_UUID,
    TIME,
    attachment,
    data,
    event,
    in_group,
    mention,
    message,
)

PLACE = Place("default", Me(ME, MY_UUID))
HERE = "\ufffc"


def read(told, place=PLACE):
    return read_event(told, place)


def quote(text="Shall we?", uuid=MY_UUID, number=ME, **fields):
    return {"id": TIME - 5, "authorNumber": number, "authorUuid": uuid, "text": text, "attachments": []} | fields


def test_a_direct_message_is_its_senders_by_uuid_with_name_and_number_beside_it():
    found = read(message("Hi"))
    assert (found.peer, found.sender, found.text) == (Peer("direct", ADA), Sender(ADA, "Ada"), "Hi")
    assert found.event_id == found.message_id == f"{ADA}:{TIME + 1}"
    assert found.route == ReplyRoute("signal", "default", ADA, reply_to=f"~{ADA}:{TIME + 1}")
    assert found.extra == {"sender_e164": ADA_NUMBER, "sent_at_ms": TIME + 1}
    assert found.mentioned is None


def test_who_hides_his_uuid_is_known_by_his_number():
    found = read(event(source={"sourceUuid": None}, dataMessage=data("Hi")))
    assert found.sender.id == found.peer.id == ADA_NUMBER


def test_a_message_of_a_group_is_the_groups():
    found = read(in_group("Hi"))
    assert found.peer == Peer("group", GROUP)
    assert found.route.target == f"group:{GROUP}"
    assert found.extra["chat_title"] == "Friends"
    assert found.mentioned is False


@pytest.mark.parametrize(("number", "uuid"), [(ME, "x"), ("", MY_UUID)])
def test_a_mention_by_number_or_uuid_speaks_to_us_and_leaves_the_text(number, uuid):
    found = read(in_group(f"{HERE}, what's up?", mentions=[mention(number, uuid, 0)]))
    assert (found.mentioned, found.text) == (True, "what's up?")


def test_a_command_behind_our_name_is_a_command():
    assert read(in_group(f" {HERE} /new", mentions=[mention(ME, "", 1)])).text == "/new"


def test_a_mention_alone_still_is_a_message():
    assert read(in_group(HERE, mentions=[mention(ME, "", 0)])).text == f"@{ME}"


def test_mentions_stand_where_they_are_counted_in_utf_16():
    mentions = [mention("", "bbbb", 11), mention("+4915", "x", 3), mention("+4999", "y", 900)]
    found = read(in_group(f"\U0001f600 {HERE} and 1 {HERE}!", mentions=mentions))
    assert found.text == "\U0001f600 @+4915 and 1 @bbbb!"
    assert found.mentioned is False


def test_a_reply_to_us_is_to_us_and_shows_what_it_answers():
    found = read(in_group("Yes", quote=quote(f"Shall {HERE} come?", mentions=[mention("+4915", "x", 6)])))
    assert found.mentioned is True
    assert found.text == "Yes\n\n[In reply to you]\n> Shall @+4915 come?"
    assert found.extra["reply_to"] == str(TIME - 5)


def test_a_reply_to_somebody_else_names_him():
    found = read(in_group("Yes", quote=quote(uuid="bbbb", number="+4915")))
    assert found.mentioned is False
    assert found.text.endswith("[In reply to +4915]\n> Shall we?")
    assert found.extra["reply_to"] == f"bbbb:{TIME - 5}"


def test_a_command_stays_alone():
    assert read(message("/new", quote=quote())).text == "/new"


def test_attachments_are_files_that_the_daemon_holds():
    found = read(
        in_group("Look", attachments=[attachment(), attachment(contentType="audio/aac", filename=None, id="V1")])
    )
    assert found.text == "<media:image>\n<media:voice>\nLook"
    assert found.files == (
        RemoteFile(f"group:{GROUP}/Zx12.jpg", "image", "image/jpeg", "cat.jpg", 5),
        RemoteFile(f"group:{GROUP}/V1", "voice", "audio/aac", "", 5),
    )


@pytest.mark.parametrize("fields", [{"viewOnce": True}, {"attachments": [attachment(id=None)]}])
def test_what_may_be_seen_once_or_was_not_fetched_is_named_only(fields):
    found = read(message(None, **{"attachments": [attachment()]} | fields))
    assert (found.text, found.files) == ("<media:image>", ())


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"sticker": {"packId": "ab", "stickerId": 3}}, "<media:sticker>"),
        (
            {"contacts": [{"name": {"given": "Bo", "family": "Li"}, "phone": [{"value": "+4915", "type": "HOME"}]}]},
            "[Contact] Bo Li, +4915",
        ),
        (
            {"pollCreate": {"question": "When?", "allowMultiple": True, "options": ["Now", "Later"]}},
            "[Poll] When?\n- Now\n- Later",
        ),
    ],
)
def test_other_things_are_readable_text(fields, text):
    assert read(message(None, **fields)).text == text


def test_an_edit_is_an_event_of_its_own_about_the_first_message():
    found = read(
        event(number=9, editMessage={"targetSentTimestamp": TIME + 1, "dataMessage": data("Better", number=9)})
    )
    assert (found.event, found.message_id, found.text) == ("edit", f"{ADA}:{TIME + 1}", "Better")
    assert found.event_id == f"{ADA}:{TIME + 9}"


def test_a_deletion_names_what_is_gone():
    found = read(message(None, number=9, remoteDelete={"timestamp": TIME + 1}))
    assert (found.event, found.message_id, found.text) == ("delete", f"{ADA}:{TIME + 1}", "")


@pytest.mark.parametrize(("removed", "kind"), [(False, "reaction"), (True, "unreaction")])
def test_a_reaction_to_ours_is_told_by_the_id_that_our_receipt_had(removed, kind):
    told = {"emoji": "👍", "targetAuthorNumber": ME, "targetAuthorUuid": None, "targetSentTimestamp": TIME}
    found = read(message(None, reaction=told | {"isRemove": removed}))
    assert (found.event, found.message_id, found.text) == (kind, str(TIME), "👍")


@pytest.mark.parametrize(
    "told",
    [
        message(
            None, reaction={"emoji": "👍", "targetAuthorUuid": ADA, "targetSentTimestamp": TIME, "isRemove": False}
        ),
        message(None),
        message(None, isExpirationUpdate=True, expiresInSeconds=60),
        in_group(None, groupInfo={"groupId": GROUP, "groupName": "Friends", "revision": 4, "type": "UPDATE"}),
        event(receiptMessage={"when": TIME, "isDelivery": True, "timestamps": [TIME]}),
        event(typingMessage={"action": "STARTED", "timestamp": TIME}),
        event(syncMessage={"sentMessage": {"message": "Mine", "timestamp": TIME}}),
        event(storyMessage={"allowsReplies": True}),
        event(callMessage={"offerMessage": {"id": 1}}),
        event(source={"sourceNumber": ME, "sourceUuid": None}, dataMessage=data("To myself")),
        event(source={"source": None, "sourceNumber": None, "sourceUuid": None}),
    ],
)
def test_what_nobody_says_to_us_gives_nothing(told):
    assert read(told) is None


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"envelope": []},
        {"envelope": {"dataMessage": data()}},
        event(dataMessage={"message": "no time"}),
        event(dataMessage=data(7)),
        event(dataMessage=data(mentions=[{"start": "0"}])),
        event(dataMessage=data(groupInfo={"groupId": None})),
        event(dataMessage=data(attachments="none")),
        event(dataMessage=data(remoteDelete={})),
        event(editMessage={"dataMessage": data()}),
    ],
)
def test_what_has_another_shape_is_malformed(told):
    with pytest.raises(Malformed):
        read(told)


def test_events_come_in_any_pieces():
    whole = (
        'event:receive\ndata:{"a":"é\u2028"}\n\n:\n:\ndata: one\r\ndata:two\r\n\r\ndata\n\nid:4\n\ndata:cut'.encode()
    )
    expected = ['{"a":"é\u2028"}', "one\ntwo", ""]
    for size in (1, 3, len(whole)):
        stream = EventStream(1000)
        pieces = [whole[place : place + size] for place in range(0, len(whole), size)]
        assert [found for piece in pieces for found in stream.feed(piece)] == expected


def test_an_event_that_is_too_long_is_left_out_and_the_next_is_read():
    stream = EventStream(20)
    assert stream.feed(b"data:" + b"x" * 50 + b"\n\n" + b":\n" * 30 + b"data:" + b"y" * 10 + b"\n\n") == ["y" * 10]
    assert stream.left_out == 1
