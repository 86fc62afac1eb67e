"""Inbound rows as the user messages of a turn."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from openclaw.domain.compaction import COMPACT
from openclaw.domain.dials import SESSION_OPTIONS
from openclaw.domain.envelope import ReplyRoute
from openclaw.domain.mention_gate import Overheard, overheard_block
from openclaw.domain.queue_mode import collected_text, overflow_block
from openclaw.domain.system_events import SystemEvent, events_block
from openclaw.domain.transcript import MediaBlock, Message, blocks_to_json, messages_from_json, user_text
from openclaw.store.models import inbound
from openclaw.store.rows import AnyRow

#: How much of a conversation a claim reads, in entries. One that grows longer has been compacted before.
HISTORY_ENTRIES = 2000
#: The role of an entry that stands for the older part of its conversation.
COMPACTION = "compaction"
#: The options that become transcript entries; a run does not keep them.
HISTORY, PREFACE = "history", "preface"

#: What becoming part of a turn returns of a message.
CONTENT = (
    inbound.c.ordinal,
    inbound.c.run_id,
    inbound.c.mode,
    inbound.c.text,
    inbound.c.media,
    inbound.c.route,
    inbound.c.options,
    inbound.c.sender_id,
    inbound.c.sender_name,
    inbound.c.sender_key,
    inbound.c.message_id,
    inbound.c.accepted_at_ms,
)


@dataclass(frozen=True, slots=True)
class Opening:
    """The beginning of a turn: what was said before it, and what it begins with."""

    history: tuple[Message, ...]
    messages: tuple[Message, ...]
    #: The run's own.
    options: dict[str, Any]

    @property
    def size(self) -> int:
        return len(self.history) + len(self.messages)


def message_text(row: AnyRow) -> str:
    """The text with a placeholder line for every file, unless the channel has put its own there."""
    if row.text.startswith("<media:"):
        return str(row.text)
    files = [f"<media:{' '.join(part for part in (m['mime'], m['name']) if part)}>" for m in row.media]
    return "\n".join(part for part in (row.text, *files) if part)


def turn_message(rows: Sequence[AnyRow], dropped: Sequence[str], dropped_total: int, cap: int) -> Message:
    """The one user message of a turn; ``dropped`` are the newest of ``dropped_total`` texts it shall hear of."""
    missing = [""] * max(0, dropped_total - len(dropped))
    text = collected_text([message_text(row) for row in rows], overflow_block([*missing, *dropped], cap))
    return Message("user", (*user_text(text).blocks, *media_blocks(rows)))


def media_blocks(rows: Sequence[AnyRow]) -> tuple[MediaBlock, ...]:
    """The files of messages, in their order. Those that a platform has not handed over have no id."""
    return tuple(MediaBlock(m["id"], m["mime"], m["name"]) for row in rows for m in row.media if m["id"])


def steered_message(row: AnyRow) -> Message:
    """A message that is taken into a running turn."""
    return Message("user", (*user_text(message_text(row)).blocks, *media_blocks([row])))


def after_events(message: Message, heard: Sequence[SystemEvent], total: int) -> Message:
    """The turn's message behind the newest system events, of ``total`` that came."""
    return _after(events_block(heard, total, secrets.token_hex(8)), message)


def after_overheard(message: Message, overheard: Sequence[Overheard]) -> Message:
    """The turn's message behind what was said before it, and not to the assistant."""
    return _after(overheard_block(overheard, secrets.token_hex(8)), message) if overheard else message


def _after(block: str, message: Message) -> Message:
    files = tuple(block for block in message.blocks if isinstance(block, MediaBlock))
    return Message("user", (*user_text(f"{block}\n\n{message.text}").blocks, *files))


def turn_facts(rows: Sequence[AnyRow]) -> dict[str, Any]:
    """What is stored beside the message: the head's idempotency key, its sender, the platform's ids, the files."""
    head = rows[0]
    facts: dict[str, Any] = {"idempotencyKey": head.run_id, "sender": {"id": head.sender_id, "name": head.sender_name}}
    message_ids = [row.message_id for row in rows if row.message_id]
    if message_ids:
        facts["messageIds"] = message_ids
    media = [file for row in rows for file in row.media]
    if media:
        facts["media"] = media
    return facts


def says_nothing(rows: Sequence[AnyRow]) -> bool:
    """Whether the turn is about its conversation and adds nothing to it."""
    return COMPACT in rows[-1].options


def turn_opening(
    rows: Sequence[AnyRow], message: Message, settings: Mapping[str, Any], *, conversation_is_empty: bool
) -> Opening:
    """What a turn adds to the conversation before the model is asked, and the options it goes by.

    Options of the last message may bring the conversation so far, which only an empty one takes, and messages that
    come before this one's text. With the latter, a message without a text of its own adds none.
    """
    options = rows[-1].options
    preface = messages_from_json(options.get(PREFACE, ()))
    history = messages_from_json(options.get(HISTORY, ())) if conversation_is_empty else ()
    said = (*preface, message) if message.text or not preface else preface
    return Opening(
        history=history[-HISTORY_ENTRIES:],
        messages=() if says_nothing(rows) else said,
        options={
            **{name: settings[name] for name in SESSION_OPTIONS if settings.get(name)},
            **{name: value for name, value in options.items() if name not in (HISTORY, PREFACE)},
        },
    )


def turn_route(rows: Sequence[AnyRow]) -> ReplyRoute:
    """The route of the first message that has a target."""
    routes = [ReplyRoute.from_json(row.route) for row in rows]
    return next((route for route in routes if route.target), routes[0])


def transcript_row(
    session_id: int, session_uuid: str, run_id: str, seq: int, message: Message, facts: Mapping[str, Any], now_ms: int
) -> dict[str, Any]:
    """One row of the transcript."""
    return {
        "session_id": session_id,
        "seq": seq,
        "session_uuid": session_uuid,
        "entry_id": str(uuid.uuid4()),
        "role": message.role,
        "blocks": blocks_to_json(message.blocks),
        "run_id": run_id,
        "facts": dict(facts),
        "created_at_ms": now_ms,
    }
