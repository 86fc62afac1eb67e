"""Which messages make a turn, what a turn writes, and how it ends."""

from __future__ import annotations

import pytest

from openclaw.domain.envelope import MediaRef, ReplyRoute
from openclaw.domain.queue_mode import DropPolicy, QueueMode, QueueSettings
from openclaw.domain.run import Disposition, RunStatus, StepKind, StepStatus, Usage
from openclaw.domain.transcript import Message, ToolCallBlock, ToolResultBlock, tool_result
from openclaw.ports.store import Claim, Committed, Finished, NoWork
from openclaw.store.models import attempts, inbound, outbox, runs, steps
from openclaw.store.repositories.turn_messages import HISTORY_ENTRIES
from tests.contract.store.world import KEY, World, text_step, tool_step


def test_a_plain_turn_from_message_to_transcript(world: World) -> None:
    accepted = world.send("hello", options={"model": "demo/echo"})
    world.now += 50
    claim = world.turn(accepted.session_id)
    assert (claim.run_id, claim.attempt, claim.barren_attempts, claim.resumed) == (accepted.run_id, 1, 0, False)
    assert [m.text for m in claim.history] == ["hello"]
    assert (claim.options, claim.route.target) == ({"model": "demo/echo"}, "ann")
    assert (claim.created_at_ms, claim.started_at_ms) == (world.now - 50, world.now)
    assert (claim.session["queue_mode"], claim.session["pending"], claim.session["message_count"]) == ("collect", 1, 1)
    finished = world.finish(claim, "hi there", replies=("hi", "there"))
    assert (finished.conversation, finished.merged_run_ids) == (claim.route.conversation, ())
    assert (finished.outlook.seen_ordinal, finished.outlook.more) == (1, False)
    view = world.control.run_view(accepted.run_id)
    assert (view.status, view.disposition, view.text, view.usage) == (
        RunStatus.SUCCEEDED,
        Disposition.TURN,
        "hi there",
        Usage(10, 5),
    )
    entries, total = world.sessions.history(KEY)
    assert [(e.seq, e.message.role, e.message.text) for e in entries] == [
        (1, "user", "hello"),
        (2, "assistant", "hi there"),
    ]
    assert total == 2
    assert entries[0].facts["idempotencyKey"] == accepted.run_id
    assert entries[0].facts["sender"] == {"id": "ann", "name": "Ann"}
    assert entries[1].facts["model"] == "demo/echo"
    assert [(o["key"], o["text"]) for o in world.rows(outbox)] == [
        (f"{claim.run_id}:0:0", "hi"),
        (f"{claim.run_id}:0:1", "there"),
    ]
    session = world.sessions.session(KEY)
    assert (session.usage, session.model, session.active_run_id) == (Usage(10, 5), "demo/echo", "")


def test_a_second_turn_sees_the_first(world: World) -> None:
    world.finish(world.running("one"), "answer one")
    claim = world.running("two")
    assert [m.text for m in claim.history] == ["one", "answer one", "two"]
    assert claim.session["message_count"] == 3


@pytest.mark.parametrize("mode", [QueueMode.QUEUE, QueueMode.FOLLOWUP, QueueMode.STEER, QueueMode.STEER_BACKLOG])
def test_modes_that_do_not_gather_make_one_turn_per_message_in_order(world: World, mode: QueueMode) -> None:
    sent = [world.send(f"n{n}", mode, settings=QueueSettings(mode=mode, debounce_ms=0)) for n in range(3)]
    texts = []
    for accepted in sent:
        claim = world.turn(accepted.session_id)
        texts.append(claim.history[-1].text)
        assert claim.run_id == accepted.run_id
        ended = world.end(claim, status=RunStatus.FAILED)
        assert isinstance(ended, Finished)
    assert texts == ["n0", "n1", "n2"]
    assert [world.disposition(a.run_id) for a in sent] == ["turn"] * 3


