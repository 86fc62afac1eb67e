"""What was written while nobody was connected is read page by page, within bounds."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from openclaw.channel_kit.shapes import Malformed
from openclaw.channels.discord.catch_up import missed_messages
from openclaw.channels.discord.limits import snowflake_at

NOW_MS = 1_800_000_000_000
DAY_MS = 24 * 60 * 60 * 1000
FIRST = snowflake_at(NOW_MS - 1000)


class Channel:
    """Answers as Discord does: the page behind an id, the latest message first."""

    def __init__(self, *ids: int) -> None:
        self.ids = sorted(ids)
        self.asked: list[int] = []

    async def __call__(self, method: str, path: str, payload: Any = None, **parameters: str) -> Any:
        assert (method, path, payload) == ("GET", "/channels/{channel_id}/messages", None)
        self.asked.append(int(parameters["after"]))
        page = [each for each in self.ids if each > int(parameters["after"])][: int(parameters["limit"])]
        return [{"id": str(each)} for each in reversed(page)]


def missed(ask: Any, last: int) -> list[int] | None:
    found = asyncio.run(missed_messages(ask, "42", str(last), NOW_MS))
    return None if found is None else [int(message["id"]) for message in found]


def test_nothing_was_missed():
    assert missed(Channel(FIRST), FIRST) == []


def test_the_oldest_comes_first_across_pages():
    channel = Channel(*range(FIRST, FIRST + 251))
    assert missed(channel, FIRST) == list(range(FIRST + 1, FIRST + 251))
    assert len(channel.asked) == 3


def test_no_more_than_five_pages_are_read():
    assert missed(Channel(*range(FIRST, FIRST + 900)), FIRST) == list(range(FIRST + 1, FIRST + 501))


def test_what_is_older_than_a_day_is_left_alone():
    old, young = snowflake_at(NOW_MS - DAY_MS - 1), snowflake_at(NOW_MS - DAY_MS + 1)
    assert missed(Channel(old, young), 1) == [young]


def test_a_channel_that_can_be_read_no_more_says_so():
    async def refused(*_: Any, **__: str) -> None:
        return None

    assert missed(refused, FIRST) is None


@pytest.mark.parametrize("answer", [{}, ["x"], [{"id": 5}], [{"id": "x"}]])
def test_an_answer_without_its_shape_is_malformed(answer):
    async def ask(*_: Any, **__: str) -> Any:
        return answer

    with pytest.raises(Malformed):
        missed(ask, FIRST)
