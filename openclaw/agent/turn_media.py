"""The files of a turn's conversation: shown to a model that sees, else as words, which are made away from the turn."""

from __future__ import annotations

import base64
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from openclaw.agent.turn_log import Suspended, TurnLog
from openclaw.domain.media import files_in, is_picture, shown
from openclaw.domain.transcript import ImageBlock, MediaBlock, Message
from openclaw.errors import RedisUnavailable
from openclaw.ports.media_files import MediaNote, MediaState
from openclaw.ports.provider import ModelInfo
from openclaw.ports.store import Wait

log = logging.getLogger(__name__)

#: What the wait for a file's words is called.
WAIT = "media"
#: How long a turn waits for them, in milliseconds: the slowest look at a file, and its queue.
WAIT_MS = 90_000
#: Pictures of a larger file are told of and not shown. Bytes; Anthropic's limit for one.
PICTURE_BYTES = 5 * 1024 * 1024


@dataclass(slots=True)
class TurnMedia:
    """Costs nothing where no file came."""

    log: TurnLog
    _notes: dict[str, MediaNote] = field(default_factory=dict)
    _pictures: dict[str, ImageBlock | None] = field(default_factory=dict)

    def wait(self, info: ModelInfo) -> Suspended | None:
        """Park the turn until its files and the words for them are there, once."""
        files = files_in(self.log.history)
        remote = [block.id for block in files if self._state(block.id) is MediaState.REMOTE]
        wanted = [block.id for block in files if not (sees(info) and is_picture(block))]
        missing = [id_ for id_ in wanted if self._state(id_) in (MediaState.NEW, MediaState.REMOTE)]
        waited = self.log.claim.wait
        if not (missing or remote) or (waited is not None and waited.kind == WAIT):
            return None
        run = self.log
        wait = Wait(wait_id(run.claim.run_id), WAIT, "", {"files": missing, "fetch": remote}, run.now_ms() + WAIT_MS)
        parked = run.park(wait)
        if parked is not None:
            try:
                run.parts.look_at_files(run.claim.run_id)
            except RedisUnavailable as error:
                log.warning("run %s waits in vain for the words for its files: %s", run.claim.run_id, error)
        return parked

    def shown(self, messages: Sequence[Message], info: ModelInfo) -> tuple[Message, ...]:
        """The conversation as this model may have it."""
        files = files_in(messages)
        if not files:
            return tuple(messages)
        messages = [self._as_found(message) for message in messages]
        files = files_in(messages)
        said = {block.id: note.text for block in files if (note := self._note(block.id)) is not None}
        return shown(messages, said, self._picture, sees=sees(info))

    def _as_found(self, message: Message) -> Message:
        """The message with its files as what they turned out to be: a platform's word is not always right."""
        kinds = {block.id: note.mime for block in files_in([message]) if (note := self._note(block.id)) is not None}
        if all(kinds.get(block.id, block.mime) == block.mime for block in files_in([message])):
            return message
        blocks = (
            replace(block, mime=kinds.get(block.id, block.mime)) if isinstance(block, MediaBlock) else block
            for block in message.blocks
        )
        return replace(message, blocks=tuple(blocks))

    def _state(self, media_id: str) -> MediaState | None:
        note = self._note(media_id)
        return note.state if note is not None else None

    def _note(self, media_id: str) -> MediaNote | None:
        if media_id not in self._notes:
            unknown = [block.id for block in files_in(self.log.history) if block.id not in self._notes]
            self._notes |= self.log.parts.files.notes(unknown)
        return self._notes.get(media_id)

    def _picture(self, block: MediaBlock) -> ImageBlock | None:
        if block.id not in self._pictures:
            content = self.log.parts.files.content(block.id)
            fits = content is not None and len(content) <= PICTURE_BYTES
            data = base64.b64encode(content).decode() if content is not None and fits else ""
            self._pictures[block.id] = ImageBlock(block.mime, data) if data else None
        return self._pictures[block.id]


def sees(info: ModelInfo) -> bool:
    """Whether a model takes pictures."""
    return "image" in info.input_kinds


def wait_id(run_id: str) -> str:
    """What the wait of a run for the words of its files is called."""
    return f"{run_id}:{WAIT}"
