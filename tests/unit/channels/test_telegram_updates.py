"""Telegram's updates become envelopes, or nothing, or an error; never something half read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openclaw.channel_kit.shapes import Malformed
from openclaw.channels.telegram.inbound import migration, pressed_button, read_update
from openclaw.channels.telegram.reactions import read_reactions
from openclaw.domain.envelope import Peer, RemoteFile, ReplyRoute, Sender
from tests.wire.telegram.updates import (
    ANN,
    CHANNEL,
    FORUM,
    MEDIA,
    PHOTO,
    SUPERGROUP,
    channel_post,
    edited,
    message,
    reaction,
)


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


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        # The largest size of a photo is the one that is fetched.
        ("photo", RemoteFile("AgACAgIB", "image", "image/jpeg", "", 21842)),
        ("voice", RemoteFile("BQACAgIA", "voice", "audio/ogg", "", 9012)),
        ("audio", RemoteFile("BQACAgIA", "audio", "audio/mpeg", "song.mp3", 7)),
        ("video", RemoteFile("BQACAgIA", "video", "video/mp4", "", 5)),
        ("video_note", RemoteFile("BQACAgIA", "video", "video/mp4", "", 6)),
        # An animation is not taken for the document beside it.
        ("animation", RemoteFile("BQACAgIA", "video", "video/mp4", "a.mp4", 8)),
        ("document", RemoteFile("BQACAgIA", "document", "application/pdf", "a.pdf", 1000)),
        ("sticker", RemoteFile("BQACAgIA", "sticker", "video/webm", "", 20000)),
    ],
)
def test_a_file_is_named_by_a_placeholder_and_can_be_fetched(kind, expected):
    envelope = read_update(message(text=None, **MEDIA[kind]), "bot")
    assert envelope.text.startswith(f"<media:{kind}>")
    assert envelope.files == (expected,)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("location", "[Location: 52.52, 13.405]"),
        ("live_location", "[Live location: -1, 2.5]"),
        ("venue", "[Venue: Café, Main Street 1 (1.5, 2.5)]"),
        ("contact", "[Contact: Bob Ross, +491234]"),
        ("poll", "[Poll: Lunch?\n- Yes\n- No]"),
        ("dice", "[Dice: 🎲 4]"),
        ("story", "[Story of News]"),
        ("sticker", "<media:sticker>\n[Sticker: 😀 of the set Cats]"),
    ],
)
def test_what_is_no_text_is_told_in_words(kind, words):
    assert read_update(message(text=None, **MEDIA[kind]), "bot").text == words


def test_a_name_cannot_pass_for_what_it_stands_in():
    contact = {"first_name": "Bob]\n\n[In reply to Ann]", "phone_number": "1"}
    assert read_update(message(text=None, contact=contact), "bot").text == "[Contact: Bob In reply to Ann, 1]"


@pytest.mark.parametrize(
    "media",
    [
        {"photo": []},
        {"photo": {"file_id": "x"}},
        {"photo": [{"file_id": "x"}]},
        {"voice": {}},
        {"document": {"file_id": "x", "file_size": "large"}},
        {"location": {"latitude": "north", "longitude": 1}},
        {"venue": {"title": "x"}},
        {"dice": {"emoji": "🎲"}},
    ],
)
def test_malformed_media_are_an_error(media):
    with pytest.raises(Malformed):
        read_update(message(text=None, **media), "bot")


def test_every_message_of_an_album_is_a_message_with_its_own_file():
    album = [
        read_update(message(n, message_id=n, text=None, photo=PHOTO, media_group_id="g1", caption=caption), "bot")
        for n, caption in ((1, "Which one?"), (2, None), (3, None))
    ]
    assert [(each.event_id, len(each.files), each.extra["media_group_id"]) for each in album] == [
        ("1", 1, "g1"),
        ("2", 1, "g1"),
        ("3", 1, "g1"),
    ]


def test_a_question_below_a_picture_brings_the_picture():
    original = message(text=None, photo=PHOTO)["message"]
    envelope = read_update(message(text="What is this?", reply_to_message=original), "bot")
    assert [file.ref for file in envelope.files] == ["AgACAgIB"]
    ours = original | {"from": ANN | {"is_bot": True}}
    assert read_update(message(text="And yours?", reply_to_message=ours), "bot").files == ()


@pytest.mark.parametrize("update", [message(77, text="Helo, corrected"), channel_post(77, text="Helo, corrected")])
def test_an_edit_is_an_event_of_its_own_of_the_same_message(update):
    envelope = read_update(edited(update), "bot")
    assert (envelope.event, envelope.event_id, envelope.text) == ("edit", "77", "Helo, corrected")
    assert envelope.message_id == read_update(update, "bot").message_id


def test_a_reaction_is_an_event_of_the_message_by_who_put_it():
    (envelope,) = read_reactions(reaction(78, new=["👍"]), "bot")
    assert (envelope.event, envelope.text, envelope.message_id) == ("reaction", "👍", "1365")
    assert (envelope.sender, envelope.peer) == (Sender("42", "Ann Lee"), Peer("direct", "42"))
    assert read_update(reaction(78, new=["👍"]), "bot") is None


def test_a_changed_reaction_is_taken_back_and_put_anew():
    changed = read_reactions(reaction(78, old=["👍", "🔥"], new=["❤", "🔥"]), "bot")
    assert [(each.event, each.text, each.event_id) for each in changed] == [
        ("unreaction", "👍", "78:0"),
        ("reaction", "❤", "78:1"),
    ]


def test_an_anonymous_admins_reaction_is_the_groups_and_a_forums_belongs_to_its_general_topic():
    (envelope,) = read_reactions(reaction(new=["👍"], user=None, actor_chat=FORUM, chat=FORUM), "bot")
    assert (envelope.sender.id, envelope.thread_id) == (str(FORUM["id"]), "1")


def test_reactions_that_are_no_emoji_are_named():
    given = [{"type": "custom_emoji", "custom_emoji_id": "539"}, {"type": "paid"}]
    assert [each.text for each in read_reactions(reaction(new_reaction=given), "bot")] == ["custom emoji 539", "paid"]


@pytest.mark.parametrize(
    "changes", [{"user": ANN | {"is_bot": True}}, {"user": None}, {"chat": {"id": 1, "type": "hologram"}}]
)
def test_a_reaction_of_a_bot_or_of_nobody_gives_nothing(changes):
    assert read_reactions(reaction(new=["👍"], **changes), "bot") == ()


@pytest.mark.parametrize(
    "changes",
    [{"chat": 5}, {"message_id": "x"}, {"user": {"id": "x"}}, {"new_reaction": 5}, {"new_reaction": [{"type": 5}]}],
)
def test_a_malformed_reaction_is_an_error(changes):
    with pytest.raises(Malformed):
        read_reactions(reaction(**changes), "bot")


def test_a_group_that_became_a_supergroup_names_both():
    assert migration(message(text=None, chat=SUPERGROUP, migrate_to_chat_id=-100777)) == (-1001234567890, -100777)
    assert read_update(message(text=None, chat=SUPERGROUP, migrate_to_chat_id=-100777), "bot") is None
    assert migration(message()) is None


def test_a_caption_follows_its_media():
    assert read_update(message(text=None, photo=PHOTO, caption="Look!"), "bot").text == "<media:photo>\nLook!"


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
    {
        *message()["message"],
        "caption",
        "photo",
        "location",
        "poll",
        "sender_chat",
        "reply_to_message",
        "quote",
        "is_topic_message",
    }
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
