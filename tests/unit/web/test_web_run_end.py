"""Who is told how a run ended."""

from __future__ import annotations

from openclaw.domain.run import Disposition, RunStatus, Usage
from openclaw.ports.store import RunView
from web.ws.run_end import MAX_REMEMBERED, RunEnd, RunEnds, ended_turns
from web.ws.terminal import agent_result, error_text, waited_result, wire_status


def end(run_id: str = "r", status: RunStatus = RunStatus.SUCCEEDED, **facts: object) -> RunEnd:
    return RunEnd(run_id, status, **facts)  # type: ignore[arg-type]


def view(status: RunStatus, disposition: Disposition | None = None) -> RunView:
    return RunView("r", "t", 1, "agent:main:x", "main", status, disposition, text="so far")


def test_everyone_who_waits_is_told_once() -> None:
    ends, told = RunEnds(), []
    for _ in range(2):
        ends.wait("r", told.append)
    assert ends.unfinished() == ["r"]
    ends.ended(end())
    ends.ended(end())
    assert [e.run_id for e in told] == ["r", "r"]
    assert ends.unfinished() == []


def test_whoever_comes_late_is_told_at_once() -> None:
    ends, told = RunEnds(), []
    ends.ended(end(text="yes"))
    waiter = ends.wait("r", told.append)
    assert told[0].text == "yes"
    assert not waiter.cancel()


def test_a_waiter_that_was_cancelled_is_not_told() -> None:
    ends, told = RunEnds(), []
    waiter = ends.wait("r", told.append)
    assert waiter.cancel()
    assert not waiter.cancel()
    ends.ended(end())
    assert not told


def test_runs_end_with_the_one_that_took_them_in() -> None:
    ends, told = RunEnds(), []
    for run_id in ("merged", "steered", "stranger"):
        ends.wait(run_id, told.append)
    ends.joined(["steered"], "r")
    ends.ended(end(merged_run_ids=("merged",)))
    assert sorted(e.run_id for e in told) == ["merged", "steered"]
    assert ends.unfinished() == ["stranger"]


def test_only_so_many_ends_are_remembered() -> None:
    ends, told = RunEnds(), []
    for number in range(MAX_REMEMBERED + 1):
        ends.ended(end(str(number)))
    ends.wait("0", told.append)
    ends.wait(str(MAX_REMEMBERED), told.append)
    assert [e.run_id for e in told] == [str(MAX_REMEMBERED)]


def test_the_end_as_the_database_has_it() -> None:
    assert RunEnd.from_view(view(RunStatus.RUNNING)) is None
    assert RunEnd.from_view(view(RunStatus.SUSPENDED, Disposition.TURN)) is None
    done = RunEnd.from_view(view(RunStatus.SUCCEEDED, Disposition.MERGED))
    assert done is not None
    assert (done.run_id, done.text) == ("r", "so far")
    dropped = RunEnd.from_view(view(RunStatus.QUEUED, Disposition.DROPPED))
    assert dropped is not None
    assert (dropped.status, dropped.stop_reason) == (RunStatus.ABORTED, "dropped")


def test_what_those_who_waited_are_told() -> None:
    good = end(text="hi ", usage=Usage(3, 4), provider="p", model="m", tools=("ls", "ls"), started_at_ms=5)
    assert agent_result(good)["result"]["meta"]["agentMeta"]["usage"]["total"] == 7
    assert waited_result(good)["terminalReply"] == {"disposition": "visible", "text": "hi"}
    assert waited_result(good)["terminalReceipt"]["successfulToolNames"] == ["ls"]
    assert waited_result(end())["terminalReply"]["disposition"] == "silent"
    assert [wire_status(e) for e in (end(status=RunStatus.FAILED), end(status=RunStatus.INTERRUPTED))] == ["error"] * 2
    assert wire_status(end(status=RunStatus.FAILED, error_kind="timeout")) == "timeout"
    aborted = end(status=RunStatus.ABORTED, stop_reason="rpc")
    assert (wire_status(aborted), error_text(aborted)) == ("error", "the run was aborted: rpc")
    assert waited_result(aborted)["aborted"] is True


def test_a_turn_ends_for_the_runs_that_became_part_of_it() -> None:
    views = [
        RunView("guest", "host", 1, "agent:main:x", "main", RunStatus.SUCCEEDED, None, text="both"),
        RunView("host", "host", 1, "agent:main:x", "main", RunStatus.SUCCEEDED, None, text="both"),
        RunView("open", "open", 2, "agent:main:y", "main", RunStatus.RUNNING, None),
    ]
    [(ended, run)] = ended_turns(views)
    assert (ended.run_id, ended.text, ended.merged_run_ids) == ("host", "both", ("guest",))
    assert (run.run_id, run.session_id, run.session_key) == ("host", 1, "agent:main:x")
