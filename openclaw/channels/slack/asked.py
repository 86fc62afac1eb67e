"""Slash commands and pressed buttons as envelopes. Pure.

After https://docs.slack.dev/interactivity/implementing-slash-commands and .../reference/interaction-payloads.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from openclaw.channel_kit.shapes import maybe_obj, obj, objects, string
from openclaw.channel_kit.shapes import text as text_of
from openclaw.channels.slack.content import ACTION
from openclaw.channels.slack.inbound import Place, peer_of
from openclaw.domain.chat_commands import menu
from openclaw.domain.envelope import InboundEnvelope, ReplyRoute, Sender


def read_command(form: Mapping[str, Any], place: Place, slash_command: str) -> InboundEnvelope | None:
    """A slash command says itself; the app's own says its words, of which the first may be a command.

    Raises Malformed.
    """
    fields = dict(form)
    channel, words = string(fields, "channel_id"), text_of(fields, "text").strip()
    command = string(fields, "command")
    text = _own(words) if command == slash_command else f"{command} {words}".strip()
    if not text:
        return None
    peer = peer_of(channel)
    username, team_id = text_of(fields, "user_name"), text_of(fields, "team_id")
    facts = {"team_id": team_id, "sender_username": username}
    return InboundEnvelope(
        channel="slack",
        account=place.account,
        event_id=f"command:{string(fields, 'trigger_id')}",
        peer=peer,
        sender=Sender(string(fields, "user_id"), username),
        text=text,
        route=ReplyRoute("slack", place.account, channel),
        mentioned=None if peer.kind == "direct" else True,
        extra={key: value for key, value in facts.items() if value},
    )


def read_press(payload: dict[str, Any], place: Place) -> InboundEnvelope | None:
    """Whoever presses a button says what the button says. Raises Malformed."""
    if string(payload, "type") != "block_actions":
        return None
    ours = (each for each in objects(payload, "actions") if text_of(each, "action_id").startswith(ACTION))
    pressed = next(ours, {})
    says = text_of(pressed, "value").strip()
    if not says or not maybe_obj(payload, "channel"):
        return None
    person, channel = obj(payload, "user"), string(obj(payload, "channel"), "id")
    message, container = maybe_obj(payload, "message"), obj(payload, "container")
    ts = string(container, "message_ts")
    thread = text_of(message, "thread_ts") or text_of(container, "thread_ts")
    thread_id = thread if thread and thread != ts else None
    peer = peer_of(channel)
    name = text_of(person, "username") or text_of(person, "name")
    team_id = text_of(maybe_obj(payload, "team"), "id") or text_of(person, "team_id")
    return InboundEnvelope(
        channel="slack",
        account=place.account,
        event_id=f"press:{channel}:{ts}:{string(pressed, 'action_ts')}:{string(person, 'id')}",
        peer=peer,
        sender=Sender(string(person, "id"), name),
        text=says,
        route=ReplyRoute("slack", place.account, channel, thread_id),
        thread_id=thread_id,
        message_id=ts,
        mentioned=None if peer.kind == "direct" else True,
        extra={"team_id": team_id} if team_id else {},
    )


def _own(words: str) -> str:
    """``/openclaw status`` is ``/status``; everything else is a message."""
    first = words.partition(" ")[0].lower()
    return f"/{words}" if first in {name for name, _ in menu()} else words
