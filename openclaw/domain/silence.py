"""How an agent chooses to say nothing."""

from __future__ import annotations

import re

WORD = "NO_REPLY"
_SILENT = re.compile(rf"\s*{WORD}(?!\w)")


def is_silent(text: str) -> bool:
    """Whether the agent chose to say nothing: its text begins with ``NO_REPLY``."""
    return _SILENT.match(text) is not None


def may_be_silent(text: str) -> bool:
    """Whether a text that may still grow is silent, or may become so."""
    return is_silent(text) or WORD.startswith(text.strip())
