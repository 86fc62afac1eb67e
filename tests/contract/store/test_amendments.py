"""Messages that are edited or taken back by whoever wrote them."""

from __future__ import annotations

import pytest

from openclaw.domain.queue_mode import QueueMode
from openclaw.domain.run import Disposition
from openclaw.ports.store import NoWork
from openclaw.store.repositories.amendments import SqlMessageAmender
from tests.contract.store.world import KEY, World

pytestmark = pytest.mark.spec("C10", "K1")


def waiting(world: World) -> tuple[SqlMessageAmender, str]:
    """A message that waits behind a running turn; its platform's id."""
    world.running("first")
    request = world.request("secnd", QueueMode.FOLLOWUP)
    world.intake.accept(request)
    assert request.envelope.message_id is not None
    return SqlMessageAmender(world.database), request.envelope.message_id


def test_a_message_that_waits_is_read_as_it_was_edited(world: World) -> None:
    claim = world.running("first")
    request = world.request("secnd", QueueMode.FOLLOWUP)
    session = world.intake.accept(request).session_id
    amender = SqlMessageAmender(world.database)
    assert amender.edit_waiting(KEY, str(request.envelope.message_id), "second")
    world.finish(claim)
    world.now += 60_000
    assert world.turn(session).history[-1].text == "second"


def test_a_message_that_was_taken_back_starts_no_turn_and_has_its_one_disposition(world: World) -> None:
    claim = world.running("first")
    request = world.request("oops", QueueMode.FOLLOWUP)
    accepted = world.intake.accept(request)
    assert SqlMessageAmender(world.database).delete_waiting(KEY, str(request.envelope.message_id), world.now)
    world.finish(claim)
    world.now += 60_000
    assert isinstance(world.claim(accepted.session_id), NoWork)
    assert world.disposition(accepted.run_id) == Disposition.ABORTED.value


def test_what_a_turn_reads_already_stays_as_it_was(world: World) -> None:
    request = world.request("first")
    session = world.intake.accept(request).session_id
    claim = world.turn(session)
    amender = SqlMessageAmender(world.database)
    assert not amender.edit_waiting(KEY, str(request.envelope.message_id), "changed")
    assert not amender.delete_waiting(KEY, str(request.envelope.message_id), world.now)
    world.finish(claim)
    assert world.disposition(claim.run_id) == Disposition.TURN.value


def test_messages_that_nobody_knows_are_left_alone(world: World) -> None:
    amender, message_id = waiting(world)
    assert not amender.edit_waiting(KEY, "another", "x")
    assert not amender.edit_waiting("agent:main:telegram:default:direct:bob", message_id, "x")
    assert amender.edit_waiting(KEY, message_id, "x")
