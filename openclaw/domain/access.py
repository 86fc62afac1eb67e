"""Who may write to an account. Pure."""

from __future__ import annotations

from openclaw.domain.account_rules import AccountRules
from openclaw.domain.envelope import InboundEnvelope

ANYBODY = "*"


def admits(rules: AccountRules, envelope: InboundEnvelope) -> bool:
    """Whether this message may be read at all."""
    if envelope.peer.kind != "direct":
        return rules.group_policy == "open" or _listed(rules.group_allow_from or rules.allow_from, envelope)
    return rules.dm_policy == "open" or (rules.dm_policy == "allowlist" and _listed(rules.allow_from, envelope))


def _listed(senders: tuple[str, ...], envelope: InboundEnvelope) -> bool:
    return ANYBODY in senders or envelope.sender.id in senders
