"""Skills in turns: told of in the prompt, read by their paths, and new with the next turn."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from openclaw.composition.skills import BUNDLED
from openclaw.domain.run import ReplayPolicy, RiskClass
from openclaw.domain.transcript import ToolResultBlock
from openclaw.ports.provider import ModelEvent, ModelRequest, ToolSpec
from openclaw.ports.tool import ToolContext, ToolOutcome
from tests.integration.agent.scripted import World, answers, one_call, world_of

pytestmark = pytest.mark.spec("E8")

MORE = """
[skills]
allow_bundled = ["weather"]
[skills.entries.poems]
env = { POET = "Rilke" }
"""


class Peek:
    """Keeps the context that it was called with."""

    spec = ToolSpec("peek", "Look.", {"type": "object"})
    replay = ReplayPolicy.SAFE
    risk = RiskClass.READ

    def __init__(self) -> None:
        self.contexts: list[ToolContext] = []

    def run(self, arguments: object, context: ToolContext) -> ToolOutcome:
        self.contexts.append(context)
        return ToolOutcome("seen")


@pytest.fixture
def world(redis_client: object, redis_url: str) -> Iterator[World]:
    with world_of(redis_url, more=MORE) as world:
        yield world


def put(world: World, place: str, name: str, says: str) -> Path:
    folder = world.cluster.folder / "oc" / place / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "SKILL.md").write_text(f"---\nname: {name}\ndescription: {says}\n---\nRhyme.\n")
    return folder


def told(world: World) -> str:
    return world.model.asked[-1].system


def results(request: ModelRequest) -> list[str]:
    return [
        block.text for message in request.messages for block in message.blocks if isinstance(block, ToolResultBlock)
    ]


def reading(*paths: str) -> object:
    """A model that reads files one after another and then says that it is done."""

    def script(request: ModelRequest) -> list[ModelEvent]:
        count = len(results(request))
        if count < len(paths):
            return one_call("read", {"path": paths[count]}, f"call-{count}")
        return answers("done")

    return script


def test_a_turn_tells_the_model_of_the_skills_and_the_next_one_of_those_that_changed(world: World) -> None:
    world.turn("hello")
    first = told(world)
    assert f"- weather ({BUNDLED}/weather/SKILL.md): " in first
    assert "csv-report" not in first
    world.turn("again")
    assert told(world) == first, "prompts stay the same while nothing changes"
    put(world, "workspace/skills", "poems", "writes poems")
    put(world, "skills", "weather", "looks out of the window")
    world.turn("and now")
    assert "- poems (skills/poems/SKILL.md): writes poems" in told(world)
    assert f"{world.cluster.folder}/oc/skills/weather/SKILL.md): looks out of the window" in told(world)


def test_all_steps_of_a_turn_see_the_same_skills(world: World) -> None:
    def script(request: ModelRequest) -> list[ModelEvent]:
        if results(request):
            return answers("done")
        put(world, "skills", "poems", "writes poems")
        return one_call("fill", {"chars": 1})

    world.model.script = script
    world.turn("hello")
    assert len(world.model.asked) == 2
    assert world.model.asked[0].system == told(world)


def test_the_model_reads_a_skill_by_the_path_that_it_was_told_and_nothing_beside_it(world: World) -> None:
    folder = put(world, "skills", "poems", "writes poems")
    (world.cluster.folder / "oc" / "workspace").mkdir()
    (folder / "forms").mkdir()
    (folder / "forms" / "sonnet.txt").write_text("fourteen lines")
    (folder / "out").symlink_to(world.cluster.folder / "oc" / "config.toml")
    world.model.script = reading(
        f"{folder}/SKILL.md",
        f"{folder}/forms/sonnet.txt",
        f"{BUNDLED}/weather/SKILL.md",
        f"{folder}/out",
        f"{folder}/../../config.toml",
        f"{BUNDLED}/git-review/SKILL.md",
        f"{world.cluster.folder}/oc/config.toml",
    )
    world.turn("a sonnet, please")
    read = results(world.model.asked[-1])
    assert "Rhyme." in read[0]
    assert read[1] == "fourteen lines"
    assert "open-meteo" in read[2]
    refused = read[3:]
    assert len(refused) == 4
    assert all("lies outside" in text or "'..' is not allowed" in text for text in refused), refused


def test_tools_get_the_variables_of_the_skills_and_nobody_else_does(world: World) -> None:
    peek = world.tools["peek"] = Peek()
    world.services = world.worker()
    put(world, "skills", "poems", "writes poems")
    world.model.script = lambda r: answers("done") if results(r) else one_call("peek", {})
    world.turn("hello")
    (context,) = peek.contexts
    assert context.skills.env["POET"].reveal() == "Rilke"
    assert "Rilke" not in repr(context)
    assert "Rilke" not in str(world.cluster.ledger.query("SELECT * FROM steps"))


def test_an_agent_that_may_not_read_is_told_of_no_skills(redis_client: object, redis_url: str) -> None:
    with world_of(redis_url, more='[agents.main.tools]\ndeny = ["read"]\n') as world:
        world.turn("hello")
        assert "## Skills" not in told(world)


def test_a_message_may_call_one_also_one_that_the_prompt_does_not_list(world: World) -> None:
    folder = put(world, "skills", "poems", "Poems.\ndisable-model-invocation: true")
    world.turn("/poems about rain")
    assert "- poems" not in told(world)
    assert f"The message calls the skill poems: read {folder}/SKILL.md" in told(world)
    world.turn("hello")
    assert "calls the skill" not in told(world)
