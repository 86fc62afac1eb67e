"""Which messages get a reaction as soon as they are accepted."""

from __future__ import annotations

import pytest

from openclaw.domain.ack import EYES, AckRules, ack_of
from openclaw.domain.envelope import InboundEnvelope, Peer, ReplyRoute, Sender


def envelope(kind: str, message_id: str | None = "m1") -> InboundEnvelope:
    return InboundEnvelope(
        channel="loopback",
        account="default",
        event_id="e1",
        peer=Peer(kind, "7"),  # type: ignore[arg-type]
        sender=Sender("7"),
        text="hello",
        route=ReplyRoute("loopback", "default", "7"),
        message_id=message_id,
    )


@pytest.mark.parametrize(
    ("scope", "direct", "mention", "other"),
    [
        ("off", False, False, False),
        ("direct", True, False, False),
        ("group-mentions", False, True, False),
        ("group-all", False, True, True),
        ("all", True, True, True),
    ],
)
def test_the_scope_decides(scope: str, direct: bool, mention: bool, other: bool):
    rules = AckRules(scope)
    assert bool(ack_of(envelope("direct"), rules, "", addressed=True)) is direct
    assert bool(ack_of(envelope("group"), rules, "", addressed=True)) is mention
    assert bool(ack_of(envelope("channel"), rules, "", addressed=False)) is other


def test_the_emoji_is_the_configured_one_else_the_agents_else_eyes():
    assert ack_of(envelope("group"), AckRules(emoji="✅"), "🦞", addressed=True) == "✅"
    assert ack_of(envelope("group"), AckRules(), "🦞", addressed=True) == "🦞"
    assert ack_of(envelope("group"), AckRules(), "", addressed=True) == EYES


def test_what_has_no_id_cannot_be_reacted_to():
    assert ack_of(envelope("group", None), AckRules("all"), "", addressed=True) == ""
