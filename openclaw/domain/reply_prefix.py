"""What stands before a reply: a template with facts of its turn. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

_NAME = re.compile(r"\{([\w.]+)\}")


def render_prefix(template: str, facts: Mapping[str, str]) -> str:
    """The template with its names filled in, and a space behind it. A name that nobody knows stays as it is."""
    text = _NAME.sub(lambda name: facts.get(name[1].lower(), name[0]), template)
    return text if not text or text[-1].isspace() else f"{text} "
