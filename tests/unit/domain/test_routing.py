"""Which agent answers a message, and why: what decides and what explains it agree about every message."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openclaw.domain.envelope import InboundEnvelope, Peer, ReplyRoute, Sender
from openclaw.domain.route_explained import Explanation, explain_route
from openclaw.domain.route_index import RouteIndex
from openclaw.domain.routing import TIERS as NAMES
from openclaw.domain.routing import Binding, Decision, Facts

pytestmark = pytest.mark.spec("D1", "D2")


def choose_agent(bindings: Sequence[Binding], message: InboundEnvelope, default: str = "main") -> Decision:
    return RouteIndex(bindings, default).choose(message)


def explain(bindings: Sequence[Binding], message: InboundEnvelope) -> Explanation:
    return explain_route(bindings, Facts.of(message), "main", {b.agent for b in bindings} | {"main"})


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
        (Binding("x", "discord", account="*", peer_kind="group"), envelope()),
        (Binding("x", "discord", account="*", peer_id="42"), envelope()),
        (Binding("x", "discord", team="T"), envelope()),
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


def test_a_binding_for_an_agent_that_is_gone_goes_to_the_default_one():
    bindings = [Binding("gone", "discord", peer_kind="group", peer_id="42")]
    assert RouteIndex(bindings, "main", {"main"}).choose(envelope()) == Decision("main", "binding.peer", 0)
    explained = explain_route(bindings, Facts.of(envelope()), "main", {"main"})
    assert explained.decision.agent_id == "main"
    assert explained.warning == "there is no agent 'gone': the default agent answers"


def test_every_binding_says_why_it_lost():
    bindings = [
        Binding("a", "slack", account="*"),
        Binding("b", "discord", account="*"),
        Binding("c", "discord", account="work"),
        Binding("d", "discord", guild="H", team="U", thread="t"),
        Binding("e", "discord", peer_kind="group", peer_id="9"),
        Binding("f", "discord", guild="G", roles=("r3",)),
        Binding("g", "discord", guild="G"),
        Binding("h", "discord", guild="G"),
        Binding("i", "discord", peer_kind="group"),
    ]
    explained = explain(bindings, FULL)
    assert explained.decision == Decision("g", "binding.guild", 6)
    assert [candidate.lost for candidate in explained.candidates] == [
        "channel is discord, not slack",
        "it matches too, but bindings[6] is binding.guild, not binding.channel",
        "account is default, not work",
        "guild is G, not H; team is T, not U; thread is none, not t",
        "the conversation is group:42, not group:9",
        "the sender has none of the roles r3",
        "",
        "it matches too, but bindings[6] comes first",
        "its peer has no kind or no id",
    ]


IDS = st.sampled_from(["", "1", "2"])
BINDINGS = st.builds(
    Binding,
    agent=st.sampled_from(["a", "b"]),
    channel=st.sampled_from(["discord", "slack"]),
    account=st.sampled_from(["", "*", "default", "work"]),
    peer_kind=st.sampled_from(["", "direct", "dm", "group", "channel"]),
    peer_id=IDS,
    guild=IDS,
    team=IDS,
    roles=st.sampled_from([(), ("r1",), ("r1", "r2")]),
    thread=IDS,
)
MESSAGES = st.builds(
    lambda kind, peer, account, thread, extra: envelope(kind, peer, account, thread, **extra),
    st.sampled_from(["direct", "group", "channel"]),
    st.sampled_from(["1", "2"]),
    st.sampled_from(["default", "work"]),
    st.sampled_from([None, "1"]),
    st.fixed_dictionaries(
        {},
        optional={
            "guild_id": st.sampled_from(["1", "2"]),
            "team_id": st.sampled_from(["1", "2"]),
            "role_ids": st.lists(st.sampled_from(["r1", "r2"])),
            "parent_peer": st.fixed_dictionaries({"kind": st.just("channel"), "id": st.sampled_from(["1", "2"])}),
        },
    ),
)


@given(st.lists(BINDINGS, max_size=8), MESSAGES)
def test_the_index_decides_as_the_whole_list_would(bindings, message):
    explained = explain(bindings, message)
    assert RouteIndex(bindings, "main").choose(message) == explained.decision
    won = [candidate for candidate in explained.candidates if not candidate.lost]
    assert [candidate.position for candidate in won] == [p for p in [explained.decision.position] if p is not None]


@given(st.lists(BINDINGS, max_size=6), MESSAGES, BINDINGS)
def test_a_binding_more_only_ever_wins_or_changes_nothing(bindings, message, more):
    before = RouteIndex(bindings, "main").choose(message)
    after = RouteIndex([*bindings, more], "main").choose(message)
    if after != before:
        assert after == Decision(more.agent, after.matched_by, len(bindings))
        assert NAMES.index(after.matched_by) < NAMES.index(before.matched_by)
