"""``apply_patch``: several files of the workspace at once."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openclaw.domain.patch import AddFile, Change, DeleteFile, PatchRefused, UpdateFile, apply_hunks, parse_patch
from openclaw.domain.run import ReplayPolicy, RiskClass
from openclaw.errors import ToolError
from openclaw.plugins.registry import Registry
from openclaw.ports.provider import ToolSpec
from openclaw.ports.tool import ToolContext, ToolOutcome
from openclaw.tools.arguments import check_arguments
from openclaw.tools.private_files import keep_private
from openclaw.tools.workspace_write import place_of, read_text, write_text

_SPEC = ToolSpec(
    name="apply_patch",
    description=(
        "Change several text files of the workspace. The patch stands between '*** Begin Patch' and '*** End Patch'; "
        "each file under '*** Add File: path' (lines with +), '*** Update File: path' (optionally '*** Move to: path'; "
        "places begin with '@@ a line before it', then lines with ' ', - and +) or '*** Delete File: path'."
    ),
    parameters={
        "type": "object",
        "properties": {"patch": {"type": "string"}},
        "required": ["patch"],
        "additionalProperties": False,
    },
)


@dataclass(frozen=True, slots=True)
class _Step:
    """One file's change, worked out: its new text, ``None`` for none, and the path it leaves."""

    says: str
    path: str
    text: str | None
    leaves: str = ""


class ApplyPatchTool:
    """Works out every file before it writes the first."""

    spec = _SPEC
    replay = ReplayPolicy.ASK
    risk = RiskClass.WRITE

    def run(self, arguments: dict[str, Any], context: ToolContext) -> ToolOutcome:
        """Apply the patch, or nothing of it; if the disk fails in the middle, say what was done."""
        check_arguments(self.spec, arguments)
        try:
            changes = parse_patch(arguments["patch"])
        except PatchRefused as error:
            raise ToolError(f"The patch cannot be read: {error}") from None
        for change in changes:
            keep_private(context, change.path, getattr(change, "move_to", "") or change.path)
        steps = [_worked_out(change, context.workspace) for change in changes]
        done: list[str] = []
        for step in steps:
            try:
                _carry_out(step, context.workspace)
            except ToolError as error:
                said = "; ".join(done) or "nothing"
                raise ToolError(f"{error} Done before that: {said}.") from None
            done.append(step.says)
        return ToolOutcome("\n".join(done))


def _worked_out(change: Change, workspace: Path) -> _Step:
    """Check that a change fits. Raises ToolError."""
    match change:
        case AddFile(path, text):
            if _is_there(workspace, path):
                raise ToolError(f"{path}: is there already; use Update File.")
            return _Step(f"added {path}", path, text)
        case DeleteFile(path):
            if not _is_there(workspace, path):
                raise ToolError(f"{path}: there is no such file in the workspace.")
            return _Step(f"deleted {path}", path, None, leaves=path)
        case UpdateFile(path, hunks, move_to):
            try:
                text = apply_hunks(read_text(workspace, path), hunks)
            except PatchRefused as error:
                raise ToolError(f"{path}: {error}") from None
            if not move_to:
                return _Step(f"changed {path}", path, text)
            if _is_there(workspace, move_to):
                raise ToolError(f"{move_to}: is there already.")
            return _Step(f"changed {path}, now {move_to}", move_to, text, leaves=path)


def _is_there(workspace: Path, path: str) -> bool:
    if not (workspace / path).parent.is_dir():
        return False
    with place_of(workspace, path) as place:
        return place.existing() is not None


def _carry_out(step: _Step, workspace: Path) -> None:
    if step.text is not None:
        with place_of(workspace, step.path, make_folders=True) as place:
            write_text(place, step.text)
    if step.leaves:
        with place_of(workspace, step.leaves) as place:
            os.unlink(place.name, dir_fd=place.folder)


def register(registry: Registry) -> None:
    """Add the tool."""
    registry.add_tool(ApplyPatchTool(), source=__name__)
