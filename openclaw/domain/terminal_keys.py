"""Keys by name, as the bytes that a terminal sends for them."""

from __future__ import annotations

from collections.abc import Sequence

_NAMED = {
    "enter": b"\r",
    "tab": b"\t",
    "escape": b"\x1b",
    "space": b" ",
    "backspace": b"\x7f",
    "delete": b"\x1b[3~",
    "insert": b"\x1b[2~",
    "up": b"\x1b[A",
    "down": b"\x1b[B",
    "right": b"\x1b[C",
    "left": b"\x1b[D",
    "home": b"\x1b[H",
    "end": b"\x1b[F",
    "pageup": b"\x1b[5~",
    "pagedown": b"\x1b[6~",
    **{f"f{n}": code for n, code in enumerate((b"\x1bOP", b"\x1bOQ", b"\x1bOR", b"\x1bOS"), start=1)},
}
_ALIASES = {"return": "enter", "esc": "escape", "bs": "backspace", "del": "delete"}


def keys_of(names: Sequence[str]) -> bytes:
    """The bytes of keys such as ``Enter``, ``C-c``, ``M-x``, ``Up`` or a single character. Raises ValueError."""
    return b"".join(map(_key, names))


def _key(name: str) -> bytes:
    lowered = name.lower()
    known = _NAMED.get(_ALIASES.get(lowered, lowered))
    if known is not None:
        return known
    if lowered.startswith("c-") and len(name) == len("C-x") and "@" <= name[2].upper() <= "_":
        return bytes([ord(name[2].upper()) & 0x1F])
    if lowered.startswith("m-") and len(name) > len("M-"):
        return b"\x1b" + _key(name[2:])
    if len(name) == 1:
        return name.encode()
    raise ValueError(f"there is no key {name!r}; keys are Enter, Tab, Escape, Up, C-c, M-x and single characters")
