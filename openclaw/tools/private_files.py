"""Memory's files, kept from sessions in which others read: by every tool that has to do with files."""

from __future__ import annotations

from pathlib import Path

from openclaw.domain.memory_scope import MEMORY_FILE, MEMORY_FOLDER, is_memory_path
from openclaw.errors import ToolError
from openclaw.ports.tool import ToolContext
from openclaw.tools.workspace_path import inside_workspace


def keep_private(context: ToolContext, *paths: str) -> None:
    """Raise ToolError for a path that is memory's, links resolved, unless the session is private."""
    if context.is_private:
        return
    for path in paths:
        if is_memory_path(_resolved(context.workspace, path)):
            raise ToolError(
                f"{path}: memory is private and cannot be used in this session. The owner can name the session in "
                "[memory] private_sessions; groups never have it."
            )


def hidden_from(context: ToolContext) -> tuple[Path, ...]:
    """What commands of this session do not see of the workspace."""
    root = context.workspace.resolve()
    return () if context.is_private else (root / MEMORY_FILE, root / MEMORY_FOLDER)


def _resolved(workspace: Path, path: str) -> str:
    try:
        return inside_workspace(workspace, path).as_posix()
    except ToolError:
        # It is not there yet, or leads out, which whoever opens it will say.
        return Path(path).as_posix().removeprefix("./")
