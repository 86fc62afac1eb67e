"""Whose a signature is: what a vendor signed of its thinking goes back to that vendor alone, word for word.

Anthropic's signatures came first and have no mark.
"""

from __future__ import annotations

OPENAI, GOOGLE, BEDROCK = "openai:", "google:", "bedrock:"
_MARKS = (OPENAI, GOOGLE, BEDROCK)


def payload_of(mark: str, signature: str) -> str:
    """What the vendor with this mark signed; empty for another's signature."""
    return signature.removeprefix(mark) if signature.startswith(mark) else ""


def is_marked(signature: str) -> bool:
    """Whether it is of a vendor that has a mark."""
    return signature.startswith(_MARKS)
