from __future__ import annotations

import pytest

from openclaw.domain.envelope import InboundEnvelope, Peer, ReplyRoute, Sender
from openclaw.domain.routing import Binding, choose_agent


def envelope(kind="group", peer="42", account="default", thread=None, **extra) -> InboundEnvelope:
    return InboundEnvelope(
        channel="discord",
        account=account,
        event_id="e1",
        peer=Peer(kind, peer),
        sender=Sender("u1"),
        text="hi",
        route=ReplyRoute("discord"),
        thread_id=thread,
        extra=extra,
    )


#: One binding per tier, the weakest first: a tier must win against all that stand before it.
TIERS = [
    (Binding("channel", "discord", account="*"), "binding.channel"),
    (Binding("account", "discord"), "binding.account"),
    (Binding("team", "discord", team="T"), "binding.team"),
    (Binding("guild", "discord", guild="G"), "binding.guild"),
    (Binding("roles", "discord", guild="G", roles=("r1", "r2")), "binding.guild+roles"),
    (Binding("parent", "discord", peer_kind="channel", peer_id="7"), "binding.peer.parent"),
    (Binding("peer", "discord", peer_kind="channel", peer_id="42"), "binding.peer"),
]
FULL = envelope(guild_id="G", team_id="T", role_ids=["r2", "r9"], parent_peer={"kind": "group", "id": "7"})


@pytest.mark.parametrize("count", range(len(TIERS) + 1))
def test_the_strongest_tier_that_matches_wins(count):
    decision = choose_agent([binding for binding, _ in TIERS[:count]], FULL, "main")
    expected = (TIERS[count - 1][0].agent, TIERS[count - 1][1]) if count else ("main", "default")
    assert (decision.agent_id, decision.matched_by) == expected


def test_inside_a_tier_the_configs_order_decides():
    first, second = Binding("a", "discord", guild="G"), Binding("b", "discord", guild="G")
    assert choose_agent([first, second], FULL, "main").agent_id == "a"
    assert choose_agent([second, first], FULL, "main").agent_id == "b"


@pytest.mark.parametrize(
    ("binding", "message"),
    [
        (Binding("x", "slack", account="*"), envelope()),
        (Binding("x", "discord"), envelope(account="second")),
        (Binding("x", "discord", account="second"), envelope()),
        (Binding("x", "discord", peer_kind="direct", peer_id="42"), envelope()),
        (Binding("x", "discord", peer_kind="group", peer_id="42", guild="G"), envelope(guild_id="H")),
        (Binding("x", "discord", guild="G", roles=("r1",)), envelope(guild_id="G", role_ids=["r2"])),
        (Binding("x", "discord", roles=("r1",)), envelope(role_ids=["r1"])),
        (Binding("x", "discord", thread="t1"), envelope(thread="t2")),
        (Binding("x", "discord", account="*", peer_kind="group", peer_id="1"), envelope()),
    ],
)
def test_a_binding_holds_only_as_a_whole(binding, message):
    assert choose_agent([binding], message, "main").matched_by == "default"


def test_group_and_channel_are_one_kind_and_dm_is_direct():
    assert (
        choose_agent([Binding("x", "discord", peer_kind="group", peer_id="42")], envelope("channel"), "m").agent_id
        == "x"
    )
    direct = Binding("x", "discord", peer_kind="dm", peer_id="ABC")
    assert choose_agent([direct], envelope("direct", " abc "), "m").agent_id == "x"
