"""The lane table's rules, as the reference model states them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openclaw.domain.lane import LaneTable
from openclaw.domain.lane_entry import DUE_PER_TICK, FENCES_PER_EPOCH, MAX_EPOCH, Lane, Limit, Rest
from openclaw.errors import LanesRolledBack

NOW = 1_900_000_000_000


def table(concurrency: int = 8, reserved: int = 0) -> LaneTable:
    lanes = LaneTable()
    lanes.rebuild(NOW, 1, hold=False)
    lanes.set_limits(NOW, {"main": Limit(concurrency, reserved)})
    return lanes


def append(lanes: LaneTable, now: int, session_id: int, *, ordinal: int = 1, background: bool = False, due: int = 0):
    lanes.append(
        now,
        session_id,
        ordinal=ordinal,
        lane_class="main",
        queue="agent.main",
        background=background,
        not_before_ms=due,
    )


def lane(mark: int, *, background: bool = False) -> Lane:
    return Lane(1, "main", "agent.main", background, mark)


def test_fences_of_the_highest_epoch_are_exact_as_doubles():
    highest = MAX_EPOCH * FENCES_PER_EPOCH + FENCES_PER_EPOCH - 1
    assert float(highest) == highest
    assert float(highest) != float(highest - 1)


def test_nothing_can_be_changed_before_there_is_an_epoch():
    with pytest.raises(LanesRolledBack):
        append(LaneTable(), NOW, 1)


def test_a_batch_is_recorded_before_anything_is_granted():
    lanes = table(concurrency=1)
    append(lanes, NOW, 1, background=True)
    append(lanes, NOW, 2)
    assert [grant.session_id for grant in lanes.fill(NOW, "main")] == [2]


@given(st.lists(st.integers(-5_000, 5_000), min_size=2, max_size=30))
def test_lanes_are_granted_in_the_order_of_their_arrival_even_when_the_clock_jumps(jumps: list[int]):
    lanes = table(concurrency=0)
    for session_id, jump in enumerate(jumps):
        append(lanes, NOW + jump, session_id)
    grants = lanes.set_limits(NOW - 5_000, {"main": Limit(len(jumps), 0)})
    assert [grant.session_id for grant in grants] == list(range(len(jumps)))


@given(
    st.integers(0, 6),
    st.integers(0, 6),
    st.lists(st.booleans(), max_size=12),
    st.sampled_from([0, 29_999, 30_001, 90_000]),
)
def test_background_work_never_takes_the_reserve(concurrency: int, reserved: int, colours: list[bool], waited: int):
    lanes = table(concurrency=0)
    for session_id, background in enumerate(colours):
        append(lanes, NOW, session_id, background=background)
    lanes.set_limits(NOW + waited, {"main": Limit(concurrency, reserved)})
    held = [lane for lane in lanes.lanes.values() if lane.holds_slot]
    assert len(held) <= concurrency
    assert sum(lane.background for lane in held) <= max(0, concurrency - reserved)
    # No slot is left idle that somebody waiting could have.
    if len(held) < concurrency:
        waiting = [lane for lane in lanes.lanes.values() if not lane.holds_slot]
        assert all(lane.background for lane in waiting)
        assert not waiting or sum(lane.background for lane in held) >= concurrency - reserved


def test_one_pass_takes_a_bounded_number_of_due_lanes():
    lanes = table(concurrency=0)
    for session_id in range(DUE_PER_TICK + 3):
        append(lanes, NOW, session_id, due=NOW + 1)
    assert lanes.tick(NOW + 1).next_in_ms == 10
    assert sum(lane.state == "waiting" for lane in lanes.lanes.values()) == 3
    lanes.tick(NOW + 11)
    assert all(lane.state == "ready" for lane in lanes.lanes.values())


def test_nothing_is_left_when_sql_says_so_and_nothing_came_since():
    assert lane(mark=4).next_due_ms(Rest(4, more=False, not_before_ms=0, background=False)) is None


def test_what_came_since_is_due_at_its_own_time():
    late = lane(mark=5)
    late.note_later(900, background=False)
    late.note_later(700, background=None)
    assert late.next_due_ms(Rest(4, more=False, not_before_ms=0, background=False)) == 700
    assert late.next_due_ms(Rest(4, more=True, not_before_ms=300, background=False)) == 300
    assert late.next_due_ms(Rest(5, more=True, not_before_ms=800, background=False)) == 800


@pytest.mark.parametrize(
    ("left_in_sql", "came_since", "expected"),
    [(True, True, True), (True, False, False), (False, True, False), (False, False, False)],
)
def test_the_next_turn_is_background_work_only_when_all_that_is_left_is(
    left_in_sql: bool, came_since: bool, expected: bool
):
    late = lane(mark=5)
    late.note_later(0, background=came_since)
    rest = Rest(4, more=True, not_before_ms=0, background=left_in_sql)
    assert late.next_background(rest, suspend=False) is expected


def test_an_answer_has_no_colour_of_its_own():
    late = lane(mark=5, background=True)
    late.note_later(0, background=None)
    assert late.next_background(Rest(4, more=False, not_before_ms=0, background=False), suspend=False)
