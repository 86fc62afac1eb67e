"""What a data message says, as the model reads it. Pure.

After signal-cli's ``JsonDataMessage`` and the objects in it. A place is a link in the text already, and a long text has
been put together by signal-cli.
"""

from __future__ import annotations

from typing import Any

from openclaw.channel_kit.shapes import integer, maybe_obj, objects, text
from openclaw.channels.signal.names import Me
from openclaw.domain.envelope import FileKind, RemoteFile

#: How much of a quoted message the model is shown.
_QUOTE_CHARS = 500
#: What people write behind a name that begins a message.
_AFTER_SALUTATION = " \t\n,:"
_KINDS: dict[str, FileKind] = {"image": "image", "audio": "audio", "video": "video"}


def said(message: dict[str, Any], me: Me) -> str:
    """The whole message as text; empty for one that says nothing."""
    parts = [
        *(f"<media:{kind_of(each)}>" for each in objects(message, "attachments")),
        *(["<media:sticker>"] if message.get("sticker") is not None else []),
        *(_contact(each) for each in objects(message, "contacts")),
        _poll(maybe_obj(message, "pollCreate")),
        worded(message, "message", me).strip(),
        *(text(each, "caption").strip() for each in objects(message, "attachments")),
    ]
    whole = "\n".join(part for part in parts if part)
    # A command stays alone, else intake would not know it.
    return whole if not whole or whole.startswith("/") else whole + _quotation(maybe_obj(message, "quote"), me)


def files_of(message: dict[str, Any], chat: str) -> tuple[RemoteFile, ...]:
    """The files that signal-cli has fetched; what may be seen once only is left with it."""
    if message.get("viewOnce") is True:
        return ()
    return tuple(_file(each, chat) for each in objects(message, "attachments") if text(each, "id"))


def kind_of(attachment: dict[str, Any]) -> FileKind:
    """What an attachment is; a sound without a file's name was spoken into the phone."""
    kind = _KINDS.get(text(attachment, "contentType").partition("/")[0], "document")
    return "voice" if kind == "audio" and not text(attachment, "filename") else kind


def names_us(message: dict[str, Any], me: Me) -> bool:
    """Whether a message mentions us or quotes one of ours."""
    people = [*objects(message, "mentions"), _author(maybe_obj(message, "quote"))]
    return any(me.is_one_of(text(each, "number"), text(each, "uuid")) for each in people)


def worded(holder: dict[str, Any], key: str, me: Me) -> str:
    """A text with names for mentions, without ours in front: what is left may be a command.

    Signal counts in UTF-16 units, and has a placeholder where a mention is.
    """
    units, place, words, greeted = text(holder, key).encode("utf-16-le"), 0, "", False
    for mention in sorted(objects(holder, "mentions"), key=lambda each: integer(each, "start")):
        start, length = 2 * integer(mention, "start"), 2 * integer(mention, "length")
        if start < place or length <= 0 or start + length > len(units):
            continue
        words += units[place:start].decode("utf-16-le", "replace")
        place = start + length
        number, uuid = text(mention, "number"), text(mention, "uuid")
        if me.is_one_of(number, uuid) and not words.strip(_AFTER_SALUTATION):
            words, greeted = "", True
        else:
            words += f"@{number or uuid or text(mention, 'name')}"
    words += units[place:].decode("utf-16-le", "replace")
    return (words.lstrip(_AFTER_SALUTATION) or f"@{me.number}") if greeted else words


def _author(quote: dict[str, Any]) -> dict[str, Any]:
    return {"number": quote.get("authorNumber"), "uuid": quote.get("authorUuid")}


def _quotation(quote: dict[str, Any], me: Me) -> str:
    author = _author(quote)
    number, uuid = text(author, "number"), text(author, "uuid")
    words = worded(quote, "text", me).strip()[:_QUOTE_CHARS]
    if not words:
        return ""
    name = "you" if me.is_one_of(number, uuid) else number or uuid or "a message"
    lines = "\n".join(f"> {line}" for line in words.splitlines())
    return f"\n\n[In reply to {name}]\n{lines}"


def _contact(contact: dict[str, Any]) -> str:
    name = maybe_obj(contact, "name")
    parts = [text(name, key) for key in ("prefix", "given", "middle", "family", "suffix")]
    called = " ".join(part for part in parts if part) or text(name, "nickname") or text(contact, "organization")
    reached = [text(each, "value") for key in ("phone", "email") for each in objects(contact, key)]
    return f"[Contact] {', '.join(part for part in (called, *reached) if part)}"


def _poll(poll: dict[str, Any]) -> str:
    options = poll.get("options")
    lines = [f"- {option}" for option in options if isinstance(option, str)] if isinstance(options, list) else []
    return "\n".join([f"[Poll] {text(poll, 'question')}", *lines]) if poll else ""


def _file(attachment: dict[str, Any], chat: str) -> RemoteFile:
    size = attachment.get("size")
    return RemoteFile(
        f"{chat}/{text(attachment, 'id')}",
        kind_of(attachment),
        text(attachment, "contentType"),
        text(attachment, "filename"),
        size if isinstance(size, int) and size > 0 else 0,
    )
