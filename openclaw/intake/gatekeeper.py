"""Whether a channel's message may come in at all: before it is routed, read or stored.

Nothing of a message that stays out is kept: neither a row, nor its text in a log. It is counted by its reason.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter as Tally
from collections.abc import Callable, Mapping

from openclaw.domain.access import Asks, Reason, is_nobodys, judge, settle
from openclaw.domain.account_rules import AccountRules, RateLimit
from openclaw.domain.envelope import InboundEnvelope, ReplyRoute
from openclaw.domain.rate_limit import Allowance
from openclaw.intake.sender_desk import SenderDesk
from openclaw.ports.rate_limiter import Counter, RateLimiter, Take

log = logging.getLogger(__name__)

#: How often strangers may ask at one account, however many they are: each asking is a write.
STRANGERS = Counter("strangers", Allowance(20, 60_000))
TOO_MUCH_NOTICE = "That was a lot at once. I read on in a moment; what you write until then I do not see."

#: Puts a line into a chat, once per key.
Say = Callable[[ReplyRoute, str, str], None]


class Gatekeeper:
    """Thread-safe."""

    def __init__(self, senders: SenderDesk, limiter: RateLimiter, say: Say) -> None:
        self.senders = senders
        self._limiter = limiter
        self._say = say
        self._refused: Tally[tuple[str, str, str]] = Tally()
        self._lock = threading.Lock()

    def refusal(self, rules: AccountRules | None, envelope: InboundEnvelope, *, operator: bool) -> Reason | None:
        """Why a message stays out; ``None`` lets it in. ``rules`` is ``None`` for an account that is not configured.

        An unknown sender of an account with pairing is told a code. Raises StoreUnavailable.
        """
        reason = Reason.NO_ACCOUNT if rules is None else self._refusal(rules, envelope, operator=operator)
        if reason is not None:
            with self._lock:
                self._refused[envelope.channel, envelope.account, reason.value] += 1
            kind, peer = envelope.peer.kind, envelope.peer.id
            where, event = f"{envelope.channel} account {envelope.account}", envelope.event_id
            log.info("%s: event %s of %s %s is not admitted: %s", where, event, kind, peer, reason.value)
        return reason

    def admits(self, rules: AccountRules | None, envelope: InboundEnvelope, *, operator: bool) -> bool:
        """Whether its sender may write at all: nobody is told anything, and nothing is counted.

        Raises StoreUnavailable.
        """
        return rules is not None and self._reason(rules, envelope, operator=operator) is None

    def counts(self) -> Mapping[tuple[str, str, str], int]:
        """How many messages stayed out since the process began, by channel, account and reason."""
        with self._lock:
            return dict(self._refused)

    def _refusal(self, rules: AccountRules, envelope: InboundEnvelope, *, operator: bool) -> Reason | None:
        reason = self._reason(rules, envelope, operator=operator)
        if reason is Reason.UNPAIRED:
            self._ask(envelope)
        if reason is not None or operator:
            return reason
        return Reason.RATE_LIMITED if self._is_too_much(rules, envelope) else None

    def _reason(self, rules: AccountRules, envelope: InboundEnvelope, *, operator: bool) -> Reason | None:
        """Why the sender may not write, however little."""
        verdict = judge(rules, envelope)
        if verdict.reason is not None or verdict.asks is Asks.NOTHING or operator:
            return verdict.reason
        sender = (envelope.channel, envelope.account, envelope.sender.id)
        wants_approval = verdict.asks is Asks.APPROVAL
        return settle(verdict, self.senders.standing(sender, newly_approved_counts=wants_approval))

    def _ask(self, envelope: InboundEnvelope) -> None:
        # Who only presses a button or changes an old message has not spoken to us.
        sender = (envelope.channel, envelope.account, envelope.sender.id)
        if envelope.event != "message" or self.senders.has_just_asked(sender):
            return
        if self._limiter.take(_account(envelope), [STRANGERS]).is_taken:
            self.senders.ask(envelope)

    def _is_too_much(self, rules: AccountRules, envelope: InboundEnvelope) -> bool:
        """Count the event, unless it was counted: what is delivered again was let in already."""
        took = self._limiter.take(_account(envelope), _counters(rules.rate_limit, envelope), envelope.event_id)
        # Who puts reactions by the dozen does not wait for an answer.
        if took is Take.REFUSED_FIRST and envelope.event == "message":
            self._say(envelope.route, TOO_MUCH_NOTICE, f"rate:{_account(envelope)}:{envelope.event_id}")
        return not took.is_taken


def _counters(limit: RateLimit, envelope: InboundEnvelope) -> list[Counter]:
    """Edits, deletions and reactions take nothing of what there is room for in messages; nobody has no count."""
    window_ms = limit.window_seconds * 1000
    is_message, sender = envelope.event == "message", envelope.sender.id
    everything = Counter("all" if is_message else "events", Allowance(limit.per_account, window_ms))
    if is_nobodys(envelope):
        return [everything]
    name = f"sender:{sender}" if is_message else f"events:{sender}"
    return [Counter(name, Allowance(limit.per_sender, window_ms)), everything]


def _account(envelope: InboundEnvelope) -> str:
    return f"{envelope.channel}:{envelope.account}"
