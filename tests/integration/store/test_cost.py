"""What a turn costs the database."""

from __future__ import annotations

from openclaw.domain.queue_mode import QueueMode
from openclaw.domain.run import StepStatus
from openclaw.domain.transcript import assistant_text
from tests.contract.store.world import KEY, World, text_step, tool_step


def test_a_plain_turn_is_three_transactions_of_few_statements(world: World) -> None:
    world.send()  # the session is there already
    world.finish(world.turn(world.sessions.session(KEY).id))
    costs = {}
    with world.database.statement_count() as count:
        accepted = world.send()
    costs["accept"] = len(count.statements)
    assert count.transactions == 1
    with world.database.statement_count() as count:
        claim = world.turn(accepted.session_id)
    costs["claim"] = len(count.statements)
    with world.database.statement_count() as count:
        world.commit(claim, assistant_text("x"), finished=(text_step(0),), started=(tool_step(1, StepStatus.STARTED),))
    costs["commit"] = len(count.statements)
    with world.database.statement_count() as count:
        world.finish(
            claim,
            replies=("one", "two"),
        )
    costs["finish"] = len(count.statements)
    assert count.transactions == 1
    assert costs == {"accept": 3, "claim": 8, "commit": 5, "finish": 7}


def test_taking_up_a_run_stays_within_its_budget(world: World) -> None:
    claim = world.running()
    with world.database.statement_count() as count:
        world.turn(claim.session_id)
    assert (len(count.statements), count.transactions) == (8, 1)


def test_accepting_into_a_busy_lane_stays_within_its_budget(world: World) -> None:
    world.running()
    with world.database.statement_count() as count:
        world.send()
    assert (len(count.statements), count.transactions) == (4, 1)


def test_the_modes_that_do_not_gather_cost_nothing_more(world: World) -> None:
    world.running()
    with world.database.statement_count() as count:
        world.send(mode=QueueMode.QUEUE)
    assert len(count.statements) == 3
