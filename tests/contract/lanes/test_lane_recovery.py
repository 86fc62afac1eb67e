"""What happens when holders, workers or Redis itself go away."""

from __future__ import annotations

import pytest

from openclaw.errors import LanesRolledBack
from openclaw.ports.lanes import ClassLimit, Hold, HoldState, LaneAlert, LaneState, Outlook
from tests.contract.lanes.world import GRANT_MS, LEASE_MS, World

DONE = Outlook(seen_ordinal=1)
EPOCH_FENCES = 2**32


def test_a_lease_that_is_renewed_does_not_end(world: World):
    fence = world.start(7)
    for _ in range(5):
        world.clock.advance(LEASE_MS - 1)
        assert world.lanes.renew([Hold(7, fence)]) == [HoldState.HELD]
        assert world.lanes.tick().expired == ()


def test_a_turn_whose_holder_died_is_granted_anew_with_a_higher_fence(world: World):
    fence = world.start(7)
    world.clock.advance(LEASE_MS)
    report = world.lanes.tick()
    assert report.expired == (Hold(7, fence),)
    [grant] = report.grants
    assert grant.session_id == 7
    assert grant.fence > fence
    assert report.alerts == ()


def test_a_holder_that_outlived_its_lease_changes_nothing(world: World):
    fence = world.start(7)
    world.clock.advance(LEASE_MS)
    world.lanes.tick()
    before = world.view(7)
    assert world.lanes.renew([Hold(7, fence)]) == [HoldState.LOST]
    assert world.lanes.done(7, fence, DONE) == []
    assert world.lanes.suspend(7, fence, DONE) == []
    assert world.view(7) == before


def test_a_holder_that_comes_back_before_anyone_noticed_goes_on(world: World):
    fence = world.start(7)
    world.clock.advance(LEASE_MS + 5)
    assert world.lanes.renew([Hold(7, fence)]) == [HoldState.HELD]
    assert world.lanes.tick().expired == ()


def test_an_interrupted_turn_keeps_its_place_before_those_who_came_later(world: World):
    world.lanes.set_limits({"main": ClassLimit(2)})
    first, second = world.start(1), world.start(2)
    world.submit(3)
    world.submit(4)
    world.lanes.set_limits({"main": ClassLimit(0)})
    world.clock.advance(LEASE_MS)
    assert world.lanes.tick().expired == (Hold(1, first), Hold(2, second))
    grants = world.lanes.set_limits({"main": ClassLimit(4)})
    assert [grant.session_id for grant in grants] == [1, 2, 3, 4]


def test_a_message_that_came_during_a_lost_turn_is_not_lost_with_it(world: World):
    world.start(7)
    world.submit(7, 2)
    world.clock.advance(LEASE_MS)
    [grant] = world.lanes.tick().grants
    assert world.lanes.begin(7, grant.fence, "w2")
    assert [following.session_id for following in world.lanes.done(7, grant.fence, Outlook(1))] == [7]


def test_a_grant_that_nobody_begins_frees_its_slot_and_alerts(world: World):
    world.lanes.set_limits({"main": ClassLimit(1)})
    world.submit(7, queue="gpu")
    world.submit(8)
    world.clock.advance(GRANT_MS)
    report = world.lanes.tick()
    assert report.alerts == (LaneAlert(7, "gpu", 1),)
    assert report.expired == ()
    assert [grant.session_id for grant in report.grants] == [8]
    assert (world.state(7), world.view(7).misses) == (LaneState.READY, 1)


def test_an_unserved_queue_is_tried_again_after_a_doubling_back_off(world: World):
    [grant] = world.submit(7)
    fences, waits = [grant.fence], []
    for _ in range(6):
        world.clock.advance(GRANT_MS)
        assert world.lanes.tick().grants == ()
        waited = 0
        while not (grants := world.lanes.tick().grants):
            world.clock.advance(250)
            waited += 250
        waits.append(waited)
        fences.append(grants[0].fence)
    assert waits == [5_000, 10_000, 20_000, 40_000, 60_000, 60_000]
    assert fences == sorted(set(fences))


def test_a_doorbell_that_comes_late_may_still_begin_while_there_is_a_slot(world: World):
    [grant] = world.submit(7)
    world.clock.advance(GRANT_MS)
    world.lanes.tick()
    assert world.lanes.begin(7, grant.fence, "w1")
    assert (world.state(7), world.view(7).misses) == (LaneState.RUNNING, 0)
    assert not world.lanes.begin(7, grant.fence, "w2")


def test_a_late_doorbell_does_not_begin_without_a_free_slot(world: World):
    world.lanes.set_limits({"main": ClassLimit(1)})
    [grant] = world.submit(7)
    world.clock.advance(GRANT_MS)
    world.lanes.tick()
    world.start(8)
    assert not world.lanes.begin(7, grant.fence, "w1")
    assert world.state(7) is LaneState.READY


