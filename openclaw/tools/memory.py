"""``memory_search`` and ``memory_get``: what the agent has kept in ``MEMORY.md`` and ``memory/``."""

from __future__ import annotations

from typing import Any

from openclaw.domain.memory_scope import MEMORY_FILE, MEMORY_FOLDER, is_memory_path
from openclaw.domain.run import ReplayPolicy, RiskClass
from openclaw.errors import ToolError
from openclaw.plugins.registry import Registry
from openclaw.ports.memory import AgentMemory, MemoryFound
from openclaw.ports.provider import ToolSpec
from openclaw.ports.tool import ToolContext, ToolOutcome
from openclaw.tools.arguments import check_arguments
from openclaw.tools.workspace_path import inside_workspace, open_in_workspace

DEFAULT_LINES = 200
MAX_LINES = 2_000
#: Bytes of text in one answer.
MAX_OUTPUT_BYTES = 64 * 1024

_NOT_HERE = (
    "Memory is private and cannot be used in this session. The owner can name the session in [memory] "
    "private_sessions; groups never have it."
)

_SEARCH = ToolSpec(
    name="memory_search",
    description=(
        f"Search your memory, {MEMORY_FILE} and {MEMORY_FOLDER}/*.md, by meaning and by words. Do so before you answer "
        "about earlier work, decisions, dates, people, preferences or plans. Gives path, lines, score and the text; "
        "memory_get reads more of it."
    ),
    parameters={
        "type": "object",
        "properties": {
            "query": {"type": "string", "minLength": 1, "description": "What to look for, in a few words."},
            "max_results": {"type": "integer", "minimum": 1, "maximum": 50},
            "min_score": {"type": "number", "minimum": 0, "maximum": 1, "description": "Leave out what fits worse."},
        },
        "required": ["query"],
        "additionalProperties": False,
    },
)
_GET = ToolSpec(
    name="memory_get",
    description=f"Read lines of {MEMORY_FILE} or of a file in {MEMORY_FOLDER}/, such as memory_search has found.",
    parameters={
        "type": "object",
        "properties": {
            "path": {"type": "string", "description": "Path as memory_search gives it."},
            "from": {"type": "integer", "minimum": 1, "description": "Number of the first line."},
            "lines": {"type": "integer", "minimum": 1, "maximum": MAX_LINES, "description": "How many lines."},
        },
        "required": ["path"],
        "additionalProperties": False,
    },
)


class MemorySearchTool:
    """Searches the index, which takes in first what has changed."""

    spec = _SEARCH
    replay = ReplayPolicy.SAFE
    risk = RiskClass.READ

    def __init__(self, memory: AgentMemory) -> None:
        self._memory = memory

    def run(self, arguments: dict[str, Any], context: ToolContext) -> ToolOutcome:
        """The best places, each with its text."""
        check_arguments(self.spec, arguments)
        if not self._memory.usable_in(context.session_key):
            raise ToolError(_NOT_HERE)
        found = self._memory.search(
            context.agent_id,
            arguments["query"],
            max_results=arguments.get("max_results"),
            min_score=arguments.get("min_score"),
        )
        return ToolOutcome(_shown(found))


class MemoryGetTool:
    """Reads memory's own files and no other."""

    spec = _GET
    replay = ReplayPolicy.SAFE
    risk = RiskClass.READ

    def __init__(self, memory: AgentMemory) -> None:
        self._memory = memory

    def run(self, arguments: dict[str, Any], context: ToolContext) -> ToolOutcome:
        """The asked lines, and how to go on when there are more."""
        check_arguments(self.spec, arguments)
        if not self._memory.usable_in(context.session_key):
            raise ToolError(_NOT_HERE)
        path: str = arguments["path"]
        first: int = arguments.get("from", 1)
        count: int = arguments.get("lines", DEFAULT_LINES)
        # Of the path as it is written, and of where its links lead.
        inside = inside_workspace(context.workspace, path)
        if not (is_memory_path(path) and is_memory_path(inside.as_posix())):
            raise ToolError(f"{path}: is not part of memory; only {MEMORY_FILE} and {MEMORY_FOLDER}/*.md are.")
        return ToolOutcome(_lines(context, path, first, count))


def _lines(context: ToolContext, path: str, first: int, count: int) -> str:
    taken = bytearray()
    line = 0
    with open_in_workspace(context.workspace, path) as file:
        for line, content in enumerate(file, 1):
            context.cancel.raise_if_cancelled()
            if line < first:
                continue
            if line >= first + count or len(taken) + len(content) > MAX_OUTPUT_BYTES:
                rest = f"[More lines follow. Continue with from={line}.]" if taken else f"[Line {line} is too long.]"
                return f"{taken.decode('utf-8', 'replace').rstrip(chr(10))}\n\n{rest}".lstrip("\n")
            taken += content
    if not taken:
        raise ToolError(f"{path}: has fewer than {first} lines." if line else f"{path}: is empty.")
    return taken.decode("utf-8", "replace").rstrip("\n")


def _shown(found: MemoryFound) -> str:
    note = f"[Searched by words only: {found.problem}]" if found.problem else ""
    if not found.hits:
        return f"Nothing was found. {note}".rstrip()
    places = [
        f"{hit.path} lines {hit.first_line}-{hit.last_line}, score {hit.score:.2f}\n{hit.snippet}" for hit in found.hits
    ]
    return "\n\n".join([*places, *([note] if note else [])])


def register_memory_tools(registry: Registry, memory: AgentMemory) -> None:
    """Add both tools."""
    registry.add_tool(MemorySearchTool(memory), source=__name__)
    registry.add_tool(MemoryGetTool(memory), source=__name__)
