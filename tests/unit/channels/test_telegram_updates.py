"""Telegram's updates become envelopes, or nothing, or an error; never something half read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openclaw.channel_kit.shapes import Malformed
from openclaw.channels.telegram.inbound import pressed_button, read_update
from openclaw.domain.envelope import Peer, ReplyRoute, Sender
from tests.wire.telegram.updates import ANN, CHANNEL, FORUM, PHOTO, SUPERGROUP, channel_post, message


def test_a_private_message():
    envelope = read_update(message(77, text="Hello"), "bot")
    assert envelope.channel == "telegram"
    assert envelope.account == "bot"
    assert envelope.event_id == "77"
    assert envelope.message_id == "1365"
    assert envelope.peer == Peer("direct", "42")
    assert envelope.sender == Sender("42", "Ann Lee")
    assert envelope.route == ReplyRoute("telegram", "bot", "42")
    assert envelope.extra == {"sender_username": "annlee", "sent_at_ms": 1_767_225_600_000}


def test_a_group_message_belongs_to_the_group():
    envelope = read_update(message(chat=SUPERGROUP), "bot")
    assert envelope.peer == Peer("group", "-1001234567890")
    assert envelope.sender.id == "42"
    assert envelope.route.target == "-1001234567890"
    assert envelope.extra["chat_title"] == "Ops"


def test_a_channel_post_speaks_for_its_channel():
    envelope = read_update(channel_post(), "bot")
    assert envelope.peer == Peer("channel", "-1005550000000")
    assert envelope.sender == Sender("-1005550000000", "News")


def test_an_anonymous_admin_is_the_group_not_the_placeholder():
    placeholder = {"id": 1087968824, "is_bot": True, "first_name": "Group"}
    envelope = read_update(message(chat=SUPERGROUP, sender_chat=SUPERGROUP, **{"from": placeholder}), "bot")
    assert envelope.sender.id == "-1001234567890"


def test_another_bot_gets_no_answer():
    assert read_update(message(**{"from": ANN | {"is_bot": True}}), "bot") is None


def test_a_topic_is_a_thread():
    envelope = read_update(message(chat=FORUM, message_thread_id=9, is_topic_message=True), "bot")
    assert envelope.thread_id == "9"
    assert envelope.route.thread_id == "9"


def test_the_general_topic_has_a_thread_id_though_telegram_sends_none():
    assert read_update(message(chat=FORUM), "bot").thread_id == "1"


def test_a_chain_of_replies_outside_of_forums_is_no_thread():
    assert read_update(message(chat=SUPERGROUP, message_thread_id=9), "bot").thread_id is None


@pytest.mark.parametrize("kind", ["photo", "voice", "document", "sticker", "video_note", "location", "poll"])
def test_media_are_named_by_a_placeholder(kind):
    value = PHOTO if kind == "photo" else {"file_id": "x"}
    assert read_update(message(text=None, **{kind: value}), "bot").text == f"<media:{kind}>"


def test_a_caption_follows_its_media():
    assert read_update(message(text=None, photo=PHOTO, caption="Look!"), "bot").text == "<media:photo>\nLook!"


def test_an_animation_is_not_taken_for_the_document_beside_it():
    update = message(text=None, animation={"file_id": "a"}, document={"file_id": "a"})
    assert read_update(update, "bot").text == "<media:animation>"


def test_a_reply_carries_what_it_replies_to():
    original = {"message_id": 5, "from": ANN | {"first_name": "Bob", "last_name": ""}, "chat": SUPERGROUP, "text": "Q?"}
    envelope = read_update(message(chat=SUPERGROUP, reply_to_message=original, text="A!"), "bot")
    assert envelope.text == "A!\n\n[In reply to Bob]\n> Q?"
    assert envelope.extra["reply_to"] == "5"


def test_a_chosen_quote_is_shown_instead_of_the_whole_message():
    original = {"message_id": 5, "from": ANN, "chat": SUPERGROUP, "text": "long text"}
    update = message(chat=SUPERGROUP, reply_to_message=original, quote={"text": "long", "position": 0}, text="A!")
    assert read_update(update, "bot").text.endswith("> long")


def test_a_command_that_is_a_reply_stays_alone():
    original = {"message_id": 5, "from": ANN, "chat": SUPERGROUP, "text": "Q?"}
    envelope = read_update(message(chat=SUPERGROUP, reply_to_message=original, text="/stop"), "bot")
    assert envelope.text == "/stop"


def test_the_message_that_opened_a_topic_is_no_reply_context():
    opener = {"message_id": 9, "from": ANN, "chat": FORUM, "forum_topic_created": {"name": "T", "icon_color": 1}}
    update = message(chat=FORUM, message_thread_id=9, is_topic_message=True, reply_to_message=opener)
    assert read_update(update, "bot").text == "Hello"


def test_whether_the_answer_quotes_the_message_is_not_the_channels_to_say():
    envelope = read_update(message(), "bot")
    assert (envelope.message_id, envelope.route.reply_to) == ("1365", None)


@pytest.mark.parametrize(
    "update",
    [
        {"update_id": 1, "edited_message": message()["message"]},
        {"update_id": 1, "callback_query": {"id": "1"}},
        {"update_id": 1, "something_new": {}},
        message(text=None, new_chat_members=[ANN]),
        message(text="   "),
        message(chat={"id": 1, "type": "hologram"}),
    ],
)
def test_there_is_nothing_to_answer(update):
    assert read_update(update, "bot") is None


@pytest.mark.parametrize(
    "update",
    [
        {},
        {"update_id": "7"},
        {"update_id": True},
        {"update_id": 1, "message": None},
        {"update_id": 1, "message": []},
        message(chat=None),
        message(chat={"id": "42", "type": "private"}),
        message(chat={"id": 42}),
        message(message_id="1365"),
        message(text=5),
        message(**{"from": "Ann"}),
        message(**{"from": {"id": None}}),
        message(date="today"),
        message(chat=FORUM, is_topic_message=True, message_thread_id="9"),
        message(reply_to_message=7),
    ],
)
def test_a_malformed_update_is_an_error(update):
    with pytest.raises(Malformed):
        read_update(update, "bot")


def test_text_that_no_database_takes_is_made_storable():
    envelope = read_update(message(text="a\ud800b\x00c"), "bot")
    assert envelope.text == "a?bc"


json_value = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
FIELDS = sorted(
    {*message()["message"], "caption", "photo", "sender_chat", "reply_to_message", "quote", "is_topic_message"}
)


@given(st.sampled_from(FIELDS), json_value)
def test_whatever_a_field_holds_the_update_is_read_or_refused(field, value):
    try:
        envelope = read_update(message(**{field: value}), "bot")
    except Malformed:
        return
    assert envelope is None or (envelope.text and envelope.peer.id and envelope.sender.id)


def test_a_channel_is_a_peer_of_its_own_kind():
    assert read_update(message(chat=CHANNEL), "bot").peer.kind == "channel"


def pressed(**changes: object) -> dict[str, object]:
    below = message(7, chat=SUPERGROUP)["message"]
    press = {"id": "9001", "from": ANN, "message": below, "chat_instance": "1", "data": "/approve ab12 deny"}
    return {"update_id": 78, "callback_query": {**press, **changes}}


def test_a_pressed_button_says_what_it_says_in_the_name_of_who_pressed_it():
    envelope = read_update(pressed(), "bot")
    assert (envelope.text, envelope.sender, envelope.event_id) == ("/approve ab12 deny", Sender("42", "Ann Lee"), "78")
    assert envelope.peer == Peer("group", str(SUPERGROUP["id"]))
    assert envelope.route == ReplyRoute("telegram", "bot", str(SUPERGROUP["id"]))
    assert pressed_button(pressed()) == "9001"
    assert pressed_button(message(7)) == ""


@pytest.mark.parametrize("changes", [{"data": ""}, {"message": None}, {"from": {**ANN, "is_bot": True}}])
def test_a_press_of_a_game_of_an_old_message_or_of_a_bot_says_nothing(changes):
    assert read_update(pressed(**changes), "bot") is None


def test_a_press_by_nobody_is_malformed():
    with pytest.raises(Malformed):
        read_update(pressed(**{"from": "x"}), "bot")
