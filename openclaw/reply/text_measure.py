"""How long a text is as a platform counts it."""

from __future__ import annotations

from collections.abc import Callable

from openclaw.ports.channel import TextUnit

#: The length of a text in some unit; never less than its number of characters, and additive.
Measure = Callable[[str], int]


def utf16_units(text: str) -> int:
    """UTF-16 code units: characters beyond the basic plane count twice."""
    return len(text) + sum(1 for char in text if char > "\uffff")


def utf8_bytes(text: str) -> int:
    """Bytes in UTF-8."""
    return len(text.encode("utf-8", "surrogatepass"))


MEASURES: dict[TextUnit, Measure] = {"code-points": len, "utf-16": utf16_units, "utf-8": utf8_bytes}
