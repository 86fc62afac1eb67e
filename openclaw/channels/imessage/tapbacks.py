"""Reactions that leave: imsg's bridge in Messages puts them, after ``tapback`` in its JSON-RPC reference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from openclaw.channel_kit.shapes import maybe_obj
from openclaw.errors import ChannelRejected

#: The six that Messages always had; every other emoji needs a bridge that says that it sends it as itself.
_STANDARD = {"❤": "love", "👍": "like", "👎": "dislike", "😂": "laugh", "‼": "emphasis", "❓": "question"}
#: What makes a sign a picture.
_AS_PICTURE = "\ufe0f"
_ANY_EMOJI, _ANY_EMOJI_VERSION = "tapback.emoji", 2


@dataclass(frozen=True, slots=True)
class Bridge:
    """What imsg can do inside of Messages; nothing, as long as it does not say."""

    ready: bool = False
    any_emoji: bool = False


def bridge_of(status: dict[str, Any]) -> Bridge:
    """What the answer to ``status`` says. Raises Malformed."""
    version = maybe_obj(maybe_obj(status, "capabilities"), "features").get(_ANY_EMOJI)
    any_emoji = isinstance(version, int) and version >= _ANY_EMOJI_VERSION
    return Bridge(maybe_obj(status, "bridge").get("ready") is True, any_emoji)


def tapback(bridge: Bridge, emoji: str) -> dict[str, Any]:
    """The parameter that names a reaction. Raises ChannelRejected for one that cannot be put."""
    if not bridge.ready:
        raise ChannelRejected("imessage: tapbacks need imsg's bridge in Messages (imsg launch)")
    kind = _STANDARD.get(emoji.replace(_AS_PICTURE, ""))
    if kind is None and not bridge.any_emoji:
        raise ChannelRejected(f"imessage: this imsg puts the six standard tapbacks only, and not {emoji}")
    return {"emoji": emoji} if kind is None else {"reaction": kind}
