"""What Slack writes into a message's text in angle brackets, as people read it.

After https://docs.slack.dev/messaging/formatting-message-text: ``<@U…>``, ``<#C…|name>``, ``<!here>``,
``<https://…|label>``; ``&amp;``, ``&lt;`` and ``&gt;`` outside and inside of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_ENTITY = re.compile(r"<([^<>\n]+)>")
#: Slack's client shows these without their scheme.
_BARE = ("mailto:", "tel:", "http://", "https://")


@dataclass(frozen=True, slots=True)
class Bot:
    """Who the bot is in the workspace; empty while that is not known."""

    user_id: str = ""
    name: str = ""


def readable(text: str, bot: Bot) -> str:
    """The text without markup of its own; people stay ``@U…``, by which they can be mentioned in an answer."""
    return _unescape(_ENTITY.sub(lambda found: _entity(found[1], bot), text))


def mentions(text: str, user_id: str) -> bool:
    """Whether the text, as Slack wrote it, names this person."""
    return bool(user_id) and re.search(rf"<@{re.escape(user_id)}(\|[^<>]*)?>", text) is not None


def without_salutation(text: str, bot: Bot) -> str:
    """The text, as Slack wrote it, without the bot's name in front: what is left may be a command."""
    if not bot.user_id:
        return text
    return re.sub(rf"\A(\s*<@{re.escape(bot.user_id)}(\|[^<>]*)?>[\s,:]*)+", "", text) or text


def _entity(inner: str, bot: Bot) -> str:
    target, _, label = inner.partition("|")
    kind, rest = target[0], target[1:]
    if kind == "@":
        return "@" + (bot.name if rest == bot.user_id and bot.name else label or rest)
    if kind == "#":
        return "#" + (label or rest)
    if kind == "!":
        return label or "@" + rest.partition("^")[0]
    shown = any(target == label or target == prefix + label for prefix in _BARE)
    return (label if shown else f"{label} ({target})") if label else target


def _unescape(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
