"""Every transition of the lane's state table."""

from __future__ import annotations

import pytest

from openclaw.ports.lanes import ClassLimit, Hold, HoldState, LaneState, LaneWork, Outlook
from tests.contract.lanes.world import GRANT_MS, LEASE_MS, World

NOTHING_LEFT = Outlook(seen_ordinal=1)


def test_an_unknown_lane_is_idle(world: World):
    view = world.view(7)
    assert (view.state, view.fence, view.owner, view.lease_until_ms, view.submitted_ordinal) == ("idle", 0, "", 0, 0)
    assert world.lanes.known([7, 8]) == [False, False]
    assert world.lanes.known([]) == []
    assert world.lanes.view([]) == []


def test_work_for_an_idle_lane_is_granted_when_a_slot_is_free(world: World):
    [grant] = world.submit(7, 3, queue="gpu")
    assert (grant.session_id, grant.queue) == (7, "gpu")
    view = world.view(7)
    assert (view.state, view.fence, view.submitted_ordinal) == (LaneState.GRANTED, grant.fence, 3)
    assert view.lease_until_ms == world.clock() + GRANT_MS
    assert world.lanes.known([7]) == [True]


def test_work_waits_in_ready_when_no_slot_is_free(world: World):
    world.lanes.set_limits({"main": ClassLimit(1)})
    world.start(7)
    assert world.submit(8) == []
    assert world.state(8) is LaneState.READY


def test_work_with_a_later_time_waits_for_it(world: World):
    assert world.submit(7, not_before_ms=world.clock() + 800) == []
    assert world.state(7) is LaneState.WAITING
    assert world.lanes.tick().next_in_ms == 800
    world.clock.advance(799)
    assert world.lanes.tick().grants == ()
    world.clock.advance(1)
    assert [grant.session_id for grant in world.lanes.tick().grants] == [7]


def test_a_waiting_lane_moves_to_the_earliest_time_submitted(world: World):
    now = world.clock()
    world.submit(7, 1, not_before_ms=now + 800)
    world.submit(7, 2, not_before_ms=now + 300)
    world.submit(7, 3, not_before_ms=now + 900)
    assert world.lanes.tick().next_in_ms == 300
    assert [grant.session_id for grant in world.submit(7, 4)] == [7]


def test_submitting_twice_changes_nothing(world: World):
    [grant] = world.submit(7)
    assert world.submit(7) == []
    assert world.view(7).fence == grant.fence
    assert world.lanes.begin(7, grant.fence, "w1")
    assert world.submit(7) == []
    assert world.lanes.done(7, grant.fence, NOTHING_LEFT) == []
    assert world.state(7) is LaneState.IDLE


def test_a_grant_is_begun_once_and_by_its_fence_only(world: World):
    [grant] = world.submit(7)
    assert not world.lanes.begin(7, grant.fence + 1, "w1")
    assert not world.lanes.begin(8, grant.fence, "w1")
    assert world.lanes.begin(7, grant.fence, "w1")
    assert not world.lanes.begin(7, grant.fence, "w2")
    view = world.view(7)
    assert (view.state, view.owner, view.lease_until_ms) == (LaneState.RUNNING, "w1", world.clock() + LEASE_MS)


def test_a_turn_that_leaves_nothing_idles_the_lane(world: World):
    fence = world.start(7)
    assert world.lanes.done(7, fence, NOTHING_LEFT) == []
    assert world.state(7) is LaneState.IDLE
    assert world.lanes.known([7]) == [False]


def test_a_turn_that_leaves_work_is_granted_anew_with_a_higher_fence(world: World):
    fence = world.start(7)
    [grant] = world.lanes.done(7, fence, Outlook(seen_ordinal=4, more=True))
    assert grant.session_id == 7
    assert grant.fence > fence


def test_a_turn_that_leaves_work_goes_behind_those_who_wait(world: World):
    world.lanes.set_limits({"main": ClassLimit(1)})
    fence = world.start(7)
    world.submit(8)
    [grant] = world.lanes.done(7, fence, Outlook(seen_ordinal=1, more=True))
    assert grant.session_id == 8
    assert world.state(7) is LaneState.READY


