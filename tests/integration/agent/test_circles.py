"""A turn that goes in circles is told, then held, then ended; and no turn uses more than one may."""

from __future__ import annotations

import pytest

from tests.integration.agent.scripted import World, answers, calls, world_of

pytestmark = pytest.mark.spec("E5", "K8")
CAPS = """
[runs]
{caps}
"""


@pytest.fixture
def world(request, redis_client, redis_url):
    with world_of(redis_url, more=CAPS.format(caps=getattr(request, "param", ""))) as world:
        yield world


def results(world: World) -> list[str]:
    return [b.text for m in world.model.asked[-1].messages if m.role == "tool" for b in m.blocks]


def test_the_same_call_without_progress(world):
    made = iter(range(1000))
    world.model.script = lambda request: calls(next(made), 3)
    ended = world.turn("fill")
    assert (ended["status"], ended["error_kind"]) == ("failed", "loop")
    said = results(world)
    assert [text.startswith("xxx") for text in said] == [True] * 20 + [False] * 10
    assert "changes nothing" not in said[9]
    assert "This is call 11 in a row" in said[10]
    assert said[20].startswith("Not run: this call was made 20 times")
    assert world.tools["fill"].runs == 20


def test_a_model_that_listens_goes_on(world):
    made = iter(range(1000))

    world.model.script = lambda r: answers("I see.") if warned(r) else calls(next(made), 3)
    assert world.turn("fill")["reply_text"] == "I see."


def warned(request) -> bool:
    return any("in a row" in getattr(block, "text", "") for block in request.messages[-1].blocks)


def test_what_a_turn_has_done_is_remembered_by_the_next_worker(world):
    made = iter(range(1000))
    world.model.script = lambda r: calls(n, 3) if (n := next(made)) < 9 else dies()
    run_id = world.cluster.say("fill")
    with pytest.raises(WorkerDied):
        world.begin()
    world.model.script = lambda r: answers("I see.") if warned(r) else calls(next(made), 3)
    world.resume()
    assert world.cluster.run(run_id)["reply_text"] == "I see."
    assert world.tools["fill"].runs == 11


class WorkerDied(BaseException):
    """What no turn survives."""


def dies():
    raise WorkerDied


@pytest.mark.parametrize(
    ("world", "limit"),
    [("max_tool_calls = 3", "tool_calls"), ("max_model_calls = 3", "model_calls"), ("max_tokens = 900", "tokens")],
    indirect=["world"],
)
def test_a_turn_ends_where_its_share_ends(world, limit):
    made = iter(range(1000))
    world.model.script = lambda request: calls(n := next(made), n + 1, tokens=300)
    ended = world.turn("fill")
    assert (ended["status"], ended["error_kind"]) == ("failed", limit)
    assert world.tools["fill"].runs == 3
