"""Slots: how many lanes run at once, and who is next."""

from __future__ import annotations

from openclaw.ports.lanes import ClassLimit, Grant, LaneState, Outlook
from tests.contract.lanes.world import AGEING_MS, LEASE_MS, World

DONE = Outlook(seen_ordinal=1)


def sessions(grants: list[Grant] | tuple[Grant, ...]) -> list[int]:
    return [grant.session_id for grant in grants]


def test_no_more_lanes_are_granted_than_the_class_allows(world: World):
    world.lanes.set_limits({"main": ClassLimit(3)})
    granted = [session for n in range(1, 8) for session in sessions(world.submit(n))]
    assert granted == [1, 2, 3]


def test_a_class_without_a_limit_takes_eight_of_which_one_is_kept_from_background_work(world: World):
    background = [session for n in range(1, 12) for session in sessions(world.submit(n, background=True))]
    interactive = [session for n in range(12, 15) for session in sessions(world.submit(n))]
    assert (background, interactive) == ([1, 2, 3, 4, 5, 6, 7], [12])


def test_freed_slots_go_to_the_lane_that_has_waited_longest(world: World):
    world.lanes.set_limits({"main": ClassLimit(1)})
    fence, served = world.start(1), [1]
    for n in (9, 4, 11, 2):
        world.submit(n)
    while grants := world.lanes.done(served[-1], fence, DONE):
        [(session, fence)] = [(grant.session_id, grant.fence) for grant in grants]
        served.append(session)
    assert served == [1, 9, 4, 11, 2]


def test_classes_do_not_share_slots(world: World):
    world.lanes.set_limits({"main": ClassLimit(1), "cron": ClassLimit(1)})
    world.submit(1)
    assert sessions(world.submit(2, lane_class="cron")) == [2]
    assert world.submit(3) == []


def test_interactive_work_goes_before_background_work(world: World):
    world.lanes.set_limits({"main": ClassLimit(1)})
    fence = world.start(1)
    world.submit(2, background=True)
    world.submit(3)
    assert sessions(world.lanes.done(1, fence, DONE)) == [3]


def test_background_work_that_has_aged_goes_before_younger_interactive_work(world: World):
    world.lanes.set_limits({"main": ClassLimit(1)})
    fence = world.start(1)
    world.submit(3)
    world.submit(2, background=True)
    world.submit(4)
    world.clock.advance(AGEING_MS + 1)
    [grant] = world.lanes.done(1, fence, DONE)
    assert grant.session_id == 3
    assert sessions(world.lanes.done(3, grant.fence, DONE)) == [2]


def test_even_aged_background_work_leaves_the_reserved_slots_free(world: World):
    world.lanes.set_limits({"main": ClassLimit(2, reserved_interactive=1)})
    world.start(1, background=True)
    world.submit(2, background=True)
    world.clock.advance(AGEING_MS + 1)
    assert world.lanes.renew([]) == []
    assert world.state(2) is LaneState.READY
    assert sessions(world.submit(3)) == [3]


def test_a_background_lane_becomes_interactive_with_its_first_interactive_message(world: World):
    world.lanes.set_limits({"main": ClassLimit(1)})
    fence = world.start(1)
    world.submit(2, 1, background=True)
    world.submit(3, 1)
    world.submit(2, 2)
    assert sessions(world.lanes.done(1, fence, DONE)) == [2]


def test_a_granted_background_lane_that_becomes_interactive_frees_the_background_share(world: World):
    world.lanes.set_limits({"main": ClassLimit(2, reserved_interactive=1)})
    world.submit(1, 1, background=True)
    world.submit(2, 1, background=True)
    assert sessions(world.submit(1, 2)) == [2]


def test_an_interactive_message_during_a_background_turn_makes_the_next_turn_interactive(world: World):
    world.lanes.set_limits({"main": ClassLimit(1)})
    fence = world.start(1, background=True)
    world.submit(2, background=True)
    world.submit(1, 2)
    assert sessions(world.lanes.done(1, fence, Outlook(seen_ordinal=1, more=True, background=True))) == [1]


def test_the_end_of_a_turn_says_whether_background_work_is_left(world: World):
    world.lanes.set_limits({"main": ClassLimit(1)})
    fence = world.start(1)
    assert sessions(world.lanes.done(1, fence, Outlook(1, more=True, background=True))) == [1]
    fence = world.view(1).fence
    world.submit(2, background=True)
    world.submit(3)
    assert sessions(world.lanes.done(1, fence, Outlook(1, more=True, background=True))) == [3]


def test_an_interactive_message_that_a_lost_turn_had_left_does_not_colour_the_turn_after_its_own(world: World):
    world.start(1, background=True)
    world.submit(1, 2)
    world.clock.advance(LEASE_MS)
    [grant] = world.lanes.tick().grants
    assert world.lanes.begin(1, grant.fence, "w2")
    world.submit(1, 3, background=True)
    world.lanes.set_limits({"main": ClassLimit(1, reserved_interactive=1)})
    assert world.lanes.done(1, grant.fence, Outlook(seen_ordinal=2)) == []
    assert world.state(1) is LaneState.READY


def test_the_slot_of_a_finished_background_turn_counts_for_background_work_again(world: World):
    world.lanes.set_limits({"main": ClassLimit(2, reserved_interactive=1)})
    fence = world.start(1, background=True)
    world.submit(2, background=True)
    assert sessions(world.lanes.done(1, fence, DONE)) == [2]


def test_raising_a_limit_grants_at_once(world: World):
    world.lanes.set_limits({"main": ClassLimit(1)})
    for n in (1, 2, 3, 4):
        world.submit(n)
    assert sessions(world.lanes.set_limits({"main": ClassLimit(3)})) == [2, 3]
    assert world.lanes.set_limits({}) == []


def test_lowering_a_limit_ends_nothing_and_grants_nothing_until_enough_have_ended(world: World):
    world.lanes.set_limits({"main": ClassLimit(3)})
    fences = {n: world.start(n) for n in (1, 2, 3)}
    world.submit(4)
    assert world.lanes.set_limits({"main": ClassLimit(1)}) == []
    assert [world.state(n) for n in (1, 2, 3)] == [LaneState.RUNNING] * 3
    assert world.lanes.done(1, fences[1], DONE) == []
    assert world.lanes.done(2, fences[2], DONE) == []
    assert sessions(world.lanes.done(3, fences[3], DONE)) == [4]


def test_a_limit_of_zero_stops_a_class(world: World):
    world.lanes.set_limits({"cron": ClassLimit(0)})
    assert world.submit(1, lane_class="cron") == []
    assert sessions(world.lanes.set_limits({"cron": ClassLimit(1)})) == [1]


def test_a_lane_without_a_slot_follows_the_class_of_its_latest_work(world: World):
    world.lanes.set_limits({"main": ClassLimit(1), "cron": ClassLimit(1)})
    world.start(1)
    world.submit(2, 1)
    assert sessions(world.submit(2, 2, lane_class="cron")) == [2]
    assert sessions(world.submit(3)) == []
