"""Why a message goes where it goes: every binding, and what kept it from winning. Pure.

Goes through the whole list, so it is for people who ask; ``RouteIndex`` decides, and a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from openclaw.domain.routing import ANY_ACCOUNT, DEFAULT, DEFAULT_ACCOUNT, TIERS, Binding, Decision, Facts, tier_of


@dataclass(frozen=True, slots=True)
class Candidate:
    """One binding, as it stood to the message."""

    position: int
    binding: Binding
    #: The tier in which it would have won; empty for one about another conversation.
    tier: str
    #: Why it did not win; empty for the one that did.
    lost: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """The decision, and every binding in the file's order."""

    decision: Decision
    candidates: tuple[Candidate, ...]
    #: What is odd though it works.
    warning: str = ""


def explain_route(
    bindings: Sequence[Binding], facts: Facts, default_agent: str, known_agents: Collection[str]
) -> Explanation:
    """Decide as ``RouteIndex`` does, and say why."""
    judged = [
        (position, binding, tier_of(binding, facts), why_not(binding, facts))
        for position, binding in enumerate(bindings)
    ]
    matching = [each for each in judged if not each[3]]
    if not matching:
        candidates = tuple(Candidate(*each) for each in judged)
        return Explanation(Decision(default_agent, DEFAULT), candidates)
    position, winner, tier, _ = min(matching, key=lambda each: (TIERS.index(each[2]), each[0]))
    is_known = winner.agent in known_agents
    decision = Decision(winner.agent if is_known else default_agent, tier, position)
    candidates = tuple(
        Candidate(*each[:3], each[3] or ("" if each[0] == position else _beaten(each[2], tier, position)))
        for each in judged
    )
    warning = "" if is_known else f"there is no agent {winner.agent!r}: the default agent answers"
    return Explanation(decision, candidates, warning)


def why_not(binding: Binding, facts: Facts) -> str:
    """Why a binding does not match; empty for one that does."""
    return "; ".join(_misses(binding, facts))


def _misses(binding: Binding, facts: Facts) -> Iterator[str]:
    if not binding.is_possible:
        yield "roles need a guild" if binding.roles and not binding.guild else "its peer has no kind or no id"
        return
    account = binding.account or DEFAULT_ACCOUNT
    if binding.channel != facts.channel:
        yield f"channel is {facts.channel}, not {binding.channel}"
    if account not in (ANY_ACCOUNT, facts.account):
        yield f"account is {facts.account}, not {account}"
    if not tier_of(binding, facts):
        yield f"the conversation is {_peer(facts.peer)}, not {_peer(binding.peer or ('', ''))}"
    for name, wanted, found in (
        ("guild", binding.guild, facts.guild),
        ("team", binding.team, facts.team),
        ("thread", binding.thread, facts.thread),
    ):
        if wanted not in ("", found):
            yield f"{name} is {found or 'none'}, not {wanted}"
    if binding.roles and facts.roles.isdisjoint(binding.roles):
        yield f"the sender has none of the roles {', '.join(binding.roles)}"


def _beaten(tier: str, winning: str, position: int) -> str:
    return (
        f"it matches too, but bindings[{position}] {'comes first' if tier == winning else f'is {winning}, not {tier}'}"
    )


def _peer(peer: tuple[str, str]) -> str:
    return ":".join(peer)
