"""How an agent chooses to say nothing."""

from __future__ import annotations

import re

_SILENT = re.compile(r"\s*NO_REPLY(?!\w)")


def is_silent(text: str) -> bool:
    """Whether the agent chose to say nothing: its text begins with ``NO_REPLY``."""
    return _SILENT.match(text) is not None
