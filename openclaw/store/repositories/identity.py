"""Keys under which messages are recognised, merged and steered."""

from __future__ import annotations

import hashlib

from openclaw.domain.envelope import InboundEnvelope

#: Longer keys are stored as a digest: PostgreSQL cannot index arbitrarily long ones.
MAX_KEY_CHARS = 400

OWNER = "owner"


def bounded_key(key: str) -> str:
    """The key itself, or a digest of a very long one."""
    if len(key) <= MAX_KEY_CHARS:
        return key
    return "sha256:" + hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def sender_key(envelope: InboundEnvelope) -> str:
    """Whose permissions a message has; all of an owner's clients share one."""
    if envelope.sender.is_owner:
        return OWNER
    return f"sender|{envelope.channel}|{envelope.account}|{envelope.sender.id}"


def sender_of(key: str) -> str:
    """The platform's id of whoever a sender's key is of; empty for the owner."""
    return "" if key == OWNER else key.split("|", 3)[-1]


def payer_of(key: str) -> str:
    """Who pays for a turn of whoever a sender's key is of, as ``budgets.Spender.sender``; empty for an empty key."""
    _, _, rest = key.partition("|")
    channel, _, account_and_id = rest.partition("|")
    return f"{channel}:{account_and_id.partition('|')[2]}" if rest else key


def merge_key(envelope: InboundEnvelope) -> str:
    """Conversation and permissions: messages with equal keys may share a turn."""
    return f"{envelope.route.conversation}|{sender_key(envelope)}"
