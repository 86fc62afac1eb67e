"""Files that came with messages, as a model is shown them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from openclaw.domain.transcript import Block, ImageBlock, MediaBlock, Message, TextBlock
from openclaw.domain.untrusted import one_line, untrusted_block

#: Pictures that every vendor takes.
PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
#: The largest picture that somebody looks at. Bytes; OpenClaw's.
LOOKED_AT_BYTES = 10 * 1024 * 1024
#: The newest pictures of a conversation that a model sees; of older ones it is told.
SHOWN_PICTURES = 8
_NAME_CHARS = 80


def is_picture(block: MediaBlock) -> bool:
    return block.mime in PICTURES


def files_in(messages: Sequence[Message]) -> list[MediaBlock]:
    """Every file of a conversation, oldest first."""
    return [block for message in messages for block in message.blocks if isinstance(block, MediaBlock)]


def shown(
    messages: Sequence[Message],
    said: Mapping[str, str],
    picture: Callable[[MediaBlock], ImageBlock | None],
    *,
    sees: bool,
) -> tuple[Message, ...]:
    """The conversation with its files as a model may have them: pictures for one that ``sees``, else words.

    ``said`` is what is known of files, by id. The same conversation gives the same text, so that prompt caches hit.
    """
    pictures = [block.id for block in files_in(messages) if is_picture(block)][-SHOWN_PICTURES:] if sees else []

    def as_shown(block: Block) -> Block:
        if not isinstance(block, MediaBlock):
            return block
        seen = picture(block) if block.id in pictures else None
        return seen or TextBlock(_told(block, said.get(block.id, "")))

    return tuple(
        replace(message, blocks=tuple(map(as_shown, message.blocks)))
        if any(isinstance(block, MediaBlock) for block in message.blocks)
        else message
        for message in messages
    )


def _told(block: MediaBlock, text: str) -> str:
    name = one_line(f"{block.mime} {block.name}", _NAME_CHARS)
    if not text:
        return f"[The file {name} is not shown.]"
    # Fenced by the file's own id, which whoever made the file did not know: new marks would change the prompt.
    return f"[The file {name} holds:]\n{untrusted_block(text, block.id)}"
