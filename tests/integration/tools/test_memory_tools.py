"""``memory_search`` and ``memory_get``: what the agent has kept, and for private sessions only."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from openclaw.domain.run import ReplayPolicy, RiskClass
from openclaw.errors import ToolError
from openclaw.plugins.registry import Registry
from openclaw.ports.cancel import CancelToken
from openclaw.ports.tool import ToolContext
from openclaw.tools.memory import MAX_OUTPUT_BYTES, register_memory_tools
from tests.integration.memory.conftest import Memory, memory

__all__ = ["memory"]
pytestmark = pytest.mark.spec("H7", "E9")

MAIN = "agent:main:main"
GROUP = "agent:main:telegram:default:group:-100"


def use(memory: Memory, tool: str, session: str = MAIN, **arguments: object) -> str:
    registry = Registry()
    register_memory_tools(registry, memory.search)
    context = ToolContext("r1", session, "main", memory.workspace, "demo/echo", CancelToken())
    outcome = registry.tools[tool].run(arguments, context)
    assert not outcome.is_error  # type: ignore[union-attr]
    return outcome.text  # type: ignore[union-attr]


def test_a_search_shows_path_lines_score_and_text(memory: Memory) -> None:
    memory.write("MEMORY.md", "# People\n\nRose likes green tea.")
    assert use(memory, "memory_search", query="tea") == (
        "MEMORY.md lines 1-3, score 1.00\n# People\n\nRose likes green tea."
    )
    assert use(memory, "memory_search", query="coffee") == "Nothing was found."
    assert use(memory, "memory_search", query="tea", min_score=1, max_results=1).startswith("MEMORY.md")


def test_lines_are_read_in_pieces(memory: Memory) -> None:
    memory.write("memory/a.md", "one\ntwo\nthree\n")
    assert use(memory, "memory_get", path="memory/a.md") == "one\ntwo\nthree"
    piece = "two\n\n[More lines follow. Continue with from=3.]"
    assert use(memory, "memory_get", path="memory/a.md", lines=1, **{"from": 2}) == piece
    with pytest.raises(ToolError, match="fewer than 9 lines"):
        use(memory, "memory_get", path="memory/a.md", **{"from": 9})
    memory.write("memory/long.md", "x" * (MAX_OUTPUT_BYTES + 1))
    assert use(memory, "memory_get", path="memory/long.md") == "[Line 1 is too long.]"
    memory.write("memory/empty.md", "")
    with pytest.raises(ToolError, match="is empty"):
        use(memory, "memory_get", path="memory/empty.md")


@pytest.mark.parametrize(
    "path", ["AGENTS.md", "memory/../AGENTS.md", "memory/link.md", "memory/none.md", "memory", "/x"]
)
def test_nothing_but_memory_is_read(memory: Memory, path: str, tmp_path: Path) -> None:
    memory.write("AGENTS.md", "rules")
    memory.write("memory/a.md", "mine")
    (memory.workspace / "memory" / "link.md").symlink_to(memory.workspace / "AGENTS.md")
    with pytest.raises(ToolError):
        use(memory, "memory_get", path=path)


@pytest.mark.parametrize(
    ("tool", "arguments"), [("memory_search", {"query": "tea"}), ("memory_get", {"path": "MEMORY.md"})]
)
def test_a_group_sees_nothing_and_is_told_why(memory: Memory, tool: str, arguments: dict[str, str]) -> None:
    memory.write("MEMORY.md", "secret tea")
    for session in (GROUP, "agent:main:telegram:default:direct:42", "agent:main:hook:1"):
        with pytest.raises(ToolError, match="private_sessions") as refused:
            use(memory, tool, session, **arguments)
        assert "secret" not in str(refused.value)
    memory.change(private_sessions=("telegram:*",))
    assert "tea" in use(memory, tool, "agent:main:telegram:default:direct:42", **arguments)
    with pytest.raises(ToolError, match="private"):
        use(memory, tool, GROUP, **arguments)


def test_both_only_read_and_may_run_again(memory: Memory) -> None:
    registry = Registry()
    register_memory_tools(registry, memory.search)
    assert {(tool.risk, tool.replay) for tool in registry.tools.values()} == {(RiskClass.READ, ReplayPolicy.SAFE)}
    with pytest.raises(ToolError, match=r"Known arguments: .*max_results"):
        use(memory, "memory_search", query="x", limit=3)
    assert all(json.dumps(tool.spec.parameters) for tool in registry.tools.values())