def test_a_late_doorbell_does_not_begin_once_the_grant_was_made_anew(world: World):
    [grant] = world.submit(7)
    world.clock.advance(GRANT_MS)
    world.lanes.tick()
    world.clock.advance(GRANT_MS)
    [anew] = world.lanes.tick().grants
    assert not world.lanes.begin(7, grant.fence, "w1")
    assert world.lanes.begin(7, anew.fence, "w1")


def test_beginning_a_turn_forgets_earlier_misses(world: World):
    world.submit(7)
    world.clock.advance(GRANT_MS)
    world.lanes.tick()
    world.clock.advance(GRANT_MS)
    [grant] = world.lanes.tick().grants
    assert world.view(7).misses == 1
    assert world.lanes.begin(7, grant.fence, "w1")
    assert world.view(7).misses == 0


def test_the_reaper_is_told_when_something_falls_due_next(world: World):
    assert world.lanes.tick().next_in_ms == 1000
    world.submit(7, not_before_ms=world.clock() + 5)
    assert world.lanes.tick().next_in_ms == 10
    world.clock.advance(5)
    [grant] = world.lanes.tick().grants
    world.clock.advance(GRANT_MS - 400)
    assert world.lanes.tick().next_in_ms == 400
    assert world.lanes.begin(7, grant.fence, "w1")
    assert world.lanes.tick().next_in_ms == 1000


def test_fences_rise_over_all_lanes_and_begin_with_the_epoch(world: World):
    fences = [world.start(n) for n in (1, 2, 3)]
    assert fences == [EPOCH_FENCES + 1, EPOCH_FENCES + 2, EPOCH_FENCES + 3]


def test_fences_stay_exact_in_the_highest_epoch(world: World):
    world.lanes.rebuild(2**20, hold=False)
    assert [world.start(n) for n in (1, 2)] == [2**52 + 1, 2**52 + 2]
    with pytest.raises(ValueError, match="epoch"):
        world.lanes.rebuild(2**20 + 1)
    with pytest.raises(ValueError, match="epoch"):
        world.lanes.rebuild(0)


def test_an_emptied_table_refuses_every_change(world: World):
    fence = world.start(7)
    world.empty()
    assert world.lanes.epoch() is None
    calls = [
        lambda: world.submit(7),
        lambda: world.lanes.begin(7, fence, "w1"),
        lambda: world.lanes.renew([Hold(7, fence)]),
        lambda: world.lanes.done(7, fence, DONE),
        lambda: world.lanes.suspend(7, fence, DONE),
        lambda: world.lanes.resume(7, 1, "main", "agent.main"),
        lambda: world.lanes.cancel(7),
        world.lanes.tick,
        lambda: world.lanes.set_limits({"main": ClassLimit(1)}),
    ]
    for call in calls:
        with pytest.raises(LanesRolledBack):
            call()
    assert world.state(7) is LaneState.IDLE
    assert world.lanes.known([7]) == [False]


def test_a_rebuilt_table_grants_nothing_for_one_lease(world: World):
    world.start(7)
    world.empty()
    world.lanes.rebuild(2)
    assert world.lanes.epoch() == 2
    assert world.lanes.set_limits({"main": ClassLimit(4)}) == []
    assert world.submit(7) == []
    world.clock.advance(LEASE_MS - 300)
    report = world.lanes.tick()
    assert (report.grants, report.next_in_ms) == ((), 300)
    world.clock.advance(300)
    [grant] = world.lanes.tick().grants
    assert grant.fence == 2 * EPOCH_FENCES + 1


def test_a_rebuilt_table_grants_at_once_when_nobody_can_be_running(world: World):
    world.empty()
    world.lanes.rebuild(2, hold=False)
    assert [grant.fence for grant in world.submit(7)] == [2 * EPOCH_FENCES + 1]


def test_rebuilding_forgets_the_old_table_and_keeps_its_limits(world: World):
    world.lanes.set_limits({"main": ClassLimit(2), "cron": ClassLimit(1)})
    fence = world.start(1)
    world.lanes.suspend(2, world.start(2), DONE)
    world.submit(3)
    world.submit(4)
    world.submit(5, not_before_ms=world.clock() + 500)
    world.submit(6, lane_class="cron", background=True)
    world.lanes.rebuild(2, hold=False)
    assert world.lanes.known([1, 2, 3, 4, 5, 6]) == [False] * 6
    assert world.lanes.renew([Hold(1, fence)]) == [HoldState.LOST]
    assert [grant.session_id for n in range(1, 5) for grant in world.submit(n)] == [1, 2]


def test_rebuilding_under_an_epoch_that_is_there_already_changes_nothing(world: World):
    world.lanes.rebuild(3, hold=False)
    fence = world.start(7)
    world.lanes.rebuild(3)
    world.lanes.rebuild(2)
    assert world.lanes.epoch() == 3
    assert world.lanes.renew([Hold(7, fence)]) == [HoldState.HELD]