def test_a_turn_that_leaves_later_work_waits(world: World):
    fence = world.start(7)
    due = world.clock() + 500
    assert world.lanes.done(7, fence, Outlook(seen_ordinal=1, more=True, not_before_ms=due)) == []
    assert world.state(7) is LaneState.WAITING


def test_work_submitted_after_sql_was_read_is_not_lost(world: World):
    fence = world.start(7)
    world.submit(7, 2)
    [grant] = world.lanes.done(7, fence, Outlook(seen_ordinal=1))
    assert grant.session_id == 7


def test_work_that_sql_has_seen_already_makes_no_further_turn(world: World):
    fence = world.start(7)
    world.submit(7, 2)
    assert world.lanes.done(7, fence, Outlook(seen_ordinal=2)) == []
    assert world.state(7) is LaneState.IDLE


def test_work_submitted_for_later_during_a_turn_keeps_its_time(world: World):
    fence = world.start(7)
    now = world.clock()
    world.submit(7, 2, not_before_ms=now + 700)
    world.submit(7, 3, not_before_ms=now + 900)
    assert world.lanes.done(7, fence, Outlook(seen_ordinal=1)) == []
    assert world.state(7) is LaneState.WAITING
    assert world.lanes.tick().next_in_ms == 700


def test_the_earlier_of_what_sql_left_and_what_came_since_decides(world: World):
    fence = world.start(7)
    now = world.clock()
    world.submit(7, 2, not_before_ms=now + 700)
    world.lanes.done(7, fence, Outlook(seen_ordinal=1, more=True, not_before_ms=now + 200))
    assert world.lanes.tick().next_in_ms == 200


def test_a_grant_can_be_given_back_without_being_begun(world: World):
    [grant] = world.submit(7)
    assert world.lanes.done(7, grant.fence, NOTHING_LEFT) == []
    assert world.state(7) is LaneState.IDLE


def test_suspending_parks_the_lane_and_gives_its_slot_on(world: World):
    world.lanes.set_limits({"main": ClassLimit(1)})
    fence = world.start(7)
    world.submit(8)
    [grant] = world.lanes.suspend(7, fence, NOTHING_LEFT)
    assert grant.session_id == 8
    view = world.view(7)
    assert (view.state, view.owner, view.lease_until_ms) == (LaneState.PARKED, "", 0)


def test_only_a_running_turn_can_be_suspended(world: World):
    [grant] = world.submit(7)
    assert world.lanes.suspend(7, grant.fence, NOTHING_LEFT) == []
    assert world.state(7) is LaneState.GRANTED


def test_work_for_a_parked_lane_only_appends(world: World):
    fence = world.start(7)
    world.lanes.suspend(7, fence, NOTHING_LEFT)
    assert world.submit(7, 2) == []
    assert (world.state(7), world.view(7).submitted_ordinal) == (LaneState.PARKED, 2)


def test_waking_work_makes_a_parked_lane_ready(world: World):
    fence = world.start(7)
    world.lanes.suspend(7, fence, NOTHING_LEFT)
    [grant] = world.submit(7, 2, wake=True)
    assert grant.fence > fence


def test_resuming_makes_a_parked_lane_ready(world: World):
    fence = world.start(7)
    world.lanes.suspend(7, fence, NOTHING_LEFT)
    [grant] = world.lanes.resume(7, 1, "main", "gpu")
    assert (grant.session_id, grant.queue) == (7, "gpu")
    assert grant.fence > fence


def test_what_was_appended_while_parked_is_a_turn_after_the_resumed_one(world: World):
    fence = world.start(7)
    world.lanes.suspend(7, fence, NOTHING_LEFT)
    world.submit(7, 2)
    [grant] = world.lanes.resume(7, 1, "main", "agent.main")
    assert world.lanes.begin(7, grant.fence, "w1")
    [following] = world.lanes.done(7, grant.fence, Outlook(seen_ordinal=1))
    assert following.session_id == 7


@pytest.mark.parametrize("by", ["resume", "submit"])
def test_a_wake_that_came_before_the_suspension_is_not_lost(world: World, by: str):
    fence = world.start(7)
    if by == "resume":
        world.lanes.resume(7, 1, "main", "agent.main")
    else:
        world.submit(7, 2, wake=True)
    [grant] = world.lanes.suspend(7, fence, NOTHING_LEFT)
    assert grant.session_id == 7
    assert grant.fence > fence
    assert world.lanes.begin(7, grant.fence, "w1")
    assert world.lanes.suspend(7, grant.fence, NOTHING_LEFT) == []
    assert world.state(7) is LaneState.PARKED


