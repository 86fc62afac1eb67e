"""Who may write to an account. Pure: what operators decided over single senders is looked up by the caller.

Direct messages go by ``dm_policy``, groups by ``group_policy``; being paired lets nobody into a group. Whom an operator
refused is refused everywhere at the account, unless the file names him.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from openclaw.domain.account_rules import AccountRules, GroupAccess
from openclaw.domain.envelope import InboundEnvelope
from openclaw.domain.sender_names import ANYBODY, admits_all, is_named


class Reason(StrEnum):
    """Why a message was not admitted, as it is counted."""

    NO_ACCOUNT = "no-account"
    DM_DISABLED = "dm-disabled"
    DM_NOT_LISTED = "dm-not-listed"
    #: An operator refused the sender for good.
    REFUSED = "refused"
    #: Nobody has decided over the sender yet.
    UNPAIRED = "unpaired"
    GROUP_DISABLED = "group-disabled"
    GROUP_NOT_LISTED = "group-not-listed"
    GROUP_OFF = "group-off"
    GROUP_SENDER_NOT_LISTED = "group-sender-not-listed"
    RATE_LIMITED = "rate-limited"


class Standing(StrEnum):
    """What operators decided over a sender."""

    APPROVED = "approved"
    REFUSED = "refused"


class Asks(StrEnum):
    """What the configuration leaves to what operators decided over the sender."""

    NOTHING = ""
    #: Only who was approved may write; others may ask.
    APPROVAL = "approval"
    #: Everybody may write but who was refused.
    NO_REFUSAL = "no-refusal"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the configuration says of a message."""

    reason: Reason | None = None
    asks: Asks = Asks.NOTHING


def judge(rules: AccountRules, envelope: InboundEnvelope) -> Verdict:
    """Whether this message may be read at all, by the configuration alone.

    Some platforms do not say who took a message back. It goes then by the conversation: all that it can do there is to
    let a message wait no longer that was admitted before.
    """
    return _direct(rules, envelope) if envelope.peer.kind == "direct" else _group(rules, envelope)


def is_nobodys(envelope: InboundEnvelope) -> bool:
    """Whether it is a deletion of which nobody knows whose it is."""
    return envelope.event == "delete" and not envelope.sender.id


def settle(verdict: Verdict, standing: Standing | None) -> Reason | None:
    """Why a message is not admitted, once it is known what operators decided; ``None`` admits it."""
    if verdict.reason is not None or verdict.asks is Asks.NOTHING:
        return verdict.reason
    if standing is Standing.REFUSED:
        return Reason.REFUSED
    if verdict.asks is Asks.APPROVAL and standing is not Standing.APPROVED:
        return Reason.UNPAIRED
    return None


def group_of(rules: AccountRules, envelope: InboundEnvelope) -> GroupAccess | None:
    """What is said of the envelope's group: of itself, of what it hangs on, its server or workspace, or of all."""
    groups = rules.groups
    return next((groups[key] for key in _group_keys(envelope) if key in groups), None)


def requires_mention(rules: AccountRules, envelope: InboundEnvelope) -> bool | None:
    """Whether the group is answered only when it speaks to the assistant; ``None`` where nothing is said of it."""
    access = group_of(rules, envelope)
    found = access.require_mention if access is not None else None
    return rules.groups[ANYBODY].require_mention if found is None and ANYBODY in rules.groups else found


def _direct(rules: AccountRules, envelope: InboundEnvelope) -> Verdict:
    if rules.dm_policy == "disabled":
        return Verdict(Reason.DM_DISABLED)
    if is_nobodys(envelope) or is_named(rules.allow_from, envelope):
        return Verdict()
    if rules.dm_policy == "open" or admits_all(rules.allow_from):
        return Verdict(asks=Asks.NO_REFUSAL)
    return Verdict(asks=Asks.APPROVAL) if rules.dm_policy == "pairing" else Verdict(Reason.DM_NOT_LISTED)


def _group(rules: AccountRules, envelope: InboundEnvelope) -> Verdict:
    if rules.group_policy == "disabled":
        return Verdict(Reason.GROUP_DISABLED)
    access = group_of(rules, envelope)
    if access is not None and not access.enabled:
        return Verdict(Reason.GROUP_OFF)
    # Without a list of groups, a list of senders holds in all of them.
    is_open = rules.group_policy == "open"
    if access is None and not is_open and (rules.groups or not rules.group_allow_from):
        return Verdict(Reason.GROUP_NOT_LISTED)
    if is_nobodys(envelope):
        return Verdict()
    senders = access.allow_from if access is not None else ()
    if not senders and not is_open:
        senders = rules.group_allow_from or rules.allow_from
    if is_named(senders, envelope):
        return Verdict()
    if senders and not admits_all(senders):
        return Verdict(Reason.GROUP_SENDER_NOT_LISTED)
    return Verdict(asks=Asks.NO_REFUSAL)


def _group_keys(envelope: InboundEnvelope) -> Iterator[str]:
    """The most particular first."""
    yield envelope.peer.id.casefold()
    parent = envelope.extra.get("parent_peer")
    if isinstance(parent, dict) and parent.get("id"):
        yield str(parent["id"]).casefold()
    for name in ("guild", "team"):
        if envelope.extra.get(f"{name}_id"):
            yield f"{name}:{envelope.extra[f'{name}_id']}".casefold()
    yield ANYBODY
