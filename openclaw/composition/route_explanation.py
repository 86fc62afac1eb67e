"""Where a message goes, and why: by a configuration alone, or with what a gateway knows besides."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from openclaw.composition.channels import account_rules
from openclaw.domain.access import Asks, Standing, judge, settle
from openclaw.domain.broadcast import agents_at
from openclaw.domain.envelope import InboundEnvelope, Peer, ReplyRoute, Sender
from openclaw.domain.route_explained import Candidate, explain_route
from openclaw.domain.routing import Binding, Facts
from openclaw.domain.session_key import session_key_for
from openclaw.errors import InvalidRequest
from openclaw.settings.schema import Settings
from openclaw.settings.toml_source import TomlSource

#: What a question may say, and what each is of the envelope's ``extra``.
_EXTRA = {
    "guildId": "guild_id",
    "teamId": "team_id",
    "senderUsername": "sender_username",
    "senderE164": "sender_e164",
}
#: Everything that a question may say. Only the channel must be there.
QUESTIONS = (
    *("channel", "accountId", "peerKind", "peerId", "parentPeerKind", "parentPeerId", "senderId", "senderName"),
    *("threadId", "roleIds", *_EXTRA),
)
_KINDS = {"direct": "direct", "dm": "direct", "group": "group", "channel": "channel"}


def asked_envelope(question: Mapping[str, Any]) -> InboundEnvelope:
    """The message that a question is about. Raises InvalidRequest."""
    unknown = sorted(set(question) - set(QUESTIONS))
    if unknown:
        raise InvalidRequest(f"unknown: {', '.join(unknown)}; known: {', '.join(QUESTIONS)}")
    channel = str(question.get("channel") or "")
    if not channel:
        raise InvalidRequest("name the channel")
    sender = str(question.get("senderId") or "")
    peer_id = str(question.get("peerId") or sender)
    kind = _kind(question.get("peerKind") or "direct")
    if not peer_id:
        raise InvalidRequest("name the conversation, or the sender of a direct message")
    account = str(question.get("accountId") or "default")
    extra: dict[str, Any] = {name: str(question[key]) for key, name in _EXTRA.items() if question.get(key)}
    if question.get("roleIds"):
        extra["role_ids"] = [str(role) for role in question["roleIds"]]
    if question.get("parentPeerId"):
        parent = {"kind": _kind(question.get("parentPeerKind") or "group"), "id": str(question["parentPeerId"])}
        extra["parent_peer"] = parent
    return InboundEnvelope(
        channel=channel,
        account=account,
        event_id="",
        peer=Peer(kind, peer_id),  # type: ignore[arg-type]
        sender=Sender(sender or (peer_id if kind == "direct" else ""), name=str(question.get("senderName") or "")),
        text="",
        route=ReplyRoute(channel, account, peer_id),
        thread_id=str(question["threadId"]) if question.get("threadId") else None,
        extra=extra,
    )


def _kind(raw: object) -> str:
    kind = _KINDS.get(str(raw))
    if kind is None:
        raise InvalidRequest(f"{str(raw)!r} is no kind of conversation; kinds: {', '.join(_KINDS)}")
    return kind


def explain(
    settings: Settings,
    envelope: InboundEnvelope,
    *,
    source: TomlSource | None = None,
    standing: Callable[[InboundEnvelope], Standing | None] | None = None,
) -> dict[str, Any]:
    """Whether a message is admitted, and which agents answer it in which sessions, and why.

    ``source`` is the file's text, for its lines. Without ``standing`` it is not known what operators decided.
    """
    default, agents = settings.agents.default_id, settings.agents.by_id
    facts = Facts.of(envelope)
    explained = explain_route(settings.bindings, facts, default, agents)
    several = agents_at(settings.broadcast, envelope)
    decision = explained.decision
    routes = [
        {"agentId": agent, "sessionKey": session_key_for(agent, envelope, settings.session)}
        for agent in several or (decision.agent_id,)
    ]
    return {
        "access": _access(settings, envelope, standing),
        **routes[0],
        "matchedBy": "broadcast" if several else decision.matched_by,
        "routes": routes,
        "candidates": [
            _candidate(each, source, won=each.position == decision.position) for each in explained.candidates
        ],
        "warning": explained.warning,
    }


def _access(
    settings: Settings, envelope: InboundEnvelope, standing: Callable[[InboundEnvelope], Standing | None] | None
) -> dict[str, Any]:
    rules = account_rules(settings.channels).get((envelope.channel, envelope.account))
    if rules is None:
        return {"admitted": False, "reason": "no-account"}
    if f"{envelope.channel}:{envelope.sender.id}" in settings.approvals.approvers:
        verdict = judge(rules, envelope)
        return {"admitted": verdict.reason is None, "reason": verdict.reason.value if verdict.reason else ""}
    verdict = judge(rules, envelope)
    if verdict.asks is not Asks.NOTHING and standing is None:
        return {"admitted": None, "reason": "", "dependsOn": verdict.asks.value}
    reason = settle(verdict, standing(envelope) if standing is not None else None)
    return {"admitted": reason is None, "reason": reason.value if reason else ""}


def _candidate(candidate: Candidate, source: TomlSource | None, *, won: bool) -> dict[str, Any]:
    line = source.line_of(("bindings", candidate.position)) if source is not None else None
    return {
        "position": candidate.position,
        **({"line": line} if line else {}),
        "agentId": candidate.binding.agent,
        "tier": candidate.tier,
        "won": won,
        "lost": candidate.lost,
        "match": _match(candidate.binding),
    }


def _match(binding: Binding) -> dict[str, Any]:
    found = dataclasses.asdict(binding)
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in found.items()
        if value and name != "agent"
    }