def test_collected_messages_make_one_turn_once_the_debounce_has_passed(world: World) -> None:
    first = world.running()
    a, b = world.send("a", options={"model": "x"}), world.send("b", options={"model": "y"})
    ended = world.finish(first)
    assert (ended.outlook.more, ended.outlook.not_before_ms) == (True, world.now + 1000)
    early = world.claim(first.session_id)
    assert isinstance(early, NoWork)
    assert (early.outlook.more, early.outlook.not_before_ms) == (True, world.now + 1000)
    world.now += 1000
    claim = world.turn(first.session_id)
    assert (claim.run_id, claim.merged_run_ids, claim.options) == (a.run_id, (b.run_id,), {"model": "y"})
    assert claim.history[-1].text == (
        "[Messages that arrived while the agent was busy]\n\n---\nQueued #1\na\n\n---\nQueued #2\nb"
    )
    assert world.finish(claim).merged_run_ids == (b.run_id,)
    assert [world.disposition(r) for r in (a.run_id, b.run_id)] == ["turn", "merged"]
    view = world.control.run_view(b.run_id)
    assert (view.run_id, view.turn_run_id, view.status) == (b.run_id, a.run_id, RunStatus.SUCCEEDED)


@pytest.mark.parametrize(
    "other",
    [{"sender": "bob"}, {"owner": True}, {"route": ReplyRoute("telegram", "default", "ann", thread_id="7")}],
    ids=["sender", "permissions", "thread"],
)
def test_messages_of_other_senders_or_routes_are_never_merged(world: World, other: dict[str, object]) -> None:
    first = world.running()
    a, b = world.send("a"), world.send("b", **other)
    world.finish(first)
    world.now += 10_000
    claim = world.turn(first.session_id)
    assert (claim.run_id, claim.merged_run_ids) == (a.run_id, ())
    world.finish(claim)
    assert world.turn(first.session_id).run_id == b.run_id


def test_an_owners_clients_share_a_turn(world: World) -> None:
    first = world.running(client=True)
    a, b = world.send("a", sender="laptop", client=True), world.send("b", sender="phone", client=True)
    world.finish(first)
    world.now += 10_000
    assert world.turn(first.session_id).merged_run_ids == (b.run_id,)
    assert a.run_id


def test_a_message_of_another_mode_ends_a_gathering(world: World) -> None:
    first = world.running()
    world.send("a")
    world.send("q", QueueMode.QUEUE)
    world.send("b")
    world.finish(first)
    assert world.turn(first.session_id).history[-1].text == "a"


def test_an_interrupt_runs_before_what_waited_longer(world: World) -> None:
    first = world.running()
    world.send("waits", QueueMode.QUEUE)
    world.send("now", QueueMode.INTERRUPT)
    world.finish(first, status=RunStatus.ABORTED)
    claim = world.turn(first.session_id)
    assert claim.history[-1].text == "now"
    world.finish(claim)
    assert world.turn(first.session_id).history[-1].text == "waits"


def test_an_interrupt_behind_a_long_queue_is_found(world: World) -> None:
    first = world.running()
    for n in range(250):
        world.send(f"n{n}", QueueMode.QUEUE, max_pending_session=1000)
    world.send("now", QueueMode.INTERRUPT, max_pending_session=1000)
    world.finish(first, status=RunStatus.ABORTED)
    claim = world.turn(first.session_id)
    assert (claim.history[-1].text, claim.session["pending"]) == ("now", 251)


def test_the_next_turn_hears_of_summarized_drops_once(world: World) -> None:
    first = world.running()
    settings = QueueSettings(cap=2, drop=DropPolicy.SUMMARIZE)
    for n in range(5):
        world.send(f"text {n}", QueueMode.FOLLOWUP, settings=settings)
    world.finish(first)
    world.now += 5000
    claim = world.turn(first.session_id)
    assert claim.history[-1].text == (
        "[3 queued messages dropped because the queue was full (cap 2)]\nSummary:\n- text 1\n- text 2\n\ntext 3"
    )
    world.finish(claim)
    assert world.turn(first.session_id).history[-1].text == "text 4"


