"""Objects of Discord's API as its documentation shows them (https://docs.discord.com/developers/resources)."""

from __future__ import annotations

from typing import Any

BOT_ID, APPLICATION_ID, GUILD_ID = "9000000000000000001", "9000000000000000002", "7000000000000000001"
BOT_ROLE = "7100000000000000001"
#: A channel of the guild, a thread in it, and the direct messages with Ada.
CHANNEL_ID, THREAD_ID, DIRECT_ID = "7200000000000000001", "7200000000000000002", "42"
ADA_ID, BEN_ID = "100000000000000001", "100000000000000002"


def user(user_id: str = ADA_ID, username: str = "ada", **changes: Any) -> dict[str, Any]:
    return {"id": user_id, "username": username, "discriminator": "0", "global_name": None, "avatar": None} | changes


BOT = user(BOT_ID, "claw", bot=True)
ADA = user(global_name="Ada L")


def member(**changes: Any) -> dict[str, Any]:
    """The partial member that messages of a guild come with: it has no user."""
    shape = {"nick": None, "roles": [], "joined_at": "2026-01-01T00:00:00+00:00", "deaf": False, "mute": False}
    return shape | {"flags": 0} | changes


def message(message_id: str, content: str = "Hello", **changes: Any) -> dict[str, Any]:
    """A message in the direct channel, unless changed."""
    return {
        "id": message_id,
        "channel_id": DIRECT_ID,
        "author": ADA,
        "content": content,
        "timestamp": "2026-11-01T10:00:00.000000+00:00",
        "edited_timestamp": None,
        "tts": False,
        "mention_everyone": False,
        "mentions": [],
        "mention_roles": [],
        "attachments": [],
        "embeds": [],
        "pinned": False,
        "type": 0,
        "flags": 0,
    } | changes


def in_guild(message_id: str, content: str = "Hello", **changes: Any) -> dict[str, Any]:
    """A message in the guild's channel, as the gateway tells of it."""
    extra = {"guild_id": GUILD_ID, "channel_id": CHANNEL_ID, "channel_type": 0, "member": member()}
    return message(message_id, content, **(extra | changes))


def attachment(name: str, mime: str, url: str, size: int = 3, **changes: Any) -> dict[str, Any]:
    where = {"id": "1", "filename": name, "content_type": mime, "size": size, "url": url, "proxy_url": url}
    return where | changes


def reaction(message_id: str, emoji: str = "\U0001f44d", **changes: Any) -> dict[str, Any]:
    """Ada's reaction in the direct channel, unless changed."""
    where = {"user_id": ADA_ID, "channel_id": DIRECT_ID, "message_id": message_id, "burst": False, "type": 0}
    return where | {"emoji": {"id": None, "name": emoji}} | changes


def interaction(interaction_id: str, kind: int, data: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A command or a press in the guild's channel, unless changed."""
    return {
        "id": interaction_id,
        "application_id": APPLICATION_ID,
        "type": kind,
        "data": data,
        "guild_id": GUILD_ID,
        "channel": {"id": CHANNEL_ID, "type": 0, "name": "general", "guild_id": GUILD_ID},
        "channel_id": CHANNEL_ID,
        "member": member(user=ADA),
        "token": f"token-{interaction_id}",
        "version": 1,
        "locale": "en-GB",
        "entitlements": [],
        "authorizing_integration_owners": {},
        "context": 0,
        "attachment_size_limit": 10_485_760,
    } | changes


CHANNELS: dict[str, dict[str, Any]] = {
    DIRECT_ID: {"id": DIRECT_ID, "type": 1, "recipients": [ADA], "last_message_id": None},
    CHANNEL_ID: {"id": CHANNEL_ID, "type": 0, "guild_id": GUILD_ID, "name": "general"},
    THREAD_ID: {"id": THREAD_ID, "type": 11, "guild_id": GUILD_ID, "name": "plans", "parent_id": CHANNEL_ID},
}
GUILD: dict[str, Any] = {
    "id": GUILD_ID,
    "name": "Workshop",
    "unavailable": False,
    "channels": [{"id": CHANNEL_ID, "type": 0, "name": "general", "position": 0, "permission_overwrites": []}],
    "threads": [],
    "members": [],
    "roles": [],
}
APPLICATION: dict[str, Any] = {
    "id": APPLICATION_ID,
    "name": "claw",
    "icon": None,
    "description": "",
    "bot_public": True,
    "bot_require_code_grant": False,
    "owner": user("1", "owner"),
    "team": None,
    "verify_key": "00",
    # GATEWAY_MESSAGE_CONTENT_LIMITED
    "flags": 1 << 19,
}
