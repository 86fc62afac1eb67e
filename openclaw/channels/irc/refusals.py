"""What a server's error numbers mean for a message: wait, try again, or give up.

RFC 2812, 5.2, and https://modern.ircdocs.horse/#numerics.
"""

from __future__ import annotations

import re

from openclaw.channels.irc.line import Line
from openclaw.errors import ChannelError, ChannelRateLimited, ChannelRejected, ChannelUnreachable

#: Refused for good: no such nick or room, cannot send there, too many or duplicate targets, nothing to send, only for
#: those who are logged in, text that the server blocks.
_REJECTED = frozenset(
    {
        "401",
        "402",
        "403",
        "404",
        "407",
        "408",
        "411",
        "412",
        "413",
        "414",
        "415",
        "417",
        "477",
        "486",
        "489",
        "531",
        "716",
    }
)
#: Ask again later: the server is busy; targets changed too fast.
_LATER = frozenset({"263", "439"})
#: Nothing is taken before the welcome.
_TOO_EARLY = frozenset({"451"})
_SECONDS = re.compile(r"(\d+)\s*sec")
#: What the next attempt waits when the server does not say. Seconds.
DEFAULT_WAIT_SECONDS = 30.0


def refusal(line: Line) -> ChannelError | None:
    """The error of a message that a line tells of; ``None`` for lines that tell of none."""
    what = f"irc: {line.command} {' '.join(line.params[1:])}"
    if line.command in _REJECTED:
        return ChannelRejected(what)
    if line.command in _LATER:
        seconds = _SECONDS.search(what)
        return ChannelRateLimited(what, retry_after_seconds=float(seconds[1]) if seconds else DEFAULT_WAIT_SECONDS)
    return ChannelUnreachable(what) if line.command in _TOO_EARLY else None


def concerns(line: Line, target: str) -> bool:
    """Whether the line is about a message to this target; some numbers do not say to which."""
    named = line.params[1:-1]
    if line.command == "263":
        return "PRIVMSG" in named
    return not named or line.command in _TOO_EARLY or target.lower() in (name.lower() for name in named)
