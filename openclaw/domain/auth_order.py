"""In which order a vendor's credentials are tried. Pure.

A session stays with the one that answered it, its pin, for as long as that does not rest: the vendor keeps what it has
read of a conversation by account. Another one is taken from the order that somebody has given; behind those, logins
come before keys, which cost by the token, and of equals the one that was not asked for longest. What rests is passed
over by whoever asks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

LOGIN = "oauth"


class Credential(Protocol):
    """What of a credential its place depends on."""

    @property
    def name(self) -> str: ...

    @property
    def kind(self) -> str: ...

    @property
    def placed(self) -> bool: ...


def pin_of(provider: str, profile: str) -> str:
    """A session's pin; empty where the vendor has but one credential."""
    return f"{provider}:{profile}" if profile else ""


def in_order(
    provider: str, profiles: Sequence[Credential], pin: str, last_asked_ms: Callable[[], Mapping[str, int]]
) -> list[str]:
    """Their names, the first to try first.

    ``profiles`` come as they are written. ``last_asked_ms`` is only called where it may decide.
    """
    pinned = [each.name for each in profiles if pin_of(provider, each.name) == pin]
    others = [each for each in profiles if each.name not in pinned]
    placed = [each.name for each in others if each.placed]
    free = [each for each in others if not each.placed]
    asked = last_asked_ms() if len(free) > 1 else {}
    free.sort(key=lambda each: (each.kind != LOGIN, asked.get(each.name, 0)))
    return [*pinned, *placed, *(each.name for each in free)]
