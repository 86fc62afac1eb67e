"""Events of Google Chat become envelopes, whichever of the two forms they come in."""

from __future__ import annotations

import pytest

from openclaw.channel_kit.shapes import Malformed
from openclaw.channels.googlechat.cards import button_card
from openclaw.channels.googlechat.config import load_config
from openclaw.channels.googlechat.events import read_event
from openclaw.channels.googlechat.inbound import read_envelope
from openclaw.domain.envelope import Peer, RemoteFile, ReplyRoute
from tests.wire.googlechat import events

URL = "https://claw.example.org/webhooks/googlechat/default"


def read(data, **options):
    event = read_event(data)
    return None if event is None else read_envelope(event, "default", **options)


def test_a_message_in_a_space_goes_into_its_thread():
    envelope = read(events.said("@Claw what is new?", 7))
    assert envelope.peer == Peer("group", "spaces/ROOM")
    assert envelope.route == ReplyRoute("googlechat", "default", "spaces/ROOM", "T7")
    assert (envelope.thread_id, envelope.message_id) == ("T7", "spaces/ROOM/messages/T7.M7")
    assert (envelope.text, envelope.mentioned) == ("what is new?", True)
    assert (envelope.sender.id, envelope.sender.name) == (events.PERSON["name"], "Sasha")
    assert envelope.event_id == "spaces/ROOM/messages/T7.M7"
    assert envelope.extra == {
        "chat_title": "Chuck Norris Discussion Room",
        "sender_username": "sasha@example.com",
        "sent_at_ms": 1795861230400,
    }


def test_threads_can_share_the_conversation_of_their_space():
    envelope = read(events.said(), thread_sessions=False)
    assert (envelope.thread_id, envelope.route.thread_id) == (None, "T1")


def test_a_direct_message_has_no_thread_and_needs_no_mention():
    envelope = read(events.said("hello", 1, events.DIRECT))
    assert envelope.peer == Peer("direct", events.PERSON["name"])
    assert envelope.route == ReplyRoute("googlechat", "default", "spaces/DM42")
    assert (envelope.thread_id, envelope.mentioned, envelope.text) == (None, None, "hello")


def test_a_group_chat_has_no_threads():
    space = {"name": "spaces/GC", "spaceType": "GROUP_CHAT", "spaceThreadingState": "UNTHREADED_MESSAGES"}
    envelope = read(events.event(space=space, message=events.message("@Claw hi", 1, space)))
    assert (envelope.peer.kind, envelope.thread_id, envelope.route.thread_id) == ("group", None, None)


def test_the_event_of_an_add_on_says_the_same():
    classic = read(events.said("@Claw hello", 3))
    assert read(events.add_on("messagePayload", message=events.message("@Claw hello", 3))) == classic


def test_whoever_adds_the_app_with_a_message_has_written_one():
    message = events.message("@Claw hello")
    message["annotations"][0]["userMention"]["type"] = "ADD"
    assert read(events.event("ADDED_TO_SPACE", message=message)) == read(events.said("@Claw hello"))
    assert read(events.add_on("addedToSpacePayload", message=message)).text == "hello"


@pytest.mark.parametrize(
    "data",
    [
        events.event("ADDED_TO_SPACE"),
        events.event("REMOVED_FROM_SPACE"),
        events.event("APP_HOME"),
        events.event("WIDGET_UPDATED"),
        events.add_on("addedToSpacePayload"),
        events.add_on("removedFromSpacePayload"),
        events.add_on("widgetUpdatedPayload"),
        events.said() | {"user": events.BOT},
        events.event("CARD_CLICKED", message=events.message(), action={"actionMethodName": "another card"}),
    ],
)
def test_what_is_not_answered(data):
    assert read(data) is None


def test_a_bare_mention_is_a_message():
    assert read(events.said("@Claw")).text == "@Claw"


def test_a_message_without_a_mention_is_none():
    assert read(events.said("just talking")).mentioned is False


def test_a_mention_of_a_person_is_none():
    person = {"type": "USER_MENTION", "userMention": {"type": "MENTION", "user": events.PERSON}}
    assert read(events.said("@Sasha hello", annotations=[person])).mentioned is False


def test_a_command_keeps_its_slash_and_speaks_to_the_app():
    data = events.said("/status now", slashCommand={"commandId": "1"}, argumentText=" now")
    assert (read(data).text, read(data).mentioned) == ("/status now", True)
    command = events.message("/status now", slashCommand={"commandId": "1"}, argumentText=" now")
    assert read(events.add_on("appCommandPayload", message=command)).text == "/status now"


def test_uploads_are_files_and_what_lies_in_a_drive_is_an_address():
    attachments = [
        {
            "name": "spaces/ROOM/messages/x/attachments/y",
            "contentName": "photo.png",
            "contentType": "image/png",
            "attachmentDataRef": {"resourceName": "ClxzcGFjZXMvQUFB="},
            "source": "UPLOADED_CONTENT",
        },
        {"contentName": "plan", "driveDataRef": {"driveFileId": "1AbC"}, "source": "DRIVE_FILE"},
    ]
    envelope = read(events.said("@Claw look", attachment=attachments))
    assert envelope.files == (RemoteFile("ClxzcGFjZXMvQUFB=", "image", "image/png", "photo.png"),)
    assert envelope.text == "<media:image>\n[File in Drive: plan https://drive.google.com/open?id=1AbC]\nlook"


def test_what_is_quoted_is_named():
    data = events.said("@Claw this", quotedMessageMetadata={"name": "spaces/ROOM/messages/Q.Q"})
    assert read(data).extra["reply_to"] == "spaces/ROOM/messages/Q.Q"


def test_a_button_says_what_it_was_given():
    section = {"audience_type": "app-url", "audience": URL, "service_account_file": "key.json"}
    card = button_card([("Allow", "/approve 7 once"), ("Deny", "/approve 7 deny")], load_config("d", section))
    (first, _) = card["card"]["sections"][0]["widgets"][0]["buttonList"]["buttons"]
    assert (first["text"], first["onClick"]["action"]["function"]) == ("Allow", URL)
    (parameter,) = first["onClick"]["action"]["parameters"]
    pressed = events.event(
        "CARD_CLICKED",
        message=events.message() | {"sender": events.BOT},
        action={"actionMethodName": URL, "parameters": [parameter]},
    )
    in_add_on = events.add_on(
        "buttonClickedPayload",
        {parameter["key"]: parameter["value"]},
        message=events.message() | {"sender": events.BOT},
    )
    for data in (pressed, in_add_on):
        envelope = read(data)
        assert (envelope.text, envelope.mentioned, envelope.files) == ("/approve 7 once", True, ())
        assert envelope.sender.id == events.PERSON["name"]
        assert envelope.event_id != read(events.said()).event_id
    assert read(pressed) == read(in_add_on)


def test_buttons_that_say_too_much_are_left_out():
    section = {"audience_type": "project-number", "audience": "1234567890", "service_account_file": "key.json"}
    assert button_card([("Long", "x" * 3_000)], load_config("d", section)) is None


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"type": 7},
        {"type": "MESSAGE"},
        {"chat": []},
        {"chat": {"messagePayload": {}}},
        events.event(message="text"),
        events.event(space={}, message=events.message()),
        events.event(message={"text": "no name"}),
        events.said(annotations="none"),
        events.said(attachment=[{"attachmentDataRef": []}]),
        events.event("CARD_CLICKED", action={"parameters": {}}),
    ],
)
def test_what_has_another_shape_is_malformed(data):
    with pytest.raises(Malformed):
        read(data)
