"""Conversations that outgrow their model: trimmed, summarized, and taken up again by whoever comes next."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from openclaw.agent.asked_compaction import NOTHING_TO_DO
from openclaw.domain.compaction import TITLE
from openclaw.domain.system_events import NewSystemEvent
from openclaw.errors import ContextOverflow, ProviderTimeout
from openclaw.ports.provider import ModelEvent, ModelRequest
from tests.integration.agent.scripted import World, answers, calls, is_summary, world_of

pytestmark = pytest.mark.spec("E4")


#: What a request weighs is what is said in it, however many tools there are.
TOOLS = '[agents.main.tools]\nallow = ["fill", "group:fs", "group:runtime", "web_fetch", "group:sessions", "group:memory"]\n'


@pytest.fixture
def world(request, redis_client, redis_url) -> Iterator[World]:
    with world_of(redis_url, window=getattr(request, "param", 20_000), more=TOOLS) as world:
        yield world


def test_a_conversation_is_summarized_before_it_outgrows_the_window(world):
    world.model.script = lambda r: answers("They like long letters.") if is_summary(r) else answers("b" * 6_000)
    for number in range(12):
        assert world.turn(f"letter {number} " + "a" * 6_000)["status"] == "succeeded"
    summaries = [r for r in world.model.asked if is_summary(r)]
    assert summaries
    # What a model was asked never outgrew its window, and it hears the summary first.
    assert max(sum(len(m.text) for m in r.messages) for r in world.model.asked) < 20_000 * 4
    assert world.model.asked[-1].messages[0].text.startswith(TITLE)
    session = world.session()
    assert session["compactions"] == len(summaries)
    assert 0 < session["kept_seq"] < session["compacted_seq"] <= session["last_seq"]


def test_nothing_that_was_said_is_lost_to_people(world):
    world.model.script = lambda r: answers("short") if is_summary(r) else answers("b" * 6_000)
    for number in range(8):
        world.turn(f"letter {number} " + "a" * 6_000)
    rows = world.cluster.ledger.query("SELECT role FROM transcript WHERE session_id = 1 ORDER BY seq")
    roles = [row["role"] for row in rows]
    assert roles.count("user") == roles.count("assistant") == 8
    assert roles.count("compaction") == world.session()["compactions"] > 0


def test_a_refused_request_is_compacted_and_asked_again(world):
    for number in range(3):
        world.turn(f"say {number}")
    refused = []

    def picky(request: ModelRequest) -> list[ModelEvent]:
        if not is_summary(request) and not refused:
            refused.append(request)
            raise ContextOverflow("too long")
        return answers("done")

    world.model.script = lambda r: answers("c" * 30_000)
    world.turn("make it long")
    world.model.script = picky
    done = world.turn("now short")
    assert done["status"] == "succeeded"
    assert world.steps(done["run_id"]) == ["compaction", "model"]


def test_what_the_vendor_counted_is_what_counts(world):
    # The texts are short, but the vendor says that they are heavy.
    world.model.script = lambda r: answers("summary") if is_summary(r) else answers("ok " * 100, tokens=19_000)
    world.turn("one " * 100)
    assert world.session()["context_tokens"] == 19_001
    world.turn("two " * 100)
    assert world.session()["compactions"] == 0, "an estimate from scratch showed that there is room"
    assert [is_summary(r) for r in world.model.asked] == [False, False]


def test_a_model_that_refuses_whatever_is_done_ends_the_turn_with_advice(world):
    def never(request: ModelRequest) -> list[ModelEvent]:
        if is_summary(request):
            return answers("short")
        raise ContextOverflow("too long")

    world.model.script = lambda r: answers("d" * 40_000)
    world.turn("go")
    world.model.script = never
    failed = world.turn("and again")
    assert (failed["status"], failed["error_kind"]) == ("failed", "context_overflow")
    asked = [r for r in world.model.asked if not is_summary(r)]
    assert len(asked) <= 6


def test_a_turn_that_outgrows_its_window_by_its_own_tools_goes_on(world):
    count = iter(range(1, 100))

    def works(request: ModelRequest) -> list[ModelEvent]:
        if is_summary(request):
            return answers("Filled some.")
        number = next(count)
        return calls(number, 9_000) if number <= 20 else answers("all filled")

    world.model.script = works
    done = world.turn("fill twenty times")
    assert (done["status"], done["reply_text"]) == ("succeeded", "all filled")
    assert "compaction" in world.steps(done["run_id"])
    last = world.model.asked[-1]
    assert any("fill twenty times" in m.text for m in last.messages)


def test_old_results_are_trimmed_before_anything_is_summarized(world):
    count = iter(range(1, 100))
    world.model.script = lambda r: calls(n, 7_000) if (n := next(count)) <= 8 else answers("done")
    world.turn("fill")
    world.model.script = lambda r: answers("fine")
    done = world.turn("thanks")
    assert world.steps(done["run_id"]) == ["model"]
    sizes = [len(b.text) for m in world.model.asked[-1].messages if m.role == "tool" for b in m.blocks]
    assert sizes[0] < 4_000
    assert sizes[-1] == 7_000


def test_a_call_that_takes_too_long_is_lightened_and_made_again(world):
    world.model.script = lambda r: answers("e" * 13_000)
    for number in range(3):
        world.turn(f"more {number}")
    slow = []

    def times_out(request: ModelRequest) -> list[ModelEvent]:
        if is_summary(request):
            return answers("short")
        if len(slow) < 2:
            slow.append(request)
            raise ProviderTimeout("nothing came")
        return answers("at last")

    world.model.script = times_out
    done = world.turn("and?")
    assert (done["status"], done["reply_text"]) == ("succeeded", "at last")
    assert world.steps(done["run_id"])[0] == "compaction"


@pytest.mark.parametrize("world", [12_000], indirect=True)
def test_a_model_whose_window_is_too_small_is_refused_with_its_name(world):
    failed = world.turn("hello")
    assert failed["status"] == "failed"
    assert "scripted/m (12000)" in failed["error"]
    assert world.model.asked == []


def test_a_new_conversation_begins_without_the_old_summary(world):
    world.model.script = lambda r: answers("short") if is_summary(r) else answers("b" * 6_000)
    for number in range(8):
        world.turn(f"letter {number} " + "a" * 6_000)
    world.cluster.intake.reset_session("agent:main:s")
    world.model.script = lambda r: answers("hi")
    world.turn("hello")
    assert [m.text for m in world.model.asked[-1].messages] == ["hello"]


def test_a_conversation_is_compacted_when_somebody_asks(world):
    world.model.script = lambda r: answers("short") if is_summary(r) else answers("b" * 3_000)
    for number in range(3):
        world.turn(f"letter {number} " + "a" * 3_000)
    done = world.ask_to_compact("keep the names")
    assert done["status"] == "succeeded"
    assert done["reply_text"].startswith("The conversation was compacted from about ")
    assert "keep the names" in world.model.asked[-1].system
    assert world.steps(done["run_id"]) == ["compaction"]
    # Neither the wish nor its answer is part of the conversation.
    world.turn("go on")
    texts = [m.text[:9] for m in world.model.asked[-1].messages]
    assert texts == [TITLE[:9], "b" * 9, "go on"]


def test_a_short_conversation_has_nothing_to_compact(world):
    done = world.ask_to_compact("")
    assert (done["status"], done["reply_text"]) == ("succeeded", NOTHING_TO_DO)
    assert world.model.asked == []


def test_a_compaction_that_was_asked_for_leaves_system_events_to_the_next_turn(world):
    world.turn("hello")
    event = NewSystemEvent("agent:main:s", "the build is green", source="operator", key="e1")
    world.cluster.storage.system_events.post(event, 1)
    world.ask_to_compact("")
    world.turn("what is new?")
    assert "the build is green" in world.model.asked[-1].messages[-1].text


def test_the_last_resort_is_to_cut_what_tools_said(world):
    made = iter(range(100))

    def picky(request: ModelRequest) -> list[ModelEvent]:
        if is_summary(request):
            raise ContextOverflow("too long")
        results = [len(b.text) for m in request.messages if m.role == "tool" for b in m.blocks]
        if not results:
            return calls(next(made), 30_000)
        if max(results) > 5_000:
            raise ContextOverflow("too long")
        return answers("it fits")

    world.model.script = picky
    done = world.turn("fill a lot")
    assert (done["status"], done["reply_text"]) == ("succeeded", "it fits")


def test_a_refusal_that_nothing_can_help_is_not_asked_for_twice(world):
    def never(request: ModelRequest) -> list[ModelEvent]:
        raise ContextOverflow("too long")

    world.model.script = never
    assert world.turn("hi")["error_kind"] == "context_overflow"
    assert len(world.model.asked) == 1
