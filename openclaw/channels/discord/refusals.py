"""What Discord's error answers mean for a call: wait, try later, or give up.

Status and JSON codes after https://docs.discord.com/developers/topics/opcodes-and-status-codes, waits after
https://docs.discord.com/developers/topics/rate-limits.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from openclaw.channel_kit.http import DEFAULT_RETRY_AFTER_SECONDS, retry_after_seconds
from openclaw.channel_kit.http import refusal as refusal_by_status
from openclaw.errors import ChannelError, ChannelRateLimited, ChannelRejected, ChannelUnreachable

UNKNOWN_MESSAGE, UNKNOWN_EMOJI = 10008, 10014

#: Limits that may come with another status than 429: slowmode, the channel's and the server's writes, a resource.
_WAIT = frozenset({20016, 20028, 20029, 40062})
#: "API resource is currently overloaded. Try again a little later"
_LATER = frozenset({130000})
#: What to do about a refusal, for people.
_ADVICE = {
    10003: "the channel is gone, or the bot cannot see it",
    10013: "there is no such user",
    40001: "the token is wrong or was reset",
    40002: "the bot's owner must verify the account",
    40005: "it is too large: 10 MiB a file, 25 MiB a message",
    40058: "a forum takes posts only, give the id of one of them",
    50001: "the bot cannot see this channel: give it View Channel there",
    50007: "this user takes no direct messages from the bot, or has blocked it",
    50008: "this channel takes no text",
    50013: "the bot may not do this here: it needs Send Messages (in Threads), Attach Files, Add Reactions or the like",
    50045: "it is too large: 10 MiB a file",
    50083: "the thread is archived",
    50278: "the bot shares no server with this user any more",
    160002: "replies need Read Message History",
    160005: "the thread is locked",
    200000: "AutoMod blocked it",
    240000: "Discord's filter for harmful links blocked it",
}


class DiscordRefused(ChannelRejected):
    """Discord refuses for good; ``code`` is its own number for why, 0 without one."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


def refusal(status: int, headers: Mapping[str, str], body: Mapping[str, Any], said: str) -> ChannelError:
    """The error of an answer that is no success. ``said`` names the call and has been cleaned of secrets."""
    number = body.get("code")
    code = number if isinstance(number, int) and not isinstance(number, bool) else 0
    wait = _wait(headers, body)
    if status == HTTPStatus.TOO_MANY_REQUESTS or code in _WAIT:
        return ChannelRateLimited(said, retry_after_seconds=DEFAULT_RETRY_AFTER_SECONDS if wait is None else wait)
    if code in _LATER:
        return ChannelUnreachable(said)
    if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
        if status == HTTPStatus.UNAUTHORIZED:
            code = 40001
        return DiscordRefused(f"{said} ({_ADVICE[code]})" if code in _ADVICE else said, code)
    return refusal_by_status(status, said, wait)


def description(body: Mapping[str, Any]) -> str:
    """Discord's own words: its message, its number, and which fields it does not like."""
    words = [str(body.get("message", "")), str(body.get("code") or "")]
    return " ".join([word for word in words if word] + list(_wrong_fields(body.get("errors"), "")))


def _wait(headers: Mapping[str, str], body: Mapping[str, Any]) -> float | None:
    """``retry_after`` is in seconds with a fraction; what stands before Discord answers with the header alone."""
    wait = body.get("retry_after")
    if isinstance(wait, int | float) and not isinstance(wait, bool) and 0 <= wait < float("inf"):
        return float(wait)
    return retry_after_seconds(headers)


def _wrong_fields(errors: Any, where: str) -> Iterator[str]:
    """Objects in objects by the names of fields, with a list ``_errors`` at each field that is wrong."""
    if not isinstance(errors, Mapping):
        return
    for name, inner in errors.items():
        if name == "_errors" and isinstance(inner, list):
            yield from (f"{where}: {each.get('message', '')}" for each in inner if isinstance(each, Mapping))
        else:
            yield from _wrong_fields(inner, f"{where}.{name}" if where else str(name))
