"""Where an agent's memory may be used, and which files it is made of.

Memory is private: it is for sessions in which nobody but the owner reads. A group never sees it, whatever is
configured; neither does what came from outside, such as a hook.
"""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from openclaw.domain.session_key import MAIN_KEY, parse_session_key

MEMORY_FILE = "MEMORY.md"
MEMORY_FOLDER = "memory"

#: Of a channel's session key: channel, account, kind of peer, peer.
_CHANNEL_PARTS = 4
_FROM_OUTSIDE = frozenset({"hook", "node", "tool"})


def remembers(session_key: str, private_sessions: Sequence[str] = ()) -> bool:
    """Whether memory may be used in a session: the main one, those that operators name, and the chats that are listed.

    ``private_sessions`` are patterns of what stands behind ``agent:<id>:``, such as ``telegram:default:direct:42``.
    """
    rest = parse_session_key(session_key).rest
    parts = rest.split(":")
    if parts[0] in _FROM_OUTSIDE:
        return False
    if len(parts) == 1 or parts[0] == MAIN_KEY:
        return True
    if len(parts) >= _CHANNEL_PARTS and parts[2] != "direct":
        return False
    if "thread" in parts[_CHANNEL_PARTS:]:
        return False
    return any(fnmatchcase(rest, pattern.lower()) for pattern in private_sessions)


def is_memory_path(path: str) -> bool:
    """Whether a path in the workspace is one of memory's own files."""
    parts = PurePosixPath(path).parts
    if not path.endswith(".md") or ".." in parts or path.startswith("/"):
        return False
    return parts == (MEMORY_FILE,) or (len(parts) > 1 and parts[0] == MEMORY_FOLDER)
