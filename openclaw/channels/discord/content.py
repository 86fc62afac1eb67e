"""What a message says and holds, as text and files, after the message object of Discord's API (resources/message)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from openclaw.channel_kit.shapes import integer, maybe_obj, objects, string, text
from openclaw.domain.envelope import FileKind, RemoteFile

#: How much of a quoted or forwarded message, and of an embed, the model is shown.
_QUOTE_CHARS = 500
_USER = re.compile(r"<@!?(\d+)>")
_OWN_EMOJI = re.compile(r"<a?:(\w+):\d+>")
#: A flag of messages: what is attached was spoken.
_IS_VOICE_MESSAGE = 1 << 13


def said(message: dict[str, Any], bot_id: str) -> str:
    """What a message says, with what is no text as lines of text; empty for one that says nothing. Raises Malformed."""
    lines = [f"<media:{file.kind}>" for file in files_of(message)]
    lines += [_readable(message, bot_id)]
    lines += [f"[Sticker: {string(sticker, 'name')}]" for sticker in objects(message, "sticker_items")]
    lines += _poll(maybe_obj(message, "poll"))
    lines += [_embed(embed) for embed in objects(message, "embeds")]
    lines += _forwarded(message)
    return "\n".join(line for line in lines if line)


def files_of(message: dict[str, Any]) -> tuple[RemoteFile, ...]:
    """What is attached to a message. Raises Malformed."""
    flags = integer(message, "flags") if message.get("flags") is not None else 0
    spoken = bool(flags & _IS_VOICE_MESSAGE)
    return tuple(_file(attachment, spoken=spoken) for attachment in objects(message, "attachments"))


def quoted(message: dict[str, Any]) -> tuple[str, str]:
    """Who wrote the message that this one answers, and what it said; empty for one that answers none, or is gone."""
    original = maybe_obj(message, "referenced_message")
    if not original:
        return "", ""
    author = maybe_obj(original, "author")
    return text(author, "global_name") or text(author, "username"), said(original, "")[:_QUOTE_CHARS]


def with_quote(words: str, name: str, quote: str) -> str:
    """The words, and below them what they answer. A command stays alone, else intake would not know it."""
    return (
        words
        if not quote or words.startswith("/")
        else f"{words}\n\n[In reply to {name or 'a message'}]\n{_lines(quote)}"
    )


def _readable(message: dict[str, Any], bot_id: str) -> str:
    """The content with the names of people and emojis in place of their ids, and without the bot's in front."""
    content = text(message, "content")
    if bot_id:
        # What is left may be a command.
        content = re.sub(rf"\A\s*<@!?{bot_id}>[\s,:]*", "", content, count=1) or content
    names = {string(user, "id"): _name(user) for user in objects(message, "mentions")}
    content = _USER.sub(lambda found: f"@{names[found[1]]}" if names.get(found[1]) else found[0], content)
    return _OWN_EMOJI.sub(r":\1:", content).strip()


def _name(user: dict[str, Any]) -> str:
    return text(maybe_obj(user, "member"), "nick") or text(user, "global_name") or text(user, "username")


def _file(attachment: dict[str, Any], *, spoken: bool) -> RemoteFile:
    mime = text(attachment, "content_type").partition(";")[0].strip()
    return RemoteFile(
        ref=string(attachment, "url"),
        kind="voice" if spoken else _KINDS.get(mime.partition("/")[0], "document"),
        mime=mime,
        name=text(attachment, "filename"),
        size_bytes=integer(attachment, "size"),
    )


_KINDS: dict[str, FileKind] = {"image": "image", "video": "video", "audio": "audio"}


def _poll(poll: dict[str, Any]) -> Iterator[str]:
    if poll:
        yield f"[Poll: {text(maybe_obj(poll, 'question'), 'text')}]"
        yield from (f"• {text(maybe_obj(answer, 'poll_media'), 'text')}" for answer in objects(poll, "answers"))


def _embed(embed: dict[str, Any]) -> str:
    words = ": ".join(part for part in (text(embed, "title"), text(embed, "description")) if part)
    return f"[Embed: {words[:_QUOTE_CHARS]}]" if words else ""


def _forwarded(message: dict[str, Any]) -> Iterator[str]:
    for snapshot in objects(message, "message_snapshots"):
        words = said(maybe_obj(snapshot, "message"), "")
        if words:
            yield f"[Forwarded message]\n{_lines(words[:_QUOTE_CHARS])}"


def _lines(words: str) -> str:
    return "\n".join(f"> {line}" for line in words.splitlines())
