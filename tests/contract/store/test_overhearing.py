"""What is said in a group and not to the assistant: kept, not answered, and read by the next turn."""

from __future__ import annotations

import pytest

from openclaw.domain.compaction import COMPACT
from openclaw.domain.dials import ACTIVATION
from openclaw.domain.mention_gate import ALWAYS, MENTION
from openclaw.domain.run import Disposition
from openclaw.ports.store import Expected, SessionChanges, TaskFilter
from openclaw.store.repositories.session_desk import SqlSessionDesk
from openclaw.store.repositories.tasks import SqlTaskQueries
from tests.contract.store.world import KEY, World

pytestmark = pytest.mark.spec("C10")

HEARD = {"gate": MENTION, "overheard_cap": 50}


def answer(world: World, activation: str) -> None:
    """Say of the session when it is answered."""
    SqlSessionDesk(world.database).change(
        KEY, SessionChanges(settings={ACTIVATION.key: activation}), Expected(), world.now
    )


def test_it_is_stored_and_starts_nothing(world: World) -> None:
    accepted = world.send("lunch?", sender="bob", **HEARD)
    assert (accepted.disposition, accepted.work, accepted.tell_sender) == (Disposition.OVERHEARD, None, False)
    assert SqlTaskQueries(world.database).list_tasks(TaskFilter(), before=None, limit=10)[0] == []


def test_the_next_turn_reads_it_once_as_text_from_outside(world: World) -> None:
    world.send("lunch?", sender="bob", **HEARD)
    world.send("at noon", sender="cid", **HEARD)
    claim = world.turn(world.send("bot, when do they eat?").session_id)
    (message,) = claim.history
    before, _, asked = message.text.partition("[End of what was said before]\n\n")
    assert before.startswith("[Said in the group since your last turn, and not to you.]")
    assert "Bob: lunch?\nCid: at noon\n</untrusted-data" in before
    assert asked == "bot, when do they eat?"
    world.finish(claim)
    assert world.turn(world.send("thanks").session_id).history[-1].text == "thanks"


def test_only_the_newest_are_read(world: World) -> None:
    for number in range(5):
        world.send(f"n{number}", sender="bob", gate=MENTION, overheard_cap=2)
    text = world.turn(world.send("bot?").session_id).history[-1].text
    assert "Bob: n3\nBob: n4\n" in text
    assert "n2" not in text


def test_a_turn_that_only_compacts_leaves_it_to_the_next(world: World) -> None:
    world.send("lunch?", sender="bob", **HEARD)
    world.finish(world.turn(world.send("", options={COMPACT: {}}).session_id))
    assert "Bob: lunch?" in world.turn(world.send("bot?").session_id).history[-1].text


def test_the_sessions_own_activation_comes_before_the_configured_one(world: World) -> None:
    session = world.send("hello")
    world.finish(world.turn(session.session_id))
    answer(world, ALWAYS)
    assert world.send("lunch?", **HEARD).disposition is None
    answer(world, MENTION)
    assert world.send("lunch?", gate=ALWAYS, overheard_cap=50).disposition is Disposition.OVERHEARD


def test_a_followed_thread_is_answered_once_the_assistant_has_had_a_turn_in_it(world: World) -> None:
    followed = HEARD | {"followed": True}
    assert world.send("lunch?", **followed).disposition is Disposition.OVERHEARD
    claim = world.turn(world.send("bot, when?").session_id)
    assert world.send("and where?", **followed).disposition is None, "its turn is under way"
    world.finish(claim)
    assert world.send("for how many?", **followed).disposition is None
    assert world.send("who pays?", **HEARD).disposition is Disposition.OVERHEARD, "not followed"


def test_the_sessions_own_activation_comes_before_following(world: World) -> None:
    world.finish(world.turn(world.send("hello").session_id))
    answer(world, MENTION)
    assert world.send("lunch?", followed=True, **HEARD).disposition is Disposition.OVERHEARD


def test_following_costs_no_statement(world: World) -> None:
    counts = []
    for more in ({}, HEARD | {"followed": True}):
        world.finish(world.turn(world.send("hello").session_id))
        with world.database.statement_count() as count:
            accepted = world.send("lunch?", **more)
        counts.append(len(count.statements))
        world.finish(world.turn(accepted.session_id))
    assert counts[0] == counts[1]


def test_delivered_again_it_is_still_what_it_was(world: World) -> None:
    request = world.request("lunch?", sender="bob", **HEARD)
    world.intake.accept(request)
    claim = world.turn(world.send("bot?").session_id)
    again = world.intake.accept(request)
    assert (again.duplicate, again.disposition, again.run_status) == (True, Disposition.OVERHEARD, None)
    world.finish(claim)
    assert world.control.run_view(again.run_id).started_at_ms == 0
