"""A thread in which the assistant has had a turn is answered without its being mentioned again."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from openclaw.domain.envelope import InboundEnvelope, Peer, ReplyRoute, Sender
from tests.integration.agent.scripted import World, world_of

pytestmark = [pytest.mark.spec("C10"), pytest.mark.timeout(60)]

CONFIG = """
[channels.loopback.accounts.default]
group_policy = "open"
"""

Write = Callable[..., bool]


@pytest.fixture
def world(request: pytest.FixtureRequest, redis_client: object, redis_url: str) -> Iterator[World]:
    with world_of(redis_url, more=CONFIG + getattr(request, "param", "")) as opened:
        yield opened


@pytest.fixture
def write(world: World) -> Write:
    numbers = iter(range(99))

    def write(*, mentioned: bool = False, thread: str | None = "5") -> bool:
        """Say something in the group; whether it is answered."""
        accepted = world.cluster.intake.submit_envelope(
            InboundEnvelope(
                channel="loopback",
                account="default",
                event_id=f"e{next(numbers)}",
                peer=Peer("group", "9"),
                sender=Sender("7"),
                text="and then?",
                route=ReplyRoute("loopback", "default", "9", thread),
                thread_id=thread,
                mentioned=mentioned,
            )
        )
        assert accepted is not None
        world.run_all()
        return accepted.disposition is None

    return write


def test_it_is_followed_once_it_was_spoken_to_there(write: Write) -> None:
    assert not write()
    assert write(mentioned=True)
    assert write()
    assert not write(thread="6"), "another thread"
    assert not write(thread=None), "the group itself"


def test_the_group_itself_is_not_followed(write: Write) -> None:
    assert write(mentioned=True, thread=None)
    assert not write(thread=None)


@pytest.mark.parametrize("world", ['[messages.groups]\nthreads = "mention"'], indirect=True)
def test_following_can_be_turned_off(write: Write) -> None:
    assert write(mentioned=True)
    assert not write()
