"""How system events read."""

from __future__ import annotations

from openclaw.domain.run import RunStatus
from openclaw.domain.system_events import (
    MAX_HEARD_CHARS,
    Announcement,
    SystemEvent,
    bounded_text,
    ending_event,
    events_block,
)

AT_MS = 1_800_000_000_000


def event(text: str, *, untrusted: bool = False) -> SystemEvent:
    return SystemEvent(text, "operator", untrusted, AT_MS)


def test_a_block_of_trusted_events_needs_no_note() -> None:
    block = events_block([event("one"), event("two")], 2, "b")
    assert block.splitlines()[1:] == [
        "- 2027-01-15 08:00:00 UTC, operator: one",
        "- 2027-01-15 08:00:00 UTC, operator: two",
        "[End of system events]",
    ]
    assert "untrusted-data" in events_block([event("one", untrusted=True)], 1, "b").splitlines()[1]


def test_the_newest_events_are_heard_first_of_all() -> None:
    block = events_block([event("old " * 5000), event("new " * 4000)], 5, "b")
    assert len(block) < MAX_HEARD_CHARS
    assert "old" not in block.replace("older", "")
    assert "(4 older ones are left out)" in block


def test_a_single_event_is_heard_however_long_it_is() -> None:
    assert "x" * 40_000 in events_block([event("x" * 40_000)], 1, "b")


def test_long_text_keeps_both_ends() -> None:
    cut = bounded_text("a" * 100 + "b" * 100, 50)
    assert cut == "a" * 25 + "\n[… 150 characters left out …]\n" + "b" * 25
    assert bounded_text("short", 50) == "short"


def test_an_end_is_told_to_the_agents_main_session() -> None:
    about = Announcement.from_json(Announcement('hook "ci"', wake=True).to_json())
    told = ending_event(about, "other", "r1", RunStatus.SUCCEEDED, " done ", silent=False)
    assert (told.session_key, told.text, told.source) == ("agent:other:main", "done", 'hook "ci", run r1 succeeded')
    assert (told.untrusted, told.wake, told.key) == (True, True, "run:r1:end")
    silent = ending_event(about, "other", "r1", RunStatus.SUCCEEDED, "NO_REPLY", silent=True)
    assert (silent.untrusted, silent.wake) == (False, False)
