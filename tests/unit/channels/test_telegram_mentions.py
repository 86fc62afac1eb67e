"""What of Telegram's groups speaks to the bot."""

from __future__ import annotations

import pytest

from openclaw.channels.telegram.inbound import read_update
from openclaw.channels.telegram.mentions import Bot, names_somebody
from tests.wire.telegram.updates import ANN, FORUM, PHOTO, SUPERGROUP, message

BOT = Bot(8123456, "local_bot")


def named(text: str, kind: str = "mention") -> dict:
    """A group's message whose word with the at sign is an entity, counted as Telegram counts."""
    start = text.index("/") if kind == "bot_command" else text.index("@")
    word = text[start:].split(maxsplit=1)[0].rstrip(",")
    units = len(text[:start].encode("utf-16-le")) // 2
    return message(chat=SUPERGROUP, text=text, entities=[{"type": kind, "offset": units, "length": len(word)}])


def read(update, bot=BOT):
    return read_update(update, "bot", bot=bot)


@pytest.mark.parametrize("text", ["hey @local_bot what", "\U0001f600 @Local_Bot?x what", "@local_bot, what"])
def test_its_name_speaks_to_it(text):
    assert read(named(text.replace("?x", ""))).mentioned is True


def test_another_name_or_none_does_not():
    assert read(named("hey @other_bot what")).mentioned is False
    assert read(message(chat=SUPERGROUP)).mentioned is False
    # Text that looks like a mention and is none, as in code.
    assert read(message(chat=SUPERGROUP, text="@local_bot")).mentioned is False


def test_its_name_in_front_is_a_salutation():
    assert read(named("@local_bot, /status")).text == "/status"
    assert read(named("@local_bot")).text == "@local_bot"
    assert read(named("ask @local_bot")).text == "ask @local_bot"


def test_a_command_for_it_speaks_to_it():
    assert read(named("/unknown@local_bot now", "bot_command")).mentioned is True
    assert read(named("/unknown@other_bot now", "bot_command")).mentioned is False


def test_a_reply_to_it_speaks_to_it():
    said = {
        "message_id": 3,
        "from": {"id": 8123456, "is_bot": True, "first_name": "B"},
        "chat": SUPERGROUP,
        "text": "x",
    }
    assert read(message(chat=SUPERGROUP, reply_to_message=said)).mentioned is True
    assert read(message(chat=SUPERGROUP, reply_to_message=said | {"from": ANN})).mentioned is False
    # In a topic that the bot opened, every message formally replies to that.
    opened = said | {"chat": FORUM, "forum_topic_created": {"name": "t", "icon_color": 1}}
    assert read(message(chat=FORUM, reply_to_message=opened)).mentioned is False


def test_a_link_to_the_bot_without_a_name_and_a_caption_speak_to_it():
    entity = {"type": "text_mention", "offset": 0, "length": 2, "user": {"id": 8123456, "is_bot": True}}
    assert read(message(chat=SUPERGROUP, text="yo", entities=[entity])).mentioned is True
    caption = {"caption": "@local_bot look", "caption_entities": [{"type": "mention", "offset": 0, "length": 10}]}
    assert read(message(chat=SUPERGROUP, text=None, photo=PHOTO, **caption)).mentioned is True


def test_in_a_private_chat_there_is_nothing_to_tell():
    assert read(message()).mentioned is None


@pytest.mark.parametrize(
    "entities", ["x", [7], [{"type": "mention"}], [{"type": "mention", "offset": -1, "length": 3}]]
)
def test_entities_that_cannot_be_read_name_nobody(entities):
    update = message(chat=SUPERGROUP, text="@local_bot", entities=entities)
    assert names_somebody(update) is False
    assert read(update).mentioned is False
