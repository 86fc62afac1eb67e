"""Files that a client sends with a message: checked here, kept in the database, and named by the message."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from openclaw.domain.envelope import MediaRef
from openclaw.errors import InvalidRequest
from openclaw.media.content_type import content_type
from openclaw.ports.media_files import MediaFiles

#: Files of one message.
MAX_FILES = 20
#: The largest file, and the largest picture. Bytes; OpenClaw's, and what ``hello-ok`` says.
MAX_BYTES, MAX_IMAGE_BYTES = 19_464_192, 6_291_456
_NAME_CHARS = 120


def keep_attachments(raw: Any, files: MediaFiles, now_ms: int) -> tuple[MediaRef, ...]:
    """Keep the files of a message. Raises InvalidRequest, with none kept, and StoreUnavailable."""
    found = [_read(index, each) for index, each in enumerate(raw or ())]
    if len(found) > MAX_FILES:
        raise InvalidRequest(f"attachments: at most {MAX_FILES} files")
    return tuple(files.keep(content, mime, name, now_ms) for content, mime, name in found)


def _read(index: int, raw: Any) -> tuple[bytes, str, str]:
    """One file: what it holds, its kind by its content, and its name."""
    where = f"attachments/{index}"
    if not isinstance(raw, Mapping) or not isinstance(raw.get("content"), str):
        raise InvalidRequest(f"invalid {where}: must be an object with content, as base64")
    text = raw["content"].partition("base64,")[2] if raw["content"].startswith("data:") else raw["content"]
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise InvalidRequest(f"invalid {where}: content is no base64") from None
    if not content:
        raise InvalidRequest(f"invalid {where}: is empty")
    name = "".join(char for char in str(raw.get("fileName") or "") if char.isprintable())[:_NAME_CHARS]
    mime = content_type(content, name=name, declared_mime=str(raw.get("mimeType") or "")).mime
    most = MAX_IMAGE_BYTES if mime.startswith("image/") else MAX_BYTES
    if len(content) > most:
        raise InvalidRequest(f"invalid {where}: is larger than {most} bytes")
    return content, mime, name
