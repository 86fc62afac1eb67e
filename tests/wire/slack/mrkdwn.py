"""Slack's message text, strictly: what may stand in angle brackets, and what must be escaped.

After https://docs.slack.dev/messaging/formatting-message-text.
"""

from __future__ import annotations

import re

_ENTITY = re.compile(r"<([^<>\n]*)>")
_KNOWN = re.compile(r"@[UW][A-Z0-9]+|#C[A-Z0-9]+|(https?|mailto|tel):[^|]+(\|.+)?")
_ESCAPED = re.compile(r"&(amp|lt|gt);")


class NotMrkdwn(ValueError):
    """The text has brackets or ampersands that Slack would take for something else."""


def parse(text: str) -> str:
    """What people read of a text: brackets resolved, escapes undone; other marks stay. Raises NotMrkdwn."""
    shown = []
    place = 0
    for found in _ENTITY.finditer(text):
        if not _KNOWN.fullmatch(found[1]):
            raise NotMrkdwn(f"unknown entity {found[0]!r}")
        target, _, label = found[1].partition("|")
        shown += [_plain(text[place : found.start()]), _plain(label or target)]
        place = found.end()
    return "".join([*shown, _plain(text[place:])])


def _plain(text: str) -> str:
    bare = _ESCAPED.sub("", text)
    if any(char in bare for char in "<>&"):
        raise NotMrkdwn("something is not escaped")
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
