"""Memory is its owner's: no tool shows it, or changes it, where others read."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from openclaw.ports.provider import ModelEvent, ModelRequest
from tests.integration.agent.scripted import World, answers, one_call, world_of
from tests.integration.agent.test_subagents import results

pytestmark = [
    pytest.mark.spec("H7", "I2"),
    pytest.mark.skipif(shutil.which("bwrap") is None, reason="no bubblewrap on this machine"),
    pytest.mark.timeout(60),
]

MORE = '[messages.queue]\ndebounce_ms = 0\n[tools.exec]\nsecurity = "full"\nask = "off"\n'
GROUP = "telegram:default:group:-100"
SECRET = "Ann is getting married"
PATCH = "*** Begin Patch\n*** Update File: {path}\n@@\n-{old}\n+mine\n*** End Patch"


@pytest.fixture
def world(redis_client: object, redis_url: str) -> Iterator[World]:
    with world_of(redis_url, more=MORE) as world:
        root = workspace(world)
        (root / "memory").mkdir(parents=True)
        (root / "MEMORY.md").write_text(f"{SECRET}\n")
        (root / "memory" / "2026-11-27.md").write_text(f"{SECRET}\n")
        (root / "alias.md").symlink_to("MEMORY.md")
        yield world


def workspace(world: World) -> Path:
    return Path(world.cluster.settings.agents.by_id["main"].workspace)


def given(world: World, session: str, name: str, **arguments: object) -> str:
    """What a tool gives in a session."""

    def script(request: ModelRequest) -> list[ModelEvent]:
        return answers("ok") if results(request) else one_call(name, arguments)

    world.model.script = script
    world.cluster.say("go", session=session)
    world.run_all()
    return results(world.model.asked[-1])[-1]


@pytest.mark.parametrize(
    "path", ["MEMORY.md", "./MEMORY.md", "memory/2026-11-27.md", "memory/../MEMORY.md", "alias.md"]
)
def test_it_cannot_be_read_in_a_group(world: World, path: str) -> None:
    assert SECRET not in given(world, GROUP, "read", path=path)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("write", {"path": "memory/new.md", "content": "mine"}),
        ("write", {"path": "alias.md", "content": "mine"}),
        ("edit", {"path": "MEMORY.md", "old_text": SECRET, "new_text": "mine"}),
        ("apply_patch", {"patch": PATCH.format(path="MEMORY.md", old=SECRET)}),
        ("apply_patch", {"patch": "*** Begin Patch\n*** Delete File: memory/2026-11-27.md\n*** End Patch"}),
    ],
)
def test_it_cannot_be_changed_in_a_group(world: World, name: str, arguments: dict[str, object]) -> None:
    assert "memory is private" in given(world, GROUP, name, **arguments)
    root = workspace(world)
    assert (root / "MEMORY.md").read_text() == (root / "memory" / "2026-11-27.md").read_text() == f"{SECRET}\n"
    assert not (root / "memory" / "new.md").exists()


def test_commands_in_a_group_do_not_see_it(world: World) -> None:
    said = given(
        world, GROUP, "exec", command="cat MEMORY.md alias.md memory/*; echo mine > memory/x.md; ls memory; true"
    )
    assert SECRET not in said
    assert not (workspace(world) / "memory" / "x.md").exists()


def test_the_owner_has_all_of_it(world: World) -> None:
    assert SECRET in given(world, "one", "read", path="MEMORY.md")
    assert SECRET in given(world, "two", "exec", command="cat MEMORY.md memory/*")
    given(world, "three", "edit", path="MEMORY.md", old_text="married", new_text="older")
    assert "getting older" in (workspace(world) / "MEMORY.md").read_text()
