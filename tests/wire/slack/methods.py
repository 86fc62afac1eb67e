"""What a local workspace does with each method of the Web API, as strict as https://docs.slack.dev/reference/methods."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.wire.slack.mrkdwn import NotMrkdwn, parse

BOT_USER = "U0BOTBOT1"
MAX_TEXT, MAX_SECTION, MAX_STREAM, MAX_BUTTONS, MAX_MARKDOWN = 4_000, 3_000, 12_000, 25, 12_000
_TS = re.compile(r"\d{10}\.\d{6}")


class Refused(Exception):
    """``ok`` is false, and this is the ``error``."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


@dataclass
class Message:
    """What a conversation holds."""

    ts: str
    channel: str
    text: str
    thread_ts: str | None
    blocks: list[dict[str, Any]] = field(default_factory=list)
    streaming: bool = False

    @property
    def visible(self) -> str:
        in_blocks = "".join(block["text"] for block in self.blocks if block["type"] == "markdown")
        return in_blocks or parse(self.text)


class Workspace:
    """Conversations, messages, reactions and files."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.channels = {"D42", "C100", "G300"}
        self.archived = {"C200"}
        self.messages: dict[tuple[str, str], Message] = {}
        self.reactions: set[tuple[str, str, str]] = set()
        #: Uploads by id: what was announced, then what came.
        self.announced: dict[str, int] = {}
        self.uploaded: dict[str, bytes] = {}
        #: Shared files: the payload that shared each.
        self.shared: list[dict[str, Any]] = []
        self._count = 0

    def upload(self, file_id: str, content: bytes) -> bool:
        if self.announced.get(file_id) != len(content):
            return False
        self.uploaded[file_id] = content
        return True

    def conversation(self, name: str) -> str:
        """The id of a conversation that the bot is in. Raises Refused."""
        if name in self.archived:
            raise Refused("is_archived")
        if name == "U42":
            return "D42"
        if name not in self.channels:
            raise Refused("channel_not_found")
        return name

    def message(self, payload: dict[str, Any], key: str = "ts") -> Message:
        channel = payload.get("channel", "")
        if channel not in self.channels:
            raise Refused("channel_not_found")
        found = self.messages.get((channel, payload.get(key, "")))
        if found is None:
            raise Refused("message_not_found")
        return found

    def add(self, channel: str, text: str, payload: dict[str, Any], *, streaming: bool = False) -> Message:
        thread = payload.get("thread_ts")
        if thread is not None and not _TS.fullmatch(thread):
            raise Refused("invalid_thread_ts")
        with self._lock:
            self._count += 1
            ts = f"1700000000.{self._count:06d}"
            made = Message(ts, channel, text, thread, payload.get("blocks", []), streaming)
            self.messages[channel, ts] = made
        return made

    def next_file(self, length: int) -> str:
        with self._lock:
            file_id = f"F{len(self.announced) + 1:08d}"
            self.announced[file_id] = length
        return file_id


def _text(payload: dict[str, Any], max_bytes: int = 0) -> str:
    text = payload.get("text")
    if not isinstance(text, str) or not text.strip():
        raise Refused("no_text")
    try:
        parse(text)
    except NotMrkdwn as error:
        raise Refused(f"not_mrkdwn_{error}".replace(" ", "_")) from None
    if len(text) > MAX_TEXT and not payload.get("blocks"):
        # Slack would make several messages of it.
        raise Refused("msg_would_be_split")
    if max_bytes and len(text.encode()) > max_bytes:
        raise Refused("msg_too_long")
    return text


def _check_blocks(blocks: list[dict[str, Any]]) -> None:
    for block in blocks:
        match block["type"]:
            case "markdown":
                right = 0 < len(block["text"]) <= MAX_MARKDOWN
            case "section":
                right = 0 < len(block["text"]["text"]) <= MAX_SECTION
            case "actions":
                right = 0 < len(block["elements"]) <= MAX_BUTTONS
                right = right and all(
                    len(each["text"]["text"]) <= 75 and len(each["value"]) <= 2000 for each in block["elements"]
                )
            case _:
                right = False
        if not right:
            raise Refused("invalid_blocks")


def _post(workspace: Workspace, payload: dict[str, Any], _base: str) -> dict[str, Any]:
    channel = workspace.conversation(payload.get("channel", ""))
    _check_blocks(payload.get("blocks", []))
    made = workspace.add(channel, _text(payload), payload)
    return {"channel": channel, "ts": made.ts, "message": {"text": made.text, "bot_id": "B1", "user": BOT_USER}}


def _update(workspace: Workspace, payload: dict[str, Any], _base: str) -> dict[str, Any]:
    found = workspace.message(payload)
    _check_blocks(payload.get("blocks", []))
    found.text = _text(payload, 4_000)
    # Blocks stay only where no text is given.
    found.blocks = payload.get("blocks", [])
    return {"channel": found.channel, "ts": found.ts, "text": found.text}


def _delete(workspace: Workspace, payload: dict[str, Any], _base: str) -> dict[str, Any]:
    found = workspace.message(payload)
    del workspace.messages[found.channel, found.ts]
    return {"channel": found.channel, "ts": found.ts}


def _add_reaction(workspace: Workspace, payload: dict[str, Any], _base: str) -> dict[str, Any]:
    reaction = _reaction(workspace, payload)
    if reaction in workspace.reactions:
        raise Refused("already_reacted")
    workspace.reactions.add(reaction)
    return {}


def _remove_reaction(workspace: Workspace, payload: dict[str, Any], _base: str) -> dict[str, Any]:
    reaction = _reaction(workspace, payload)
    if reaction not in workspace.reactions:
        raise Refused("no_reaction")
    workspace.reactions.remove(reaction)
    return {}


def _reaction(workspace: Workspace, payload: dict[str, Any]) -> tuple[str, str, str]:
    if not re.fullmatch(r"[a-z0-9_+-]+", payload.get("name", "")):
        raise Refused("invalid_name")
    if payload.get("channel") not in workspace.channels:
        raise Refused("channel_not_found")
    return payload["channel"], payload["timestamp"], payload["name"]


def _open_conversation(workspace: Workspace, payload: dict[str, Any], _base: str) -> dict[str, Any]:
    return {"channel": {"id": workspace.conversation(payload["users"])}}


def _upload_url(workspace: Workspace, payload: dict[str, Any], base: str) -> dict[str, Any]:
    if not payload.get("filename") or not payload.get("length", "").isdigit():
        raise Refused("invalid_arguments")
    file_id = workspace.next_file(int(payload["length"]))
    return {"upload_url": f"{base}/upload/{file_id}", "file_id": file_id}


def _complete_upload(workspace: Workspace, payload: dict[str, Any], _base: str) -> dict[str, Any]:
    files = json.loads(payload["files"])
    if payload.get("channel_id") not in workspace.channels:
        raise Refused("channel_not_found")
    if not all(each["id"] in workspace.uploaded for each in files):
        raise Refused("file_not_found")
    workspace.shared.append(payload)
    return {"files": files}


def _file_info(_workspace: Workspace, payload: dict[str, Any], base: str) -> dict[str, Any]:
    if payload.get("file") != "F0SHARED":
        raise Refused("file_not_found")
    return {"file": {"id": "F0SHARED", "url_private_download": f"{base}/files-pri/shared"}}


def _status(workspace: Workspace, payload: dict[str, Any], _base: str) -> dict[str, Any]:
    workspace.conversation(payload["channel_id"])
    if not _TS.fullmatch(payload.get("thread_ts", "")):
        raise Refused("invalid_thread_ts")
    return {}


def _start_stream(workspace: Workspace, payload: dict[str, Any], _base: str) -> dict[str, Any]:
    channel = workspace.conversation(payload["channel"])
    if "thread_ts" not in payload or (channel[0] != "D" and "recipient_user_id" not in payload):
        raise Refused("invalid_arguments")
    made = workspace.add(channel, payload.get("markdown_text", ""), payload, streaming=True)
    return {"channel": channel, "ts": made.ts}


def _append_stream(workspace: Workspace, payload: dict[str, Any], _base: str) -> dict[str, Any]:
    found = _streaming(workspace, payload)
    if not 0 < len(payload["markdown_text"]) <= MAX_STREAM:
        raise Refused("msg_too_long")
    found.text += payload["markdown_text"]
    return {"channel": found.channel, "ts": found.ts}


def _stop_stream(workspace: Workspace, payload: dict[str, Any], _base: str) -> dict[str, Any]:
    found = _streaming(workspace, payload)
    found.streaming = False
    return {"channel": found.channel, "ts": found.ts}


def _streaming(workspace: Workspace, payload: dict[str, Any]) -> Message:
    found = workspace.message(payload)
    if not found.streaming:
        raise Refused("message_not_in_streaming_state")
    return found


def _who(_workspace: Workspace, _payload: dict[str, Any], base: str) -> dict[str, Any]:
    who = {"user": "clawd", "user_id": BOT_USER, "bot_id": "B1", "team": "Reef", "team_id": "T1"}
    return who | {"url": base}


TABLE: dict[str, Callable[[Workspace, dict[str, Any], str], dict[str, Any]]] = {
    "assistant.threads.setStatus": _status,
    "auth.test": _who,
    "chat.appendStream": _append_stream,
    "chat.delete": _delete,
    "chat.postMessage": _post,
    "chat.startStream": _start_stream,
    "chat.stopStream": _stop_stream,
    "chat.update": _update,
    "conversations.open": _open_conversation,
    "files.completeUploadExternal": _complete_upload,
    "files.getUploadURLExternal": _upload_url,
    "files.info": _file_info,
    "reactions.add": _add_reaction,
    "reactions.remove": _remove_reaction,
}
