"""What Telegram's error answers mean."""

from __future__ import annotations

import pytest

from openclaw.channels.telegram.refusals import (
    ChatMigrated,
    EntitiesRefused,
    MessageGone,
    NotModified,
    refusal,
)
from openclaw.errors import ChannelOutcomeUnknown, ChannelRateLimited, ChannelRejected, ChannelUnreachable


@pytest.mark.parametrize(
    ("status", "description", "expected"),
    [
        (400, "Bad Request: chat not found", ChannelRejected),
        (400, "Bad Request: can't parse entities: Unsupported start tag", EntitiesRefused),
        (400, "Bad Request: message is not modified: specified new message content", NotModified),
        (400, "Bad Request: message to delete not found", MessageGone),
        (401, "Unauthorized", ChannelRejected),
        (403, "Forbidden: bot was blocked by the user", ChannelRejected),
        (403, "Forbidden: user is deactivated", ChannelRejected),
        (403, "Forbidden: bot was kicked from the group chat", ChannelRejected),
        (404, "Not Found", ChannelRejected),
        (429, "Too Many Requests", ChannelRateLimited),
        (500, "Internal Server Error", ChannelUnreachable),
        (502, "Bad Gateway", ChannelUnreachable),
        (503, "", ChannelUnreachable),
        (504, "Gateway Timeout", ChannelOutcomeUnknown),
        (302, "", ChannelUnreachable),
    ],
)
def test_a_status_has_one_meaning(status, description, expected):
    error = refusal("sendMessage", status, {}, description)
    assert type(error) is expected
    assert str(status) in str(error)


def test_the_wait_is_the_one_telegram_names():
    assert refusal("sendMessage", 429, {"parameters": {"retry_after": 35}}, "").retry_after_seconds == 35


@pytest.mark.parametrize("parameters", [None, {}, {"retry_after": "soon"}, {"retry_after": -1}, []])
def test_without_a_usable_number_there_is_a_default_wait(parameters):
    assert refusal("sendMessage", 429, {"parameters": parameters}, "").retry_after_seconds == 5


def test_a_migrated_group_names_its_new_id():
    error = refusal("sendMessage", 400, {"parameters": {"migrate_to_chat_id": -100123}}, "group chat was upgraded")
    assert isinstance(error, ChatMigrated)
    assert error.chat_id == -100123
