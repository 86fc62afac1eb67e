"""Files that a task brings along: laid down in the workspace of whoever works on it, in a folder of the task's own."""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from openclaw.errors import ToolError
from openclaw.tools.workspace_path import reason
from openclaw.tools.workspace_write import MAX_WRITE_BYTES, place_of, replace_file

MAX_ATTACHMENTS = 20
#: Bytes of all of a task's files together.
MAX_ALL_BYTES = 5 * 1024 * 1024
FOLDER = "attachments"

ATTACHMENT_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 120},
        "content": {"type": "string"},
        "encoding": {"type": "string", "enum": ["utf8", "base64"]},
        "mimeType": {"type": "string"},
    },
    "required": ["name", "content"],
    "additionalProperties": False,
}


def lay_down(workspace: Path, run_id: str, attachments: Sequence[dict[str, Any]]) -> list[str]:
    """Write the files; their paths in the workspace. Writing them again changes nothing. Raises ToolError."""
    files = [(_name(each["name"]), _content(each)) for each in attachments]
    names = [name for name, _ in files]
    if len(set(names)) < len(names):
        raise ToolError("Two attachments have the same name.")
    if sum(len(content) for _, content in files) > MAX_ALL_BYTES:
        raise ToolError(f"The attachments are larger than {MAX_ALL_BYTES} bytes together.")
    return [_write(workspace, f"{FOLDER}/{run_id}/{name}", content) for name, content in files]


def _name(name: str) -> str:
    """One path component of printable characters. Raises ToolError for anything else."""
    if name in {".", ".."} or "/" in name or "\\" in name or not name.isprintable():
        raise ToolError(f"{name!r} is no name for an attachment: leave folders out.")
    return name


def _content(attachment: dict[str, Any]) -> bytes:
    text: str = attachment["content"]
    try:
        raw = base64.b64decode(text, validate=True) if attachment.get("encoding") == "base64" else text.encode()
    except (binascii.Error, UnicodeEncodeError, ValueError):
        raise ToolError(f"{attachment['name']}: its content is not {attachment.get('encoding', 'utf8')}.") from None
    if len(raw) > MAX_WRITE_BYTES:
        raise ToolError(f"{attachment['name']}: is larger than {MAX_WRITE_BYTES} bytes.")
    return raw


def _write(workspace: Path, path: str, raw: bytes) -> str:
    try:
        with place_of(workspace, path, make_folders=True) as place:
            replace_file(place.folder, place.name, raw)
            return os.fspath(place.inside)
    except OSError as error:
        raise ToolError(f"{path}: cannot be written ({reason(error)}).") from None
