"""Whether a channel's message may come in at all: before it is routed, read or stored.

Nothing of a message that stays out is kept: neither a row, nor its text in a log. It is counted by its reason.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter as Tally
from collections.abc import Callable, Mapping

from openclaw.domain.access import Asks, Reason, judge, settle
from openclaw.domain.account_rules import AccountRules
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

    def counts(self) -> Mapping[tuple[str, str, str], int]:
        """How many messages stayed out since the process began, by channel, account and reason."""
        with self._lock:
            return dict(self._refused)

    def _refusal(self, rules: AccountRules, envelope: InboundEnvelope, *, operator: bool) -> Reason | None:
        verdict = judge(rules, envelope)
        if verdict.reason is not None:
            return verdict.reason
        if operator:
            return None
        if verdict.asks is not Asks.NOTHING:
            sender = (envelope.channel, envelope.account, envelope.sender.id)
            wants_approval = verdict.asks is Asks.APPROVAL
            reason = settle(verdict, self.senders.standing(sender, newly_approved_counts=wants_approval))
            if reason is Reason.UNPAIRED:
                self._ask(envelope)
            if reason is not None:
                return reason
        return Reason.RATE_LIMITED if self._is_too_much(rules, envelope) else None

    def _ask(self, envelope: InboundEnvelope) -> None:
        # Who only presses a button or changes an old message has not spoken to us.
        sender = (envelope.channel, envelope.account, envelope.sender.id)
        if envelope.event != "message" or self.senders.has_just_asked(sender):
            return
        if self._limiter.take(_account(envelope), [STRANGERS]).is_taken:
            self.senders.ask(envelope)

    def _is_too_much(self, rules: AccountRules, envelope: InboundEnvelope) -> bool:
        limit, window_ms = rules.rate_limit, rules.rate_limit.window_seconds * 1000
        counters = (
            Counter(f"sender:{envelope.sender.id}", Allowance(limit.per_sender, window_ms)),
            Counter("all", Allowance(limit.per_account, window_ms)),
        )
        took = self._limiter.take(_account(envelope), counters)
        if took is Take.REFUSED_FIRST:
            self._say(envelope.route, TOO_MUCH_NOTICE, f"rate:{_account(envelope)}:{envelope.event_id}")
        return not took.is_taken


def _account(envelope: InboundEnvelope) -> str:
    return f"{envelope.channel}:{envelope.account}"
