"""Who shares a conversation with whom."""

from __future__ import annotations

from typing import Any

import pytest

from openclaw.domain.broadcast import agents_at
from openclaw.domain.envelope import InboundEnvelope, Peer, PeerKind, ReplyRoute, Sender
from openclaw.domain.session_key import (
    DmScope,
    SessionRules,
    SessionScope,
    canonical_session_key,
    session_key_for,
)

pytestmark = pytest.mark.spec("D1", "D2")


def message(kind: PeerKind = "direct", peer: str = "42", thread: str | None = None, **facts: Any) -> InboundEnvelope:
    channel, account = facts.get("channel", "telegram"), facts.get("account", "Work")
    return InboundEnvelope(channel, account, "e", Peer(kind, peer), Sender("7"), "hi", ReplyRoute(channel), thread)


@pytest.mark.parametrize(
    ("scope", "key"),
    [
        (DmScope.PER_ACCOUNT_CHANNEL_PEER, "agent:a:telegram:work:direct:42"),
        (DmScope.PER_CHANNEL_PEER, "agent:a:telegram:direct:42"),
        (DmScope.PER_PEER, "agent:a:direct:42"),
        (DmScope.MAIN, "agent:a:main"),
    ],
)
def test_direct_messages_share_as_much_as_is_configured(scope: DmScope, key: str) -> None:
    rules = SessionRules(dm_scope=scope)
    assert session_key_for("a", message(), rules) == key
    assert session_key_for("a", message(thread="T1"), rules) == f"{key}:thread:t1"
    assert session_key_for("a", message("group"), rules) == "agent:a:telegram:work:group:42"


def test_one_session_for_everything() -> None:
    rules = SessionRules(scope=SessionScope.GLOBAL)
    for one in (message(), message("group"), message("channel", thread="1")):
        assert session_key_for("a", one, rules) == "agent:a:main"


@pytest.mark.parametrize("scope", [scope for scope in DmScope if scope is not DmScope.MAIN])
def test_identities_of_one_person_share_a_session(scope: DmScope) -> None:
    rules = SessionRules(dm_scope=scope, links={"telegram:42": "ada", "u9": "ada"})
    assert session_key_for("a", message(), rules).endswith(":direct:ada")
    assert session_key_for("a", message(peer="U9", channel="slack"), rules).endswith(":direct:ada")
    assert session_key_for("a", message(channel="discord"), rules).endswith(":direct:42"), "another channel's 42"
    assert session_key_for("a", message("group"), rules).endswith(":group:42"), "a group is nobody's identity"


def test_the_main_session_knows_no_persons() -> None:
    rules = SessionRules(dm_scope=DmScope.MAIN, links={"telegram:42": "ada"})
    assert session_key_for("a", message(), rules) == "agent:a:main"


@pytest.mark.parametrize("kind", ["direct", "group", "channel"])
def test_a_key_is_the_one_that_a_client_writes(kind: PeerKind) -> None:
    key = session_key_for("a", message(kind, "C0FFEE", "T1.5"))
    assert canonical_session_key(key.upper().replace("AGENT:A", "agent:a")) == key
    assert session_key_for("a", message(kind, " ")).endswith(f"{kind}:unknown")


def test_a_conversation_of_several_agents_is_named_with_its_channel_or_without() -> None:
    peers = {"telegram:42": ("a", "b"), "c1": ("b",)}
    assert agents_at(peers, message()) == ("a", "b")
    assert agents_at(peers, message(channel="slack")) == ()
    assert agents_at(peers, message("channel", "C1", channel="slack")) == ("b",)
