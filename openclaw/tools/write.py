"""``write``: a whole text file of the workspace."""

from __future__ import annotations

from typing import Any

from openclaw.domain.run import ReplayPolicy, RiskClass
from openclaw.plugins.registry import Registry
from openclaw.ports.provider import ToolSpec
from openclaw.ports.tool import ToolContext, ToolOutcome
from openclaw.tools.arguments import check_arguments
from openclaw.tools.private_files import keep_private
from openclaw.tools.workspace_write import place_of, write_text

_SPEC = ToolSpec(
    name="write",
    description=(
        "Write a text file of the workspace, in the place of what is there. Folders are made as needed. To change a "
        "part of a file use edit."
    ),
    parameters={
        "type": "object",
        "properties": {
            "path": {"type": "string", "description": "Path of the file, relative to the workspace."},
            "content": {"type": "string", "description": "The whole text."},
        },
        "required": ["path", "content"],
        "additionalProperties": False,
    },
)


class WriteTool:
    """Writes regular files inside the workspace. Made again, a write has the same effect: a resumed run may do so."""

    spec = _SPEC
    replay = ReplayPolicy.SAFE
    risk = RiskClass.WRITE

    def run(self, arguments: dict[str, Any], context: ToolContext) -> ToolOutcome:
        """Write it and say whether there was a file before."""
        check_arguments(self.spec, arguments)
        content: str = arguments["content"]
        keep_private(context, arguments["path"])
        with place_of(context.workspace, arguments["path"], make_folders=True) as place:
            replaced = write_text(place, content)
            return ToolOutcome(
                f"{'Replaced' if replaced else 'Created'} {place.inside} ({len(content.encode())} bytes)."
            )


def register(registry: Registry) -> None:
    """Add the tool."""
    registry.add_tool(WriteTool(), source=__name__)
