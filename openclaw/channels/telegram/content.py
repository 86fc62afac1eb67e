"""What a message holds besides its text: files to fetch, and what is told in words.

After https://core.telegram.org/bots/api#message. A message has one of these kinds at most; only an animation also comes
as a document, and a venue also as a location.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from openclaw.channel_kit.shapes import Malformed, integer, maybe_obj, obj, objects, string
from openclaw.channel_kit.shapes import text as text_of
from openclaw.domain.envelope import FileKind, RemoteFile
from openclaw.domain.untrusted import one_line

#: How much is shown of a name, an address, a question or an answer to choose.
_LABEL_CHARS = 200


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of file: what it is for us, and its type where Telegram names none."""

    kind: FileKind
    mime: str = ""


#: In this order: an animation also comes as a document.
_FILES: dict[str, _Kind] = {
    "animation": _Kind("video", "video/mp4"),
    "photo": _Kind("image", "image/jpeg"),
    "video": _Kind("video", "video/mp4"),
    "video_note": _Kind("video", "video/mp4"),
    "voice": _Kind("voice", "audio/ogg"),
    "audio": _Kind("audio", "audio/mpeg"),
    "document": _Kind("document", "application/octet-stream"),
    "sticker": _Kind("sticker", "image/webp"),
}
#: Of a sticker's flags. An animated one is compressed Lottie.
_STICKERS = {"is_animated": "application/gzip", "is_video": "video/webm"}


def content_of(message: Mapping[str, Any]) -> str:
    """The text of a message with what stands for its media in front; empty for a service message. Raises Malformed."""
    parts = [_placeholder(message), _in_words(message), text_of(message, "text") or text_of(message, "caption")]
    return "\n".join(part for part in parts if part).strip()


def file_of(message: Mapping[str, Any]) -> RemoteFile | None:
    """The file that a message brings. Raises Malformed."""
    name = _file_kind(message)
    if name is None:
        return None
    file = _largest(message) if name == "photo" else obj(message, name)
    is_a = _FILES[name]
    mime = next((mime for flag, mime in _STICKERS.items() if file.get(flag) is True), is_a.mime)
    return RemoteFile(
        ref=string(file, "file_id"),
        kind=is_a.kind,
        mime=text_of(file, "mime_type") or mime,
        name=text_of(file, "file_name"),
        size_bytes=integer(file, "file_size") if file.get("file_size") is not None else 0,
    )


def _file_kind(message: Mapping[str, Any]) -> str | None:
    return next((kind for kind in _FILES if message.get(kind) is not None), None)


def _largest(message: Mapping[str, Any]) -> dict[str, Any]:
    """Of the sizes of one photo."""
    sizes = objects(message, "photo")
    if not sizes:
        raise Malformed("photo has no sizes")
    return max(sizes, key=lambda size: integer(size, "width") * integer(size, "height"))


def _placeholder(message: Mapping[str, Any]) -> str:
    kind = _file_kind(message)
    return "" if kind is None else f"<media:{kind}>"


def _in_words(message: Mapping[str, Any]) -> str:
    told = next((kind for kind in _WORDS if message.get(kind) is not None), None)
    return "" if told is None else f"[{_WORDS[told](obj(message, told))}]"


def _label(data: Mapping[str, Any], key: str) -> str:
    return one_line(text_of(data, key), _LABEL_CHARS)


def _place(location: Mapping[str, Any]) -> str:
    latitude, longitude = location.get("latitude"), location.get("longitude")
    for value in (latitude, longitude):
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise Malformed("a location has no latitude and longitude")
    return f"{latitude}, {longitude}"


def _location(location: Mapping[str, Any]) -> str:
    return f"{'Live location' if location.get('live_period') else 'Location'}: {_place(location)}"


def _venue(venue: Mapping[str, Any]) -> str:
    named = ", ".join(part for part in (_label(venue, "title"), _label(venue, "address")) if part)
    return f"Venue: {named} ({_place(obj(venue, 'location'))})"


def _contact(contact: Mapping[str, Any]) -> str:
    name = " ".join(part for part in (_label(contact, "first_name"), _label(contact, "last_name")) if part)
    return f"Contact: {name}, {_label(contact, 'phone_number')}"


def _poll(poll: Mapping[str, Any]) -> str:
    options = "".join(f"\n- {_label(option, 'text')}" for option in objects(poll, "options"))
    return f"{'Quiz' if poll.get('type') == 'quiz' else 'Poll'}: {_label(poll, 'question')}{options}"


def _dice(dice: Mapping[str, Any]) -> str:
    return f"Dice: {_label(dice, 'emoji')} {integer(dice, 'value')}"


def _sticker(sticker: Mapping[str, Any]) -> str:
    of_set = _label(sticker, "set_name")
    return f"Sticker: {_label(sticker, 'emoji')}{f' of the set {of_set}' if of_set else ''}"


def _game(game: Mapping[str, Any]) -> str:
    return f"Game: {_label(game, 'title')}"


def _story(story: Mapping[str, Any]) -> str:
    return f"Story of {_label(maybe_obj(story, 'chat'), 'title') or 'somebody'}"


#: In this order: a venue also comes as a location.
_WORDS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "sticker": _sticker,
    "contact": _contact,
    "poll": _poll,
    "venue": _venue,
    "location": _location,
    "dice": _dice,
    "game": _game,
    "story": _story,
}
