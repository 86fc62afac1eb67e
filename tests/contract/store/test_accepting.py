"""What happens to a message when it arrives."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from openclaw.domain.envelope import MediaRef
from openclaw.domain.queue_mode import DropPolicy, QueueMode, QueueSettings
from openclaw.domain.run import Disposition, RunStatus
from openclaw.errors import Busy
from openclaw.store.models import inbound, sessions
from tests.contract.store.world import KEY, World


def test_the_first_message_makes_the_session_and_may_run_at_once(world: World) -> None:
    accepted = world.send("hello")
    assert (accepted.ordinal, accepted.duplicate, accepted.disposition, accepted.pending) == (1, False, None, 1)
    assert accepted.work is not None
    assert (accepted.work.ordinal, accepted.work.not_before_ms, accepted.work.wake) == (1, 0, False)
    view = world.sessions.session(KEY)
    assert view is not None
    assert (view.kind, view.channel, view.display_name, view.pending) == ("direct", "telegram", "Ann", 1)


def test_ordinals_follow_each_other_whoever_writes(world: World) -> None:
    requests = [world.request(f"n{n}", QueueMode.QUEUE) for n in range(160)]
    with ThreadPoolExecutor(16) as pool:
        accepted = list(pool.map(world.intake.accept, requests))
    assert sorted(a.ordinal for a in accepted) == list(range(1, 161))
    assert len(world.rows(sessions)) == 1


def test_a_message_that_arrives_twice_gets_the_first_result(world: World) -> None:
    request = world.request()
    first = world.intake.accept(request)
    second = world.intake.accept(replace(request, run_id="another", now_ms=world.now + 5))
    assert second.duplicate
    assert (second.run_id, second.ordinal, second.disposition) == (first.run_id, 1, None)
    assert second.work == first.work
    claim = world.turn(first.session_id)
    assert world.intake.accept(request).run_status is RunStatus.RUNNING
    world.finish(claim)
    ended = world.intake.accept(request)
    assert (ended.disposition, ended.run_status, ended.work) == (Disposition.TURN, RunStatus.SUCCEEDED, None)
    assert world.sessions.session(KEY).last_ordinal == 1


def test_the_same_message_at_once_from_many_gateways_is_stored_once(world: World) -> None:
    for round_ in range(10):
        # Different sessions: no row lock orders them, only the unique key.
        requests = [world.request(key=f"agent:main:{round_}:{n % 4}", source=f"same-{round_}") for n in range(12)]
        with ThreadPoolExecutor(12) as pool:
            accepted = list(pool.map(world.intake.accept, requests))
        assert sum(not a.duplicate for a in accepted) == 1
        assert len({a.run_id for a in accepted}) == 1
    assert len(world.rows(inbound)) == 10


def test_a_run_id_that_another_session_has_is_made_unique(world: World) -> None:
    first = world.send(key="agent:main:a", run_id="mine")
    second = world.send(key="agent:main:b", run_id="mine")
    assert first.run_id == "mine"
    assert second.run_id == f"mine.{second.session_id}.1"
    third = world.send(key="agent:main:b", run_id="mine")
    assert third.run_id == f"mine.{second.session_id}.2"


def test_a_client_past_max_pending_is_told_busy_and_nothing_is_stored(world: World) -> None:
    for _ in range(3):
        world.send(mode=QueueMode.QUEUE)
    with pytest.raises(Busy):
        world.send(mode=QueueMode.QUEUE, client=True, max_pending_session=3)
    assert len(world.rows(inbound)) == 3
    assert world.sessions.session(KEY).last_ordinal == 3


def test_a_full_lane_class_is_busy_for_every_session_of_it(world: World) -> None:
    for n in range(3):
        world.send(key=f"agent:main:{n}")
    with pytest.raises(Busy):
        world.send(key="agent:main:new", client=True, max_pending_class=3)
    assert world.sessions.session("agent:main:new") is None


def test_a_client_that_tries_again_while_the_lane_is_full_gets_its_first_result(world: World) -> None:
    request = world.request(client=True, max_pending_session=1)
    first = world.intake.accept(request)
    again = world.intake.accept(request)
    assert again.duplicate
    assert again.ordinal == first.ordinal


def test_a_channels_message_past_max_pending_is_rejected_and_its_sender_told_once_a_minute(world: World) -> None:
    world.send(mode=QueueMode.QUEUE)
    told = []
    for wait_ms in (0, 1000, 58_999, 1):
        world.now += wait_ms
        rejected = world.send(mode=QueueMode.QUEUE, max_pending_session=1)
        assert (rejected.disposition, rejected.work, rejected.pending) == (Disposition.REJECTED, None, 1)
        told.append(rejected.tell_sender)
    assert told == [True, False, False, True]
    assert world.rows(inbound)[1]["reason"] == "busy"


def test_a_message_without_content_is_rejected(world: World) -> None:
    empty = world.send("  \n")
    assert (empty.disposition, empty.work) == (Disposition.REJECTED, None)
    view = world.control.run_view(empty.run_id)
    assert (view.status, view.disposition) == (RunStatus.FAILED, Disposition.REJECTED)
    picture = world.send("", media=(MediaRef("f1", "image/png", "a.png"),))
    assert picture.disposition is None


@pytest.mark.parametrize("mode", [QueueMode.COLLECT, QueueMode.FOLLOWUP])
def test_a_busy_lane_makes_debounced_modes_wait(world: World, mode: QueueMode) -> None:
    world.running()
    assert world.send(mode=mode).work.not_before_ms == world.now + 1000


@pytest.mark.parametrize("mode", [QueueMode.QUEUE, QueueMode.STEER, QueueMode.STEER_BACKLOG, QueueMode.INTERRUPT])
def test_a_busy_lane_does_not_delay_the_other_modes(world: World, mode: QueueMode) -> None:
    world.running()
    work = world.send(mode=mode).work
    assert work.not_before_ms == 0
    assert work.wake == (mode in {QueueMode.STEER, QueueMode.STEER_BACKLOG})


def test_a_gathering_never_waits_longer_than_its_maximum(world: World) -> None:
    world.running()
    began = world.now
    due = []
    for _ in range(7):
        due.append(world.send().work.not_before_ms - began)
        world.now += 900
    assert due == [1000, 1900, 2800, 3700, 4600, 5000, 5000]


def test_another_senders_message_begins_a_gathering_of_its_own(world: World) -> None:
    world.running()
    world.send()
    world.now += 4900
    assert world.send(sender="bob").work.not_before_ms == world.now + 1000


def test_the_drop_policy_new_leaves_the_newcomer_out(world: World) -> None:
    world.running()
    settings = QueueSettings(cap=2, drop=DropPolicy.NEW)
    kept = [world.send(f"k{n}", settings=settings).run_id for n in range(2)]
    newcomer = world.send("late", settings=settings)
    assert (newcomer.disposition, newcomer.tell_sender, newcomer.work) == (Disposition.DROPPED, True, None)
    assert [world.disposition(run_id) for run_id in kept] == [None, None]


@pytest.mark.parametrize("policy", [DropPolicy.OLD, DropPolicy.SUMMARIZE])
def test_the_other_drop_policies_let_the_oldest_go(world: World, policy: DropPolicy) -> None:
    world.running()
    settings = QueueSettings(cap=2, drop=policy)
    oldest = world.send("oldest", settings=settings)
    world.send("older", settings=settings)
    newcomer = world.send("new", settings=settings)
    assert newcomer.dropped_run_ids == (oldest.run_id,)
    assert (newcomer.tell_sender, newcomer.disposition, newcomer.pending) == (True, None, 3)
    view = world.control.run_view(oldest.run_id)
    assert (view.disposition, view.status, view.stop_reason) == (
        Disposition.DROPPED,
        RunStatus.ABORTED,
        f"cap:{policy.value}",
    )


def test_neither_queue_messages_nor_the_running_turn_count_for_the_cap(world: World) -> None:
    world.running()
    settings = QueueSettings(cap=1, drop=DropPolicy.OLD)
    for _ in range(3):
        assert world.send(mode=QueueMode.QUEUE, settings=settings).dropped_run_ids == ()
    assert world.send(settings=settings).dropped_run_ids == ()
    assert len(world.send(settings=settings).dropped_run_ids) == 1


def test_an_interrupt_marks_the_running_turn_once(world: World) -> None:
    claim = world.running()
    accepted = world.send("stop that", QueueMode.INTERRUPT)
    assert (accepted.interrupts.run_id, accepted.interrupts.fence) == (claim.run_id, claim.fence)
    assert not accepted.work.wake
    world.control.abort(KEY, claim.run_id, "rpc", world.now)
    assert world.commit(claim).abort_reason == "interrupt"


def test_an_interrupt_wakes_a_parked_turn(world: World) -> None:
    claim = world.running()
    world.suspend(claim)
    accepted = world.send("never mind", QueueMode.INTERRUPT)
    assert accepted.work.wake
    resumed = world.turn(claim.session_id)
    assert (resumed.run_id, resumed.abort_reason) == (claim.run_id, "interrupt")


def test_text_that_databases_refuse_is_stored_all_the_same(world: World) -> None:
    accepted = world.send("a\x00b \ud800 ü", options={"note": "\x00\ud800"})
    claim = world.turn(accepted.session_id)
    first, _, last = claim.history[-1].text.split(" ")
    assert (first, last) == ("a\N{REPLACEMENT CHARACTER}b", "ü")
    assert claim.options == {"note": "\x00\ud800"}


def test_keys_longer_than_an_index_takes_are_recognised_too(world: World) -> None:
    request = world.request(source="x" * 10_000)
    world.intake.accept(request)
    assert world.intake.accept(request).duplicate