def test_old_drops_are_not_summarized(world: World) -> None:
    first = world.running()
    settings = QueueSettings(cap=1, drop=DropPolicy.OLD)
    world.send("gone", settings=settings)
    world.send("kept", settings=settings)
    world.finish(first)
    world.now += 5000
    assert world.turn(first.session_id).history[-1].text == "kept"


def test_files_are_named_in_the_text(world: World) -> None:
    claim = world.running("look", media=(MediaRef("f1", "image/png", "a.png"), MediaRef("f2", "audio/ogg")))
    assert claim.history[-1].text == "look\n<media:image/png a.png>\n<media:audio/ogg>"
    entries, _ = world.sessions.history(KEY)
    assert [m["id"] for m in entries[0].facts["media"]] == ["f1", "f2"]


def test_a_commit_adds_steps_messages_and_usage(world: World) -> None:
    claim = world.running()
    call = Message("assistant", (ToolCallBlock("call-1", "read", {"path": "a", "b": 1}),))
    world.now += 10
    world.commit(
        claim,
        call,
        finished=(text_step(0),),
        started=(tool_step(1, StepStatus.STARTED),),
        usage=Usage(3, 2, 1, 4),
    )
    world.now += 10
    world.commit(
        claim,
        tool_result(ToolResultBlock("call-1", "read", "content")),
        finished=(tool_step(1, StepStatus.FINISHED),),
    )
    rows = world.rows(steps)
    assert [
        (s["kind"], s["status"], s["started_at_ms"] - world.now, s["finished_at_ms"] - world.now) for s in rows
    ] == [
        ("model", "finished", -10, -10),
        ("tool", "finished", -10, 0),
    ]
    run = world.rows(runs)[0]
    assert (run["input_tokens"], run["cache_write_tokens"], run["progress_at_ms"]) == (3, 4, world.now)
    world.finish(claim)
    assert world.sessions.session(KEY).usage == Usage(13, 7, 1, 4)
    entries, _ = world.sessions.history(KEY)
    assert [e.message.role for e in entries] == ["user", "assistant", "tool", "assistant"]
    assert list(entries[1].message.tool_calls[0].arguments) == ["path", "b"]
    assert entries[1].facts["usage"] == {"input": 3, "output": 2, "cacheRead": 1, "cacheWrite": 4}


def test_a_resumed_run_goes_on_from_what_is_stored(world: World) -> None:
    claim = world.running()
    world.commit(
        claim,
        Message("assistant", (ToolCallBlock("call-1", "read", {}),)),
        finished=(text_step(0),),
        started=(tool_step(1, StepStatus.STARTED),),
        usage=Usage(3, 2),
    )
    resumed = world.turn(claim.session_id)
    assert (resumed.run_id, resumed.resumed, resumed.attempt, resumed.barren_attempts) == (claim.run_id, True, 2, 0)
    assert (resumed.usage, resumed.started_at_ms, resumed.wait) == (Usage(3, 2), claim.started_at_ms, None)
    assert [m.role for m in resumed.history] == ["user", "assistant"]
    assert [(s.index, s.kind, s.status, s.fence) for s in resumed.steps] == [
        (0, StepKind.MODEL, StepStatus.FINISHED, claim.fence),
        (1, StepKind.TOOL, StepStatus.STARTED, claim.fence),
    ]
    assert [(a["number"], a["outcome"]) for a in world.rows(attempts)] == [(1, "lost"), (2, None)]
    world.finish(resumed)
    assert [a["outcome"] for a in world.rows(attempts)] == ["lost", "succeeded"]


def test_attempts_without_a_step_are_counted_and_a_step_begins_the_count_anew(world: World) -> None:
    claim = world.running()
    assert [world.turn(claim.session_id).barren_attempts for _ in range(2)] == [1, 2]
    last = world.turn(claim.session_id)
    assert last.barren_attempts == 3
    world.commit(last, finished=(text_step(0),))
    assert [world.turn(claim.session_id).barren_attempts for _ in range(2)] == [0, 1]


