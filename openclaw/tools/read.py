"""``read``: the lines of a text file in the workspace, or of a skill."""

from __future__ import annotations

from codecs import getincrementaldecoder
from pathlib import Path
from typing import Any, BinaryIO

from openclaw.domain.run import ReplayPolicy, RiskClass
from openclaw.errors import ToolError
from openclaw.plugins.registry import Registry
from openclaw.ports.cancel import CancelToken
from openclaw.ports.provider import ToolSpec
from openclaw.ports.tool import ToolContext, ToolOutcome
from openclaw.tools.arguments import check_arguments
from openclaw.tools.private_files import keep_private
from openclaw.tools.workspace_path import open_in_workspace

#: Bytes of text in one answer.
MAX_OUTPUT_BYTES = 256 * 1024
DEFAULT_LINES = 2000

_SNIFF_BYTES = 16 * 1024
_PIECE_BYTES = 64 * 1024
#: A text may hold this share of bytes that are not UTF-8, e.g. an old file in Latin-1.
_MAX_BROKEN_SHARE = 0.05

_SPEC = ToolSpec(
    name="read",
    description=(
        "Read a text file of the workspace or of a skill. Long files come in pieces: "
        f"give offset (first line, from 1) and limit (lines, {DEFAULT_LINES} by default)."
    ),
    parameters={
        "type": "object",
        "properties": {
            "path": {"type": "string", "description": "Path relative to the workspace, or a skill's as it is listed."},
            "offset": {"type": "integer", "minimum": 1, "description": "Number of the first line to read."},
            "limit": {"type": "integer", "minimum": 1, "description": "How many lines to read."},
        },
        "required": ["path"],
        "additionalProperties": False,
    },
)


class ReadTool:
    """Reads regular text files of the workspace and of the agent's skills, links resolved, and nothing else."""

    spec = _SPEC
    replay = ReplayPolicy.SAFE
    risk = RiskClass.READ

    def run(self, arguments: dict[str, Any], context: ToolContext) -> ToolOutcome:
        """Return the asked lines, and how to go on when there are more."""
        check_arguments(self.spec, arguments)
        path: str = arguments["path"]
        offset: int = arguments.get("offset", 1)
        limit: int = arguments.get("limit", DEFAULT_LINES)
        with _opened(path, context) as file:
            if _is_binary(file.read(_SNIFF_BYTES)):
                raise ToolError(f"{path}: is a binary file, which read cannot show.")
            file.seek(0)
            return ToolOutcome(_read_lines(file, path, offset, limit, context.cancel))


def _opened(path: str, context: ToolContext) -> BinaryIO:
    """A file of the workspace, or by its absolute path one of a skill's folder. Raises ToolError."""
    asked = Path(path)
    for folder in context.skills.folders:
        # A folder that has become a link since it was looked at is no skill any more.
        if asked.is_relative_to(folder) and folder.resolve() == folder:
            return open_in_workspace(folder, str(asked.relative_to(folder)))
    keep_private(context, path)
    return open_in_workspace(context.workspace, path)


def _read_lines(file: BinaryIO, path: str, offset: int, limit: int, cancel: CancelToken) -> str:
    """Read piecewise: neither a long line nor a long file is ever held whole."""
    taken = bytearray()
    line = 1
    note = ""
    while piece := file.readline(_PIECE_BYTES):
        cancel.raise_if_cancelled()
        if line >= offset + limit:
            note = f"[More lines follow. Continue with offset={line}.]"
            break
        if line >= offset:
            room = MAX_OUTPUT_BYTES - len(taken)
            if len(piece) > room:
                note = _cut_note(taken, piece, room, offset, line)
                break
            taken += piece
        line += piece.endswith(b"\n")
    if not taken and not note:
        if offset == 1:
            return "[The file is empty.]"
        raise ToolError(f"{path}: has fewer than {offset} lines.")
    text = taken.decode("utf-8", "replace")
    return f"{text.rstrip(chr(10))}\n\n{note}" if note else text


def _cut_note(taken: bytearray, piece: bytes, room: int, offset: int, line: int) -> str:
    """Say where the size cap fell; a single line over the cap is shown as far as it goes."""
    last_newline = taken.rfind(b"\n")
    if last_newline < 0:
        # The decoder leaves out a character that the cut goes through.
        taken += getincrementaldecoder("utf-8")("replace").decode(piece[:room]).encode()
        return f"[Truncated: line {offset} is longer than {MAX_OUTPUT_BYTES} bytes. Continue with offset={offset + 1}.]"
    del taken[last_newline + 1 :]
    return f"[Truncated at {MAX_OUTPUT_BYTES} bytes. Continue with offset={line}.]"


def _is_binary(head: bytes) -> bool:
    if b"\x00" in head:
        return True
    broken = head.decode("utf-8", "replace").count("\ufffd")
    return broken > max(3, len(head) * _MAX_BROKEN_SHARE)


def register(registry: Registry) -> None:
    """Add the tool."""
    registry.add_tool(ReadTool(), source=__name__)
