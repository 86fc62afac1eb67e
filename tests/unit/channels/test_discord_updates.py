"""Events of the gateway become envelopes, or nothing, or Malformed."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openclaw.channel_kit.shapes import Malformed
from openclaw.channels.discord.cursor import MOST_CHANNELS, Cursor, Session
from openclaw.channels.discord.inbound import READ_EVENTS, Facts, GatewayEvent, read_event
from openclaw.channels.discord.limits import sent_at_ms, snowflake_at
from openclaw.channels.discord.places import Place, Places
from openclaw.domain.envelope import InboundEnvelope, Peer, RemoteFile, ReplyRoute, Sender
from tests.wire.discord import payloads
from tests.wire.discord.payloads import ADA_ID, BOT_ID, CHANNEL_ID, DIRECT_ID, GUILD_ID, THREAD_ID, in_guild, message

FACTS = Facts("default", BOT_ID)
THREAD = Place(GUILD_ID, is_thread=True, parent_id=CHANNEL_ID, name="plans")
CDN = "https://cdn.discordapp.com/attachments/1/2/"


def read(name: str, data: dict[str, Any], **facts: Any) -> InboundEnvelope | None:
    envelopes = read_event(GatewayEvent(name, data, "session:7"), Facts("default", BOT_ID, **facts))
    assert len(envelopes) <= 1
    return envelopes[0] if envelopes else None


def created(data: dict[str, Any], **facts: Any) -> InboundEnvelope:
    envelope = read("MESSAGE_CREATE", data, **facts)
    assert envelope is not None
    return envelope


def test_a_direct_message():
    assert created(message("1310000000000000000", "Hello")) == InboundEnvelope(
        channel="discord",
        account="default",
        event_id="1310000000000000000",
        peer=Peer("direct", ADA_ID),
        sender=Sender(ADA_ID, "Ada L"),
        text="Hello",
        route=ReplyRoute("discord", "default", DIRECT_ID),
        message_id="1310000000000000000",
        extra={"sender_username": "ada", "sent_at_ms": 1732398738623},
    )


def test_a_message_of_a_server_says_who_wrote_it_where():
    envelope = created(in_guild("5", member=payloads.member(nick="Countess", roles=["8", "9"])))
    assert (envelope.peer, envelope.sender.name) == (Peer("channel", CHANNEL_ID), "Countess")
    assert envelope.extra["guild_id"] == GUILD_ID
    assert envelope.extra["role_ids"] == ["8", "9"]
    assert (envelope.message_id, envelope.route.reply_to) == ("5", None)
    assert envelope.mentioned is False


def test_a_thread_is_a_conversation_of_its_own_below_its_channel():
    envelope = created(in_guild("5", channel_id=THREAD_ID, channel_type=11), place=THREAD)
    assert (envelope.peer, envelope.thread_id) == (Peer("channel", THREAD_ID), THREAD_ID)
    assert envelope.route == ReplyRoute("discord", "default", THREAD_ID, THREAD_ID)
    assert envelope.extra["parent_peer"] == {"kind": "channel", "id": CHANNEL_ID}
    assert envelope.extra["chat_title"] == "plans"


@pytest.mark.parametrize(
    ("changes", "facts", "mentioned"),
    [
        ({"mentions": [payloads.BOT]}, {}, True),
        ({"mentions": [payloads.ADA]}, {}, False),
        ({"mention_roles": ["4"]}, {"bot_roles": frozenset({"4"})}, True),
        ({"mention_roles": ["4"]}, {"bot_roles": frozenset({"5"})}, False),
        ({"mention_everyone": True}, {}, False),
        ({"type": 19, "referenced_message": message("1", author=payloads.BOT)}, {}, True),
        ({"type": 19, "referenced_message": message("1")}, {}, False),
    ],
)
def test_what_speaks_to_the_bot(changes, facts, mentioned):
    assert created(in_guild("5", **changes), **facts).mentioned is mentioned


@pytest.mark.parametrize(
    ("content", "changes", "text"),
    [
        (f"<@{BOT_ID}> /status", {"mentions": [payloads.BOT]}, "/status"),
        (f"<@!{BOT_ID}>, hello", {"mentions": [payloads.BOT]}, "hello"),
        (f"ask <@{ADA_ID}>", {"mentions": [payloads.ADA]}, "ask @Ada L"),
        ("nobody <@55>", {}, "nobody <@55>"),
        ("<a:party:5> <:ok:6>", {}, ":party: :ok:"),
        (" padded \n", {}, "padded"),
        ("", {"sticker_items": [{"id": "1", "name": "Wave", "format_type": 1}]}, "[Sticker: Wave]"),
        (
            "",
            {
                "poll": {
                    "question": {"text": "Tea?"},
                    "answers": [{"answer_id": 1, "poll_media": {"text": "Yes"}}, {"poll_media": {"text": "No"}}],
                }
            },
            "[Poll: Tea?]\n• Yes\n• No",
        ),
        ("look", {"embeds": [{"title": "Page", "description": "About it"}, {}]}, "look\n[Embed: Page: About it]"),
        (
            "",
            {"message_snapshots": [{"message": {"content": "old\nnews"}}], "message_reference": {"type": 1}},
            "[Forwarded message]\n> old\n> news",
        ),
    ],
)
def test_what_a_message_says(content, changes, text):
    assert created(in_guild("5", content, **changes)).text == text


def test_what_is_answered_stands_below():
    original = message("1", "Tea\nor coffee?", author=payloads.BOT)
    envelope = created(message("5", "Tea", type=19, referenced_message=original))
    assert envelope.text == "Tea\n\n[In reply to claw]\n> Tea\n> or coffee?"
    assert envelope.extra["reply_to"] == "1"


def test_a_command_in_reply_stays_alone_and_a_deleted_original_is_nothing():
    assert created(message("5", "/status", type=19, referenced_message=message("1", "x"))).text == "/status"
    assert created(message("5", "Tea", type=19, referenced_message=None)).text == "Tea"


def test_attachments_are_files_to_fetch():
    envelope = created(
        message(
            "5",
            "see",
            attachments=[
                payloads.attachment("a.png", "image/png", CDN + "a.png?ex=1"),
                payloads.attachment("b.txt", "text/plain; charset=utf-8", CDN + "b.txt", 9),
            ],
        )
    )
    assert envelope.text == "<media:image>\n<media:document>\nsee"
    assert envelope.files == (
        RemoteFile(CDN + "a.png?ex=1", "image", "image/png", "a.png", 3),
        RemoteFile(CDN + "b.txt", "document", "text/plain", "b.txt", 9),
    )


def test_a_voice_message_is_spoken():
    spoken = payloads.attachment("voice-message.ogg", "audio/ogg", CDN + "v.ogg", duration_secs=2.5, waveform="AA==")
    envelope = created(message("5", "", flags=1 << 13, attachments=[spoken]))
    assert (envelope.text, envelope.files[0].kind) == ("<media:voice>", "voice")


@pytest.mark.parametrize(
    "changes",
    [
        {"author": payloads.BOT},
        {"author": payloads.user("5", "hook", bot=True)},
        {"webhook_id": "5"},
        {"type": 7},
        {"type": 21},
        {"content": ""},
        {"content": f"<@{BOT_ID}>", "type": 6},
    ],
)
def test_what_nobody_said_gives_nothing(changes):
    assert read("MESSAGE_CREATE", in_guild("5", **changes)) is None


def test_an_edit_is_an_event_of_its_own_and_a_look_at_its_links_is_none():
    edited = read("MESSAGE_UPDATE", message("5", "Hello!", edited_timestamp="2026-11-01T10:05:00+00:00"))
    assert edited is not None
    assert (edited.event, edited.text, edited.message_id) == ("edit", "Hello!", "5")
    assert edited.event_id == "5:edit:2026-11-01T10:05:00+00:00"
    assert read("MESSAGE_UPDATE", message("5", "Hello!", embeds=[{"title": "Page"}])) is None


def test_a_message_that_is_taken_back():
    deleted = read("MESSAGE_DELETE", {"id": "5", "channel_id": CHANNEL_ID, "guild_id": GUILD_ID})
    assert deleted is not None
    assert (deleted.event, deleted.event_id, deleted.message_id) == ("delete", "5:delete", "5")
    direct = read("MESSAGE_DELETE", {"id": "5", "channel_id": DIRECT_ID}, place=Place(recipient_id=ADA_ID))
    assert direct is not None
    assert direct.peer == Peer("direct", ADA_ID)
    assert read("MESSAGE_DELETE", {"id": "5", "channel_id": DIRECT_ID}) is None
    assert read("MESSAGE_DELETE", {"id": "5", "channel_id": DIRECT_ID}, own=True) is None


def test_messages_that_are_taken_back_together():
    data = {"ids": ["5", "6"], "channel_id": CHANNEL_ID, "guild_id": GUILD_ID}
    envelopes = read_event(GatewayEvent("MESSAGE_DELETE_BULK", data), FACTS)
    assert [envelope.message_id for envelope in envelopes] == ["5", "6"]


REACTION = payloads.reaction("5")


def test_a_reaction_to_the_bot():
    added = read("MESSAGE_REACTION_ADD", REACTION, own=True)
    removed = read("MESSAGE_REACTION_REMOVE", REACTION | {"emoji": {"id": "1", "name": "claw"}}, own=True)
    assert added is not None
    assert removed is not None
    assert (added.event, added.text, added.message_id) == ("reaction", "\U0001f44d", "5")
    assert (added.event_id, added.peer) == ("session:7", Peer("direct", ADA_ID))
    assert (removed.event, removed.text) == ("unreaction", ":claw:")


@pytest.mark.parametrize("changes", [{"user_id": BOT_ID}, {"member": payloads.member(user=payloads.BOT)}])
def test_reactions_of_bots_give_nothing(changes):
    assert read("MESSAGE_REACTION_ADD", REACTION | changes, own=True) is None
    assert read("MESSAGE_REACTION_ADD", REACTION, own=False) is None


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (None, "/queue"),
        ([{"name": "args", "type": 3, "value": " collect  "}], "/queue collect"),
        ([{"name": "n", "type": 4, "value": 5}, {"name": "b", "type": 5, "value": True}], "/queue 5 true"),
        ([{"name": "set", "type": 1, "options": [{"name": "x", "type": 3, "value": "y"}]}], "/queue set y"),
    ],
)
def test_a_slash_command_is_what_a_person_would_type(options, text):
    data = {"id": "1", "name": "queue", "type": 1} | ({"options": options} if options else {})
    envelope = read("INTERACTION_CREATE", payloads.interaction("77", 2, data))
    assert envelope is not None
    assert (envelope.event_id, envelope.text, envelope.mentioned) == ("77", text, True)
    assert (envelope.peer, envelope.message_id) == (Peer("channel", CHANNEL_ID), None)


def test_a_pressed_button_says_what_it_says():
    press = payloads.interaction("78", 3, {"custom_id": "/approve 1"}, message=in_guild("55"))
    del press["guild_id"], press["member"]
    envelope = read("INTERACTION_CREATE", press | {"user": payloads.ADA, "channel_id": DIRECT_ID})
    assert envelope is not None
    assert (envelope.text, envelope.message_id, envelope.peer) == ("/approve 1", "55", Peer("direct", ADA_ID))


@pytest.mark.parametrize("kind", [1, 4, 5])
def test_other_interactions_give_nothing(kind):
    assert read("INTERACTION_CREATE", payloads.interaction("77", kind, {"name": "x", "custom_id": "y"})) is None


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("MESSAGE_CREATE", {}),
        ("MESSAGE_CREATE", message("5", author=None)),
        ("MESSAGE_CREATE", message("5", author={"username": "x"})),
        ("MESSAGE_CREATE", message("5", type="0")),
        ("MESSAGE_CREATE", message("5", content=["x"])),
        ("MESSAGE_CREATE", message("5", mentions=[5])),
        ("MESSAGE_CREATE", message("5", attachments=[{"url": 1, "size": 1}])),
        ("MESSAGE_CREATE", in_guild("5", member={"roles": "x"})),
        ("MESSAGE_CREATE", in_guild("5", mention_roles={})),
        ("MESSAGE_DELETE", {"id": "5"}),
        ("MESSAGE_DELETE_BULK", {"channel_id": "5", "ids": "6"}),
        ("MESSAGE_REACTION_ADD", {"user_id": 1}),
        ("INTERACTION_CREATE", {"type": 2}),
    ],
)
def test_what_has_not_its_documented_shape_is_malformed(name, data):
    with pytest.raises(Malformed):
        read(name, data)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
BASES = (message("5"), in_guild("5"), REACTION, payloads.interaction("7", 2, {"name": "x"}))


@given(st.sampled_from(sorted(READ_EVENTS)), st.sampled_from(BASES), st.data(), JSON)
def test_any_json_is_read_or_malformed(name, base, data, value):
    field = data.draw(st.sampled_from(sorted(base)))
    with contextlib.suppress(Malformed):
        read_event(GatewayEvent(name, dict(base) | {field: value}, "s:1"), Facts("default", BOT_ID, own=True))


def test_nothing_that_cannot_be_stored_gets_through():
    assert created(message("5", "a\x00b\ud800")).text == "ab?"


def test_places_are_learned_and_forgotten():
    places = Places()
    places.learn("GUILD_CREATE", payloads.GUILD)
    places.learn("THREAD_CREATE", payloads.CHANNELS[THREAD_ID])
    assert places.get(CHANNEL_ID) == Place(GUILD_ID, name="general")
    assert places.get(THREAD_ID) == THREAD
    places.learn("THREAD_DELETE", {"id": THREAD_ID})
    assert places.get(THREAD_ID) is None
    with pytest.raises(Malformed):
        places.learn("CHANNEL_UPDATE", {"id": CHANNEL_ID})


def test_a_cursor_comes_back_as_it_was_stored():
    cursor = Cursor("1").at(Session("s", "wss://x", 5)).seen("10", "100").seen("10", "99").seen("11", "x")
    assert cursor.channels == {"10": "100"}
    assert Cursor.read(cursor.write(), "1") == cursor
    assert Cursor.read(cursor.at(None).write(), "1").session is None


@pytest.mark.parametrize("stored", ["", "{", "[]", '{"bot":5}', '{"bot":"2"}', '{"bot":"1","session":{"id":5}}'])
def test_a_cursor_of_another_bot_or_none_begins_anew(stored):
    assert Cursor.read(stored, "1") == Cursor("1")


def test_a_cursor_keeps_the_channels_with_the_latest_messages():
    cursor = Cursor("1")
    for number in range(1, MOST_CHANNELS + 11):
        cursor = cursor.seen(f"c{number}", str(number))
    assert len(cursor.channels) == MOST_CHANNELS
    assert "c10" not in cursor.channels
    assert f"c{MOST_CHANNELS + 10}" in cursor.without("c11").channels


def test_ids_say_when_things_were_made():
    assert sent_at_ms("175928847299117063") == 1_462_015_105_796
    assert sent_at_ms(str(snowflake_at(1_462_015_105_796))) == 1_462_015_105_796
    assert sent_at_ms("x") == 0
