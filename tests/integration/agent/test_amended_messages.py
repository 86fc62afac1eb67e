"""What is taken back, changed or reacted to comes through the gate as the message did."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from openclaw.domain.envelope import InboundEnvelope, Peer, PeerKind, ReplyRoute, Sender
from openclaw.domain.run import Disposition
from tests.integration.agent.scripted import World, world_of

pytestmark = [pytest.mark.spec("C10", "I1", "K8"), pytest.mark.timeout(60)]

CONFIG = """
[channels.loopback.accounts.default]
dm_policy = "allowlist"
allow_from = ["7"]
groups = {{ "9" = {{}} }}
rate_limit = {{ per_sender = {per_sender}, per_account = 100 }}
"""


@pytest.fixture
def world(request: pytest.FixtureRequest, redis_client: object, redis_url: str) -> Iterator[World]:
    with world_of(redis_url, more=CONFIG.format(per_sender=getattr(request, "param", 30))) as opened:
        yield opened


def written(kind: PeerKind = "direct", peer: str = "", **changes: Any) -> InboundEnvelope:
    peer = peer or ("7" if kind == "direct" else "9")
    message = InboundEnvelope(
        channel="loopback",
        account="default",
        event_id="e1",
        peer=Peer(kind, peer),
        sender=Sender("7"),
        text="oops",
        route=ReplyRoute("loopback", "default", peer),
        message_id="m1",
        mentioned=None if kind == "direct" else True,
    )
    return replace(message, **changes)


def taken_back(message: InboundEnvelope, **changes: Any) -> InboundEnvelope:
    return replace(message, event="delete", event_id="e2", sender=Sender(""), text="", **changes)


def dispositions(world: World) -> list[str]:
    return [row["disposition"] for row in world.cluster.ledger.query("SELECT disposition FROM inbound ORDER BY id")]


@pytest.mark.parametrize("kind", ["direct", "group"])
def test_a_message_is_taken_back_although_the_platform_does_not_say_by_whom(world: World, kind: PeerKind) -> None:
    intake, message = world.cluster.intake, written(kind)
    assert intake.submit_envelope(message) is not None
    intake.submit_envelope(taken_back(message, message_id="another"))
    assert dispositions(world) != [Disposition.ABORTED.value]
    intake.submit_envelope(taken_back(message))
    assert dispositions(world) == [Disposition.ABORTED.value]


def test_in_a_group_that_is_not_admitted_nothing_is_taken_back(world: World) -> None:
    intake = world.cluster.intake
    intake.submit_envelope(taken_back(written("group", peer="10")))
    assert intake.gate.counts() == {("loopback", "default", "group-not-listed"): 1}


@pytest.mark.parametrize("world", [2], indirect=True)
def test_a_message_that_is_delivered_again_counts_once_against_its_sender(world: World) -> None:
    intake = world.cluster.intake
    for _ in range(10):
        intake.submit_envelope(written())
    assert intake.submit_envelope(written(event_id="e2", message_id="m2")) is not None
    assert intake.gate.counts() == {}
    assert intake.submit_envelope(written(event_id="e3", message_id="m3")) is None


@pytest.mark.parametrize("world", [1], indirect=True)
def test_reactions_and_edits_take_no_room_from_messages_and_are_not_scolded(world: World) -> None:
    intake = world.cluster.intake
    for number in range(5):
        intake.submit_envelope(written(event="reaction", event_id=f"r{number}", text="👍"))
    assert intake.gate.counts() == {("loopback", "default", "rate-limited"): 4}
    assert intake.submit_envelope(written()) is not None
    assert world.cluster.ledger.query("SELECT text FROM outbox") == []
    assert intake.submit_envelope(written(event_id="e2")) is None
    assert len(world.cluster.ledger.query("SELECT text FROM outbox")) == 1


def test_nobodys_deletions_have_no_limit_of_one_sender(world: World) -> None:
    intake, message = world.cluster.intake, written()
    for number in range(50):
        intake.submit_envelope(taken_back(message, message_id=f"m{number}"))
        intake.submit_envelope(replace(taken_back(message), event_id=f"d{number}"))
    assert intake.gate.counts() == {}
