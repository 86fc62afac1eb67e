"""Events as Slack sends them, after the samples of https://docs.slack.dev/apis/events-api and /reference/events."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import Any
from urllib.parse import urlencode

from openclaw.ports.channel import WebhookRequest
from tests.wire.slack.methods import BOT_USER


def callback(event: dict[str, Any], event_id: str = "Ev0000001", **changes: Any) -> dict[str, Any]:
    """An ``event_callback`` around an event."""
    around = {
        "token": "old-verification-token",
        "team_id": "T1",
        "api_app_id": "A1",
        "type": "event_callback",
        "event_id": event_id,
        "event_time": 1_700_000_000,
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": "T1",
                "user_id": BOT_USER,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": "4-message",
    }
    return around | {"event": event} | changes


def message(**changes: Any) -> dict[str, Any]:
    """A direct message."""
    return {
        "type": "message",
        "channel": "D42",
        "user": "U42",
        "text": "Hi",
        "ts": "1700000100.000100",
        "event_ts": "1700000100.000100",
        "channel_type": "im",
        "team": "T1",
    } | changes


def in_channel(**changes: Any) -> dict[str, Any]:
    """A message of a channel."""
    return message(channel="C100", channel_type="channel") | changes


def changed(before: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A message that somebody changed."""
    after = before | {"edited": {"user": before.get("user"), "ts": "1700000200.000000"}} | changes
    return {
        "type": "message",
        "subtype": "message_changed",
        "hidden": True,
        "channel": before["channel"],
        "ts": "1700000200.000200",
        "message": after,
        "previous_message": before,
    }


def deleted(before: dict[str, Any]) -> dict[str, Any]:
    """A message that somebody deleted."""
    return {
        "type": "message",
        "subtype": "message_deleted",
        "hidden": True,
        "channel": before["channel"],
        "ts": "1700000300.000200",
        "deleted_ts": before["ts"],
        "previous_message": before,
    }


def reaction(**changes: Any) -> dict[str, Any]:
    """An emoji at one of the bot's messages."""
    return {
        "type": "reaction_added",
        "user": "U42",
        "reaction": "eyes",
        "item_user": BOT_USER,
        "item": {"type": "message", "channel": "C100", "ts": "1700000000.000001"},
        "event_ts": "1700000400.000100",
    } | changes


def file(**changes: Any) -> dict[str, Any]:
    """A file of a message."""
    return {
        "id": "F1",
        "name": "cat.png",
        "mimetype": "image/png",
        "filetype": "png",
        "size": 3,
        "mode": "hosted",
        "url_private": "https://files.slack.com/files-pri/T1-F1/cat.png",
        "url_private_download": "https://files.slack.com/files-pri/T1-F1/download/cat.png",
    } | changes


def command(**changes: str) -> dict[str, str]:
    """A slash command."""
    return {
        "token": "old-verification-token",
        "team_id": "T1",
        "channel_id": "C100",
        "channel_name": "general",
        "user_id": "U42",
        "user_name": "ada",
        "command": "/openclaw",
        "text": "status",
        "api_app_id": "A1",
        "response_url": "https://hooks.slack.com/commands/1",
        "trigger_id": "13345224609.738474920.8088930838d88f008e0",
    } | changes


def press(**changes: Any) -> dict[str, Any]:
    """A button below one of the bot's messages that somebody pressed."""
    return {
        "type": "block_actions",
        "user": {"id": "U42", "username": "ada", "name": "ada", "team_id": "T1"},
        "api_app_id": "A1",
        "container": {
            "type": "message",
            "message_ts": "1700000000.000001",
            "channel_id": "C100",
            "thread_ts": "1699999999.000001",
            "is_ephemeral": False,
        },
        "trigger_id": "12466734323.1395872398",
        "team": {"id": "T1", "domain": "reef"},
        "channel": {"id": "C100", "name": "general"},
        "message": {"type": "message", "user": BOT_USER, "ts": "1700000000.000001", "thread_ts": "1699999999.000001"},
        "actions": [
            {
                "type": "button",
                "action_id": "openclaw:0",
                "block_id": "b",
                "value": "/approve ab yes",
                "action_ts": "1700000500.000100",
            }
        ],
    } | changes


def enveloped(kind: str, payload: Any, envelope_id: str = "env-1", **changes: Any) -> dict[str, Any]:
    """A payload as Socket Mode wraps it."""
    return {"type": kind, "envelope_id": envelope_id, "payload": payload, "accepts_response_payload": False} | changes


def signed(body: bytes, secret: str, *, at: float | None = None, kind: str = "application/json") -> WebhookRequest:
    """A request with Slack's signature, which is computed here after the words of the documentation."""
    timestamp = str(int(time.time() if at is None else at))
    digest = hmac.new(secret.encode(), b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    headers = {"content-type": kind, "x-slack-request-timestamp": timestamp, "x-slack-signature": f"v0={digest}"}
    return WebhookRequest(headers, body, {})


def as_json(data: Any, secret: str) -> WebhookRequest:
    return signed(json.dumps(data).encode(), secret)


def as_form(data: dict[str, str], secret: str) -> WebhookRequest:
    return signed(urlencode(data).encode(), secret, kind="application/x-www-form-urlencoded")
