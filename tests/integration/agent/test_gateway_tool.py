"""``gateway`` in turns: the configuration is read without credentials, and changed once a person agrees."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from openclaw.composition.intake import build_approval_desk
from openclaw.domain.transcript import ToolResultBlock
from tests.integration.agent.scripted import World, answers, one_call, world_of

pytestmark = pytest.mark.spec("E9", "I2", "H2")


@pytest.fixture
def world(redis_client: object, redis_url: str) -> Iterator[World]:
    with world_of(
        redis_url, more='[log]\nlevel = "INFO"\n[hooks]\nenabled = true\ntoken = "hunter22hunter22"\n'
    ) as made:
        yield made


def calls(world: World, *arguments: dict[str, object]) -> None:
    """Let the next turn make these calls, one by one."""
    script = iter([*(one_call("gateway", each, f"call-{n}") for n, each in enumerate(arguments)), answers("done")])
    world.model.script = lambda request: next(script)


def last_result(world: World) -> str:
    blocks = [block for message in world.model.asked[-1].messages for block in message.blocks]
    return [block.text for block in blocks if isinstance(block, ToolResultBlock)][-1]


def test_the_configuration_is_read_in_parts_and_without_credentials(world: World) -> None:
    calls(world, {"action": "config.get"})
    world.turn("what is configured")
    said = last_result(world)
    assert "hunter22" not in said
    assert json.loads(said)["config"]["log"] == {"level": "INFO"}
    calls(world, {"action": "config.get", "path": "log.level"})
    world.turn("the level")
    assert json.loads(last_result(world))["config"] == "INFO"
    calls(world, {"action": "config.schema.lookup", "path": "log.level"})
    world.turn("what it may be")
    assert json.loads(last_result(world))["path"] == "log.level"


def test_a_patch_waits_for_a_person_and_then_holds(world: World) -> None:
    calls(world, {"action": "config.get"})
    world.turn("look")
    base_hash = json.loads(last_result(world))["hash"]
    patch = {"log": {"level": "DEBUG"}, "hooks": {"token": "a-new-secret-token"}}
    calls(world, {"action": "config.patch", "patch": patch, "base_hash": base_hash, "note": "to see more"})
    world.cluster.say("change it")
    assert world.begin() == "suspended"
    desk = build_approval_desk(world.cluster.storage, world.cluster.redis, world.cluster.keeper)
    (waiting,) = desk.pending()
    assert '"level": "DEBUG"' in waiting.command
    assert "to see more" in waiting.command
    assert "a-new-secret" not in waiting.command
    assert not waiting.can_always
    assert world.services.follower.look() is False
    desk.decide(waiting.id, "allow-once", "somebody")
    world.begin()
    assert "log.level" in json.loads(last_result(world))["changed"]
    assert world.cluster.live.settings.log.level == "DEBUG"
    newest = world.cluster.storage.config.latest()
    assert newest is not None
    assert (newest.source, newest.author) == ("agent", "agent main")


def test_an_old_base_and_a_guarded_key_are_refused(world: World) -> None:
    calls(world, {"action": "config.patch", "patch": {"tools": {"exec": {"ask": "off"}}}, "base_hash": "x"})
    world.turn("free yourself")
    assert "Only a person may change tools.exec.ask" in last_result(world)
    calls(world, {"action": "config.patch", "patch": {"log": {"level": "DEBUG"}}})
    world.turn("change it")
    assert "needs a patch and the base_hash" in last_result(world)


def test_a_restart_takes_a_yes_as_well(world: World) -> None:
    calls(world, {"action": "restart", "note": "stuck"})
    world.cluster.say("restart")
    assert world.begin() == "suspended"
    desk = build_approval_desk(world.cluster.storage, world.cluster.redis, world.cluster.keeper)
    (waiting,) = desk.pending()
    assert waiting.command == "gateway restart (stuck)"
    desk.decide(waiting.id, "allow-once", "somebody")
    world.begin()
    assert "restarts in a moment" in last_result(world)
