"""How lists name senders. Pure.

A sender is named by what the platform says of him: his id (``42`` or ``id:42``), ``username:ada``, ``e164:+4917…`` or
``name:Ada``. Only an id is a person's for good; a name is whatever its bearer calls himself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from openclaw.domain.envelope import InboundEnvelope

ANYBODY = "*"
#: What a sender may be named by.
KINDS = ("id", "username", "e164", "name")


def sender_keys(envelope: InboundEnvelope) -> frozenset[str]:
    """Everything that a list may call the sender, as ``kind:value``."""
    extra, sender = envelope.extra, envelope.sender
    found = {
        "id": sender.id,
        "username": str(extra.get("sender_username") or ""),
        "e164": str(extra.get("sender_e164") or ""),
        "name": sender.name,
    }
    return frozenset(normal_key(f"{kind}:{value}") for kind, value in found.items() if value)


def normal_key(entry: str) -> str:
    """An entry of a list in the form in which entries are compared. Without a kind it is an id."""
    kind, colon, value = entry.strip().partition(":")
    if not colon or kind.lower() not in KINDS:
        # Ids may hold colons of their own.
        return f"id:{entry.strip()}"
    value = value.strip()
    match kind.lower():
        case "id":
            return f"id:{value}"
        case "username":
            return f"username:{value.removeprefix('@').casefold()}"
        case "e164":
            return f"e164:+{''.join(char for char in value if char.isdigit())}"
    return f"name:{' '.join(value.casefold().split())}"


def normal_list(entries: Iterable[str]) -> tuple[str, ...]:
    """A list in the form that the functions below take."""
    return tuple(ANYBODY if entry.strip() == ANYBODY else normal_key(entry) for entry in entries)


def admits_all(senders: Sequence[str]) -> bool:
    return ANYBODY in senders


def is_named(senders: Sequence[str], envelope: InboundEnvelope) -> bool:
    """Whether a list in normal form names this very sender."""
    if not senders:
        return False
    keys = sender_keys(envelope)
    return any(entry in keys for entry in senders)
