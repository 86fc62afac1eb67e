"""When a heartbeat comes, and what of its answer is for the person."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from openclaw.domain.heartbeat import (
    HeartbeatRules,
    asks_for_nothing,
    digest,
    is_active,
    is_heartbeat,
    minutes_of,
    session_of,
    to_send,
    told,
)

pytestmark = pytest.mark.spec("H7")


@pytest.mark.parametrize(
    "text",
    ["", "\n\n", "# Heartbeat\n\n## Later\n", "<!-- one\ntwo -->\n", "- [ ]\n- \n* [x]\n1.\n---\n"],
)
def test_a_file_of_headings_comments_and_empty_items_asks_for_nothing(text: str) -> None:
    assert asks_for_nothing(text)


@pytest.mark.parametrize("text", ["look at the mail", "# Tasks\n- [ ] look", "1. look", "-x"])
def test_a_file_with_a_word_asks_for_something(text: str) -> None:
    assert not asks_for_nothing(text)


@pytest.mark.parametrize(
    ("answer", "for_the_person"),
    [
        ("HEARTBEAT_OK", ""),
        ("**HEARTBEAT_OK**.", ""),
        ("HEARTBEAT_OK nothing new", ""),
        ("All is well. HEARTBEAT_OK", ""),
        ("HEARTBEAT_OK " + "x" * 301, "x" * 301),
        ("x" * 301 + "\nHEARTBEAT_OK", "x" * 301),
        ("The build said HEARTBEAT_OK twice.", "The build said HEARTBEAT_OK twice."),
        ("  The build is broken. ", "The build is broken."),
        ("", ""),
    ],
)
def test_an_answer_that_nothing_needs_anybody_is_not_told(answer: str, for_the_person: str) -> None:
    assert told(answer, 300) == for_the_person


def test_the_same_is_not_sent_twice() -> None:
    option = {"ack_max_chars": 0, "told_before": digest("The build is  broken.")}
    assert to_send("The build is broken.", option) == ""
    assert to_send("The build is still broken.", option) == "The build is still broken."
    assert to_send("HEARTBEAT_OK fine", {"ack_max_chars": 0}) == "fine"


def at(hour: str) -> int:
    return int(datetime.fromisoformat(f"2026-07-01T{hour}").replace(tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("first", "last", "zone", "hour", "active"),
    [
        ("", "", "UTC", "03:00", True),
        ("08:00", "22:00", "UTC", "07:59", False),
        ("08:00", "22:00", "UTC", "08:00", True),
        ("08:00", "22:00", "UTC", "22:00", False),
        ("08:00", "", "UTC", "23:59", True),
        ("22:00", "06:00", "UTC", "23:00", True),
        ("22:00", "06:00", "UTC", "05:59", True),
        ("22:00", "06:00", "UTC", "12:00", False),
        ("08:00", "22:00", "Europe/Berlin", "06:00", True),
        ("08:00", "22:00", "America/New_York", "11:59", False),
    ],
)
def test_heartbeats_come_in_the_hours_that_are_theirs(
    first: str, last: str, zone: str, hour: str, active: bool
) -> None:
    assert is_active(HeartbeatRules(active_from=first, active_to=last, time_zone=zone), at(hour)) is active


@pytest.mark.parametrize("hour", ["8", "24:01", "12:60", "-1:00", "x"])
def test_what_is_no_hour_is_refused(hour: str) -> None:
    with pytest.raises(ValueError, match="no time of the day"):
        minutes_of(hour)


def test_they_have_a_session_of_their_own_unless_one_is_named() -> None:
    own = session_of("main", HeartbeatRules())
    assert (own, is_heartbeat(own)) == ("agent:main:heartbeat", True)
    assert session_of("main", HeartbeatRules(session="main")) == "agent:main:main"
    assert session_of("main", HeartbeatRules(session="agent:x:y")) == "agent:x:y"
    assert not is_heartbeat("agent:main:main")
