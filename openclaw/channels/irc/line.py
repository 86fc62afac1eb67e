"""One line of the protocol: read from bytes, written without a way to smuggle in another. Pure.

RFC 2812, 2.3, with tags after https://ircv3.net/specs/extensions/message-tags.
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass, field

_TAG_ESCAPES = {":": ";", "s": " ", "\\": "\\", "r": "\r", "n": "\n"}
_FORBIDDEN = ("\r", "\n", "\x00")

#: What counts as the same letter, by the word that a server says in 005 CASEMAPPING.
_FOLDS = {
    "ascii": str.maketrans(string.ascii_uppercase, string.ascii_lowercase),
    "rfc1459": str.maketrans(string.ascii_uppercase + "[]\\~", string.ascii_lowercase + "{}|^"),
    "rfc1459-strict": str.maketrans(string.ascii_uppercase + "[]\\", string.ascii_lowercase + "{}|"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A command with its parameters, from whom, and its tags."""

    command: str
    params: tuple[str, ...] = ()
    prefix: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def nick(self) -> str:
        """Who sent it, without user and host."""
        return self.prefix.partition("!")[0]

    @property
    def last(self) -> str:
        """The last parameter, which may hold spaces; empty when there is none."""
        return self.params[-1] if self.params else ""

    def param(self, place: int) -> str:
        """A parameter; empty when there is none."""
        return self.params[place] if place < len(self.params) else ""


class NotALine(ValueError):
    """A parameter would end the line or begin another one."""


def parse_line(raw: bytes) -> Line | None:
    """Read a line without its end; ``None`` for one without a command. What is no UTF-8 is taken as Latin-1."""
    rest = _decoded(raw).replace("\x00", "")
    tags: dict[str, str] = {}
    prefix = ""
    if rest.startswith("@"):
        raw_tags, _, rest = rest[1:].partition(" ")
        tags = _tags(raw_tags)
    rest = rest.lstrip(" ")
    if rest.startswith(":"):
        prefix, _, rest = rest[1:].partition(" ")
    middle, colon, trailing = rest.lstrip(" ").partition(" :")
    words = middle.split()
    if not words:
        return None
    return Line(words[0].upper(), (*words[1:], *((trailing,) if colon else ())), prefix, tags)


def format_line(command: str, *params: str) -> bytes:
    """A line with its end; the last parameter may hold spaces. Raises NotALine."""
    for param in params:
        if any(char in param for char in _FORBIDDEN):
            raise NotALine("a parameter holds an end of line")
    *middle, last = params or ("",)
    if any(not param or " " in param or param.startswith(":") for param in middle):
        raise NotALine("a parameter in the middle is empty, holds a space or begins with a colon")
    if params:
        plain = last and " " not in last and not last.startswith(":") and command != "PRIVMSG"
        middle.append(last if plain else f":{last}")
    return " ".join((command, *middle)).encode("utf-8", "replace") + b"\r\n"


def fold(name: str, casemapping: str) -> str:
    """A nick's or a room's name in small letters, as the server compares them."""
    return name.translate(_FOLDS.get(casemapping, _FOLDS["rfc1459"]))


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _tags(raw: str) -> dict[str, str]:
    found = {}
    for part in raw.split(";"):
        name, _, value = part.partition("=")
        if name:
            found[name] = _unescaped(value)
    return found


def _unescaped(value: str) -> str:
    if "\\" not in value:
        return value
    out, chars = [], iter(value)
    for char in chars:
        if char == "\\":
            following = next(chars, "")
            out.append(_TAG_ESCAPES.get(following, following))
        else:
            out.append(char)
    return "".join(out)
