"""The files of a message, after https://docs.slack.dev/reference/objects/file-object."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from openclaw.channel_kit.shapes import objects
from openclaw.channel_kit.shapes import text as text_of
from openclaw.domain.envelope import FileKind, RemoteFile

#: Files that Slack does not hold, or does not show any more.
_NOT_HELD = frozenset({"external", "tombstone", "hidden_by_limit"})
#: A longer address is not kept: the file is found by its id.
_MAX_REF_CHARS = 300
_KINDS: dict[str, FileKind] = {"image": "image", "audio": "audio", "video": "video"}
#: Slack's own recordings; those of sound alone may call themselves video.
_RECORDED: dict[str, FileKind] = {"slack_audio": "voice", "slack_video": "video"}


def files_of(message: dict[str, Any]) -> tuple[RemoteFile, ...]:
    """What a worker can fetch, in the message's order. Raises Malformed."""
    return tuple(
        RemoteFile(_ref(file), _kind(file), _mime(file), text_of(file, "name"), _size(file))
        for file in objects(message, "files")
        if text_of(file, "mode") not in _NOT_HELD and _ref(file)
    )


def placeholders(message: dict[str, Any]) -> Iterator[str]:
    """A line for each file, and the address of those that are elsewhere. Raises Malformed."""
    for file in objects(message, "files"):
        mode = text_of(file, "mode")
        if mode == "external":
            yield " ".join(part for part in (text_of(file, "title"), text_of(file, "external_url")) if part)
        else:
            yield f"<media:{_kind(file)}>"


def _ref(file: dict[str, Any]) -> str:
    """Where it is; what was shared from another workspace may only be asked for by its id."""
    url = text_of(file, "url_private_download") or text_of(file, "url_private")
    return url if url and len(url) <= _MAX_REF_CHARS else text_of(file, "id")


def _kind(file: dict[str, Any]) -> FileKind:
    recorded = _RECORDED.get(text_of(file, "subtype"))
    return recorded or _KINDS.get(text_of(file, "mimetype").partition("/")[0], "document")


def _mime(file: dict[str, Any]) -> str:
    mime = text_of(file, "mimetype")
    return mime.replace("video/", "audio/", 1) if _kind(file) == "voice" else mime


def _size(file: dict[str, Any]) -> int:
    size = file.get("size")
    return size if isinstance(size, int) and not isinstance(size, bool) and size >= 0 else 0
