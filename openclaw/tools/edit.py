"""``edit``: parts of a text file of the workspace."""

from __future__ import annotations

from typing import Any

from openclaw.domain.run import ReplayPolicy, RiskClass
from openclaw.domain.text_edits import Edit, EditRefused, apply_edits, difference
from openclaw.errors import ToolError
from openclaw.plugins.registry import Registry
from openclaw.ports.provider import ToolSpec
from openclaw.ports.tool import ToolContext, ToolOutcome
from openclaw.tools.arguments import check_arguments
from openclaw.tools.private_files import keep_private
from openclaw.tools.workspace_write import place_of, read_text, write_text

_ONE: dict[str, Any] = {
    "old_text": {"type": "string", "description": "What stands there, exactly; it must be unique."},
    "new_text": {"type": "string", "description": "What shall stand there."},
    "replace_all": {"type": "boolean", "description": "Change it wherever it stands."},
}
_SPEC = ToolSpec(
    name="edit",
    description=(
        "Change parts of a text file of the workspace. Give old_text and new_text, or several of them as edits, which "
        "are made in order; all of them or none."
    ),
    parameters={
        "type": "object",
        "properties": {
            "path": {"type": "string", "description": "Path of the file, relative to the workspace."},
            **_ONE,
            "edits": {
                "type": "array",
                "minItems": 1,
                "maxItems": 100,
                "items": {
                    "type": "object",
                    "properties": _ONE,
                    "required": ["old_text", "new_text"],
                    "additionalProperties": False,
                },
            },
        },
        "required": ["path"],
        "oneOf": [{"required": ["old_text", "new_text"]}, {"required": ["edits"]}],
        "additionalProperties": False,
    },
)


class EditTool:
    """Changes regular text files inside the workspace. What was cut while it worked may have been done or not."""

    spec = _SPEC
    replay = ReplayPolicy.ASK
    risk = RiskClass.WRITE

    def run(self, arguments: dict[str, Any], context: ToolContext) -> ToolOutcome:
        """Make the edits and show the difference."""
        check_arguments(self.spec, arguments)
        edits = [
            Edit(each["old_text"], each["new_text"], bool(each.get("replace_all")))
            for each in arguments.get("edits") or [arguments]
        ]
        path: str = arguments["path"]
        keep_private(context, path)
        before = read_text(context.workspace, path)
        try:
            after = apply_edits(before, edits)
        except EditRefused as error:
            raise ToolError(f"{path}: {error}") from None
        with place_of(context.workspace, path) as place:
            write_text(place, after)
            return ToolOutcome(f"Changed {place.inside}.\n{difference(before, after, str(place.inside))}")


def register(registry: Registry) -> None:
    """Add the tool."""
    registry.add_tool(EditTool(), source=__name__)