def test_a_wake_between_grant_and_begin_is_not_lost(world: World):
    [grant] = world.submit(7)
    world.lanes.resume(7, 1, "main", "agent.main")
    assert world.lanes.begin(7, grant.fence, "w1")
    assert [again.session_id for again in world.lanes.suspend(7, grant.fence, NOTHING_LEFT)] == [7]


def test_resuming_works_on_a_lane_that_was_forgotten(world: World):
    [grant] = world.lanes.resume(7, 4, "subagent", "agent.subagent")
    assert (grant.session_id, grant.queue) == (7, "agent.subagent")
    assert world.view(7).submitted_ordinal == 4


def test_resuming_a_waiting_lane_does_not_wait(world: World):
    world.submit(7, not_before_ms=world.clock() + 900)
    assert [grant.session_id for grant in world.lanes.resume(7, 1, "main", "agent.main")] == [7]


def test_resuming_a_ready_lane_changes_nothing(world: World):
    world.lanes.set_limits({"main": ClassLimit(1)})
    fence = world.start(1)
    world.submit(7)
    world.submit(8)
    assert world.lanes.resume(8, 1, "main", "agent.main") == []
    assert [grant.session_id for grant in world.lanes.done(1, fence, NOTHING_LEFT)] == [7]


def test_renewing_extends_the_lease_of_current_holders_only(world: World):
    fence = world.start(7)
    [granted] = world.submit(8)
    world.clock.advance(4_000)
    holds = [Hold(7, fence), Hold(7, fence - 1), Hold(8, granted.fence), Hold(9, 1)]
    assert world.lanes.renew(holds) == [HoldState.HELD, HoldState.LOST, HoldState.LOST, HoldState.LOST]
    assert world.view(7).lease_until_ms == world.clock() + LEASE_MS
    assert world.view(8).lease_until_ms == world.clock() - 4_000 + GRANT_MS
    assert world.lanes.renew([]) == []


def test_a_running_turn_learns_that_it_is_cancelled(world: World):
    fence = world.start(7)
    world.lanes.cancel(7)
    assert world.signals() == [(7, fence)]
    assert world.lanes.renew([Hold(7, fence)]) == [HoldState.CANCELLED]
    assert world.lanes.renew([Hold(7, fence)]) == [HoldState.CANCELLED]


def test_a_cancel_ends_with_its_turn(world: World):
    fence = world.start(7)
    world.lanes.cancel(7)
    [grant] = world.lanes.done(7, fence, Outlook(seen_ordinal=1, more=True))
    assert world.lanes.begin(7, grant.fence, "w1")
    assert world.lanes.renew([Hold(7, grant.fence)]) == [HoldState.HELD]


def test_cancelling_what_does_not_run_has_no_effect(world: World):
    world.lanes.cancel(9)
    [grant] = world.submit(7)
    world.lanes.cancel(7)
    assert world.lanes.begin(7, grant.fence, "w1")
    assert world.lanes.renew([Hold(7, grant.fence)]) == [HoldState.HELD]
    assert world.signals() == []


def test_calls_under_an_old_fence_change_nothing(world: World):
    old = world.start(7)
    [grant] = world.lanes.done(7, old, Outlook(seen_ordinal=1, more=True))
    assert world.lanes.begin(7, grant.fence, "w2")
    before = world.view(7)
    assert world.lanes.done(7, old, NOTHING_LEFT) == []
    assert world.lanes.suspend(7, old, NOTHING_LEFT) == []
    assert not world.lanes.begin(7, old, "w1")
    assert world.lanes.renew([Hold(7, old)]) == [HoldState.LOST]
    assert world.view(7) == before


def test_one_call_submits_many_sessions(world: World):
    grants = world.lanes.submit([LaneWork(n, 1) for n in range(1, 6)])
    assert [grant.session_id for grant in grants] == [1, 2, 3, 4, 5]
    assert len({grant.fence for grant in grants}) == 5
    assert world.lanes.submit([]) == []