def test_merged_messages_come_back_when_the_run_is_resumed(world: World) -> None:
    first = world.running()
    a, b = world.send("a"), world.send("b")
    world.finish(first)
    world.now += 5000
    world.turn(first.session_id)
    late = world.send("late")
    resumed = world.turn(first.session_id)
    assert (resumed.run_id, resumed.merged_run_ids) == (a.run_id, (b.run_id,))
    assert world.finish(resumed).outlook.more
    assert world.disposition(late.run_id) is None


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (RunStatus.FAILED, ["turn", "merged"]),
        (RunStatus.INTERRUPTED, ["turn", "merged"]),
        (RunStatus.ABORTED, ["aborted", "aborted"]),
    ],
)
def test_the_dispositions_of_a_turn_that_did_not_succeed(world: World, status: RunStatus, expected: list[str]) -> None:
    first = world.running()
    a, b = world.send("a"), world.send("b")
    world.finish(first)
    world.now += 5000
    world.finish(world.turn(first.session_id), status=status, error="broken", error_kind="timeout")
    assert [world.disposition(r.run_id) for r in (a, b)] == expected
    view = world.control.run_view(b.run_id)
    assert (view.status, view.error, view.error_kind) == (status, "broken", "timeout")


def test_finishing_twice_gives_the_same_answer_and_writes_once(world: World) -> None:
    first = world.running()
    world.send("a")
    world.send("b")
    world.finish(first)
    world.now += 5000
    claim = world.turn(first.session_id)
    ended = world.finish(claim, replies=("one",))
    assert world.finish(claim, replies=("one",)) == ended
    assert len(world.rows(outbox)) == 1
    assert world.sessions.history(KEY)[1] == 4


def test_a_client_gets_no_outbox_rows(world: World) -> None:
    claim = world.running(client=True)
    assert world.finish(claim, replies=("one",)).conversation == ""
    assert world.rows(outbox) == []


def test_a_lane_without_work_says_which_run_was_over(world: World) -> None:
    claim = world.running()
    world.finish(claim)
    nothing = world.claim(claim.session_id)
    assert isinstance(nothing, NoWork)
    assert (nothing.finished_run_id, nothing.outlook.more, nothing.outlook.seen_ordinal) == (claim.run_id, False, 1)


def test_the_outlook_tells_when_only_background_work_is_left(world: World) -> None:
    first = world.running()
    world.send("cron", QueueMode.QUEUE, background=True)
    world.send("more", QueueMode.QUEUE, background=True)
    assert world.finish(first).outlook.background
    second = world.turn(first.session_id)
    world.send("person", QueueMode.QUEUE)
    assert not world.finish(second).outlook.background


def test_a_long_history_is_cut_but_never_begins_with_a_tool_result(world: World) -> None:
    claim = world.running()
    said = [
        message
        for n in range(HISTORY_ENTRIES // 2 + 5)
        for message in (
            Message("assistant", (ToolCallBlock(f"c{n}", "read", {}),)),
            tool_result(ToolResultBlock(f"c{n}", "read", "x")),
        )
    ]
    world.commit(claim, *said)
    world.finish(claim)
    history = world.running("next").history
    assert history[0].role == "assistant"
    assert HISTORY_ENTRIES - 5 <= len(history) <= HISTORY_ENTRIES + 1
    assert history[-1].text == "next"


def test_what_a_finish_finds_waiting_of_other_modes_stays_for_later(world: World) -> None:
    claim = world.running()
    world.send("later", QueueMode.FOLLOWUP)
    ended = world.end(claim)
    assert isinstance(ended, Finished)
    assert not isinstance(ended, Committed)
    assert ended.outlook.more


def test_every_message_belongs_to_one_session_and_one_turn(world: World) -> None:
    claim = world.running(key="agent:main:a")
    other = world.running(key="agent:main:b")
    assert isinstance(other, Claim)
    world.finish(claim)
    world.finish(other)
    assert [(m["disposition"], m["turn_run_id"]) for m in world.rows(inbound)] == [
        ("turn", claim.run_id),
        ("turn", other.run_id),
    ]
