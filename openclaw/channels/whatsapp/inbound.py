"""Webhook payloads of the Cloud API as envelopes. Pure.

Knows the field ``messages`` of a business account's webhook: messages, and the statuses of what was sent. Other fields,
such as the echoes of what a person sends from the Business app, and other numbers' messages give nothing. The payload's
frame must have its documented shape, else Malformed; a single message that has not is left out, as the others beside it
must not wait for Meta to send the same again for days.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from openclaw.channel_kit.shapes import Malformed, maybe_obj, obj, objects, string, text
from openclaw.channels.whatsapp.answering import answering
from openclaw.channels.whatsapp.content import Content, content_of
from openclaw.domain.envelope import EventKind, InboundEnvelope, Peer, ReplyRoute, Sender


@dataclass(frozen=True, slots=True)
class Failure:
    """A message of ours that did not arrive, or an error of the number. For logs."""

    message_id: str
    code: int
    title: str


@dataclass(slots=True)
class Update:
    """What one call brought."""

    envelopes: list[InboundEnvelope] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    #: Why messages were left out.
    skipped: list[str] = field(default_factory=list)
    #: How many of its parts were for other numbers of the app.
    elsewhere: int = 0


@dataclass(frozen=True, slots=True)
class Number:
    """Whose webhook it is."""

    account: str
    phone_number_id: str


def read_update(payload: Mapping[str, Any], number: Number) -> Update:
    """Everything that a payload brings for the number. Raises Malformed."""
    update = Update()
    if text(payload, "object") != "whatsapp_business_account":
        raise Malformed("object is not whatsapp_business_account")
    for value in _values(payload):
        metadata = obj(value, "metadata")
        if string(metadata, "phone_number_id") != number.phone_number_id:
            update.elsewhere += 1
            continue
        people = objects(value, "contacts")
        ours = _digits(text(metadata, "display_phone_number"))
        for message in objects(value, "messages"):
            try:
                envelope = _Reader(message, people, number, ours).envelope()
            except Malformed as error:
                update.skipped.append(str(error))
            else:
                update.envelopes += [] if envelope is None else [envelope]
        try:
            update.failures += list(_failures(value))
        except Malformed as error:
            update.skipped.append(str(error))
    return update


def _values(payload: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    entries = payload.get("entry")
    if not isinstance(entries, list):
        raise Malformed("entry is not a list")
    for entry in objects(payload, "entry"):
        for change in objects(entry, "changes"):
            if text(change, "field") == "messages":
                yield obj(change, "value")


def _failures(value: Mapping[str, Any]) -> Iterator[Failure]:
    """Of statuses only ``failed`` matters: the others come in any order, and nobody waits for them."""
    for status in objects(value, "statuses"):
        if status.get("status") == "failed":
            for error in objects(status, "errors") or ({},):
                yield _failure(text(status, "id"), error)
    for error in objects(value, "errors"):
        yield _failure("", error)


def _failure(message_id: str, error: Mapping[str, Any]) -> Failure:
    code = error.get("code")
    return Failure(message_id, code if isinstance(code, int) else 0, text(error, "title") or text(error, "message"))


class _Reader:
    """One message."""

    def __init__(
        self, message: Mapping[str, Any], people: Sequence[dict[str, Any]], number: Number, our_digits: str
    ) -> None:
        self._message = message
        self._number = number
        self._ours = our_digits
        self._context = maybe_obj(message, "context")
        self._phone = text(message, "from")
        person = _person(people, {self._phone, text(message, "from_user_id")} - {""})
        self._profile = maybe_obj(person, "profile")
        self._user_id = text(message, "from_user_id") or text(person, "user_id")

    def envelope(self) -> InboundEnvelope | None:
        """The message as an envelope, or ``None`` when there is nothing to answer. Raises Malformed."""
        kind, message_id, content = self._what_happened()
        if kind == "message" and not content.text:
            return None
        own_id = string(self._message, "id")
        sender_id = self._phone or self._user_id
        if not sender_id or not own_id:
            raise Malformed("a message names no sender or has no id")
        group = text(self._message, "group_id")
        target = group or sender_id
        again = "" if kind in ("message", "reaction", "unreaction") else f":{kind}:{text(self._message, 'timestamp')}"
        return InboundEnvelope(
            channel="whatsapp",
            account=self._number.account,
            event_id=own_id + again,
            peer=Peer("group" if group else "direct", target),
            sender=Sender(sender_id, text(self._profile, "name")),
            text=content.text,
            route=ReplyRoute(
                "whatsapp",
                self._number.account,
                target,
                reply_to=answering(message_id),
            ),
            message_id=message_id,
            mentioned=self._mentioned() if group else None,
            event=kind,
            files=content.files,
            extra=self._extra(),
        )

    def _what_happened(self) -> tuple[EventKind, str, Content]:
        """The event, the message it is of, and what is said."""
        message = self._message
        match message.get("type"):
            case "reaction":
                reaction = obj(message, "reaction")
                emoji = text(reaction, "emoji")
                return ("reaction" if emoji else "unreaction"), string(reaction, "message_id"), Content(emoji)
            case "edit":
                edit = obj(message, "edit")
                return "edit", string(edit, "original_message_id"), content_of(obj(edit, "message"))
            case "revoke":
                return "delete", string(obj(message, "revoke"), "original_message_id"), Content()
        return "message", string(message, "id"), content_of(message)

    def _mentioned(self) -> bool | None:
        """A reply to us speaks to us; names of others in a text cannot be told from ours."""
        replied_to = _digits(text(self._context, "from"))
        return True if replied_to and replied_to == self._ours else None

    def _extra(self) -> dict[str, Any]:
        sent_at = text(self._message, "timestamp")
        facts: dict[str, Any] = {
            "sender_username": text(self._profile, "username"),
            "sender_e164": f"+{self._phone}" if self._phone else "",
            "sender_user_id": self._user_id,
            "reply_to": text(self._context, "id"),
            "sent_at_ms": int(sent_at) * 1000 if sent_at.isdecimal() else 0,
        }
        return {key: value for key, value in facts.items() if value}


def _person(people: Sequence[dict[str, Any]], ids: set[str]) -> Mapping[str, Any]:
    """Who of the payload's people wrote; there is one entry where Meta sends one message."""
    for person in people:
        if ids & {text(person, "wa_id"), text(person, "user_id")}:
            return person
    return people[0] if len(people) == 1 else {}


def _digits(number: str) -> str:
    return "".join(char for char in number if char.isdecimal())
