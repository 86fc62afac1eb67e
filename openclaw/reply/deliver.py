"""Send what one conversation's outbox holds, in order.

A row is claimed before it is sent and marked after; what happens in between is never guessed: a request that left
without an answer is ``unknown``, and sent again only where the channel says that this is harmless. A row that waits
for its next attempt keeps all later ones waiting. The account's pace is kept by a limiter that all workers share: a row
whose turn comes within about a second waits for it here, every other one is due later, and the caller rings again at
``next_due_ms``.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from openclaw.domain.crash_points import CrashPoint, reach
from openclaw.domain.reply_target import is_quoting
from openclaw.errors import (
    ChannelError,
    ChannelOutcomeUnknown,
    ChannelRateLimited,
    ChannelRejected,
    ChannelUnreachable,
    ConfigError,
)
from openclaw.ports.channel import (
    ButtonSender,
    ChannelAccount,
    ChannelCapabilities,
    FileSender,
    KeyedSender,
    MessageEditor,
    OutboundFile,
    SendReceipt,
    UnknownPolicy,
)
from openclaw.ports.clock import Clock
from openclaw.ports.media_files import MediaFiles
from openclaw.ports.send_limiter import NoLimits, SendLimiter
from openclaw.ports.store import OutboxFile, OutboxHead, OutboxRow, OutboxStore
from openclaw.reply.pace import account_of, allowances
from openclaw.reply.retry import RetryPolicy

#: Finds the open account by channel and account id; ``None`` when there is none. May raise ConfigError.
Accounts = Callable[[str, str], ChannelAccount | None]
#: Finds a channel's capabilities by name.
Capabilities = Callable[[str], ChannelCapabilities]

#: A claim must outlive the slowest send: connect, read, and once more as plain text. Milliseconds.
CLAIM_MS = 120_000
#: A row waits no longer than this for its account's pace while it holds a worker's thread. Milliseconds.
LONGEST_WAIT_MS = 1_200
_ERROR_CHARS = 500
#: What a row says that is sent again after its sender died.
CLAIM_EXPIRED = "the sender stopped while sending"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What one call did. ``next_due_ms`` is when the conversation's next attempt is due, if this call knows."""

    sent: int
    next_due_ms: int | None = None


class Deliverer:
    """Delivers conversations. Thread-safe; two deliveries of one conversation never send the same row."""

    def __init__(
        self,
        outbox: OutboxStore,
        accounts: Accounts,
        capabilities: Capabilities,
        clock: Clock,
        files: MediaFiles,
        *,
        retry: RetryPolicy | None = None,
        claim_ms: int = CLAIM_MS,
        chance: random.Random | None = None,
        limiter: SendLimiter | None = None,
        pause: Callable[[float], object] = time.sleep,
        own_policy: Callable[[str, str], UnknownPolicy | None] = lambda _channel, _account: None,
    ) -> None:
        """``own_policy`` is what an account does with an unknown outcome; ``None`` for what its channel does."""
        self._outbox = outbox
        self._accounts = accounts
        self._capabilities = capabilities
        self._clock = clock
        self._files = files
        self._retry = retry or RetryPolicy()
        self._claim_ms = claim_ms
        self._chance = chance or random.Random()
        self._limiter = limiter or NoLimits()
        self._pause = pause
        self._own_policy = own_policy

    def deliver(self, conversation: str) -> DeliveryReport:
        """Send every due row of the conversation until one has to wait or none is left."""
        sent = 0
        while head := self._outbox.head(conversation):
            # Before the claim: one that ends while its row waits would leave the outcome unknown.
            due_at_ms = head.due_at_ms if head.due_at_ms > self._clock() else self._paced(head)
            if due_at_ms is not None:
                return DeliveryReport(sent, due_at_ms)
            row = self._outbox.claim_next(conversation, self._clock(), self._claim_ms)
            if row is None:
                break  # somebody else was first
            reach(CrashPoint.OUTBOX_AFTER_CLAIM)
            try:
                receipt = self._send(row)
            except (ChannelError, ConfigError) as error:
                due_at_ms = self._settle(row, error)
                if due_at_ms is not None:
                    return DeliveryReport(sent, due_at_ms)
                continue
            reach(CrashPoint.OUTBOX_AFTER_SEND)
            if not self._outbox.mark_sent(row, receipt.provider_message_id, self._clock()):
                _log.warning("outbox row %s was sent, but its claim had expired", row.id)
            reach(CrashPoint.OUTBOX_AFTER_MARK)
            sent += 1
        return DeliveryReport(sent)

    def _paced(self, head: OutboxHead) -> int | None:
        """Wait until the row may leave; when it is due again if that takes too long."""
        wanted = allowances(self._capabilities(head.route.channel), head.route)
        slot = self._limiter.reserve(account_of(head.route), wanted, LONGEST_WAIT_MS)
        if slot.granted:
            if slot.wait_ms:
                self._pause(slot.wait_ms / 1000)
            return None
        due_at_ms = self._clock() + slot.wait_ms
        self._outbox.postpone(head, due_at_ms)
        return due_at_ms

    def _send(self, row: OutboxRow) -> SendReceipt:
        """Send a row, without what it quotes if it is refused with it: that may be gone, or of a model's making."""
        try:
            return self._send_as_it_is(row)
        except ChannelRejected as error:
            # Of a file with words, one part may have left.
            if row.file is not None or not is_quoting(row.route.reply_to):
                raise
            _log.info("outbox row %s is sent without quoting %s: %s", row.id, row.route.reply_to, error)
            return self._send_as_it_is(replace(row, route=replace(row.route, reply_to=None)))

    def _send_as_it_is(self, row: OutboxRow) -> SendReceipt:
        account = self._accounts(row.route.channel, row.route.account)
        if account is None:
            raise ChannelRejected(f"channel {row.route.channel} has no account {row.route.account!r}")
        if isinstance(account, KeyedSender):
            account = account.keyed(_key_of(row))
        if row.file is not None:
            return self._send_file(account, row, row.file)
        buttoned: object = account
        if row.edits and isinstance(buttoned, MessageEditor):
            return self._edit(account, buttoned, row)
        if row.buttons and isinstance(buttoned, ButtonSender):
            return buttoned.send_with_buttons(row.route, row.text, row.buttons)
        return account.send(row.route, row.text)

    def _edit(self, account: ChannelAccount, editor: MessageEditor, row: OutboxRow) -> SendReceipt:
        """Put the text in place of a message; of one that is gone or cannot be changed, beside it."""
        try:
            editor.edit(row.route, row.edits, row.text)
        except ChannelOutcomeUnknown as error:
            # The same text in place of the same message is harmless.
            raise ChannelUnreachable(str(error)) from error
        except ChannelRejected as error:
            _log.info("outbox row %s cannot take the place of a message: %s", row.id, error)
            return account.send(row.route, row.text)
        return SendReceipt(row.edits)

    def _send_file(self, account: ChannelAccount, row: OutboxRow, file: OutboxFile) -> SendReceipt:
        sender: object = account
        if not isinstance(sender, FileSender):
            raise ChannelRejected(f"channel {row.route.channel} takes no files")
        content = self._files.content(file.id)
        if content is None:
            raise ChannelRejected(f"the file {file.name!r} is not kept any more")
        return sender.send_file(row.route, OutboundFile(content, file.mime, file.name, file.voice_note), row.text)

    def _settle(self, row: OutboxRow, error: ChannelError | ConfigError) -> int | None:
        """Record a failed send; when it is tried again, or ``None`` when the row is over."""
        state = "failed"
        delay_ms: int | None = None
        match error:
            case ChannelRateLimited():
                delay_ms = self._retry.rate_limit_delay_ms(row.attempts, error.retry_after_seconds)
                if delay_ms is not None:
                    self._limiter.hold_back(account_of(row.route), delay_ms)
            case ChannelUnreachable() | ConfigError():
                # Nothing was sent; a section that is wrong may be put right meanwhile.
                delay_ms = self._retry.delay_ms(row.attempts, self._chance)
            case ChannelOutcomeUnknown():
                state = "unknown"
                delay_ms = self._repeat_delay_ms(row)
            case _:
                pass
        message = f"{type(error).__name__}: {error}"[:_ERROR_CHARS]
        if delay_ms is None:
            self._end(row, state, message)
            return None
        due_at_ms = self._clock() + delay_ms
        _log.info("outbox row %s is tried again in %d ms: %s", row.id, delay_ms, message)
        if not self._outbox.mark_retry(row, message, due_at_ms):
            _log.warning("outbox row %s could not be put back: its claim had expired", row.id)
        return due_at_ms

    def recover(self, row: OutboxRow) -> bool:
        """Decide about a row whose sender died while sending, which counts as unknown; whether it is sent again."""
        delay_ms = self._repeat_delay_ms(row)
        return delay_ms is not None and self._outbox.mark_retry(row, CLAIM_EXPIRED, self._clock() + delay_ms)

    def _repeat_delay_ms(self, row: OutboxRow) -> int | None:
        """How long to wait before a row of unknown outcome is sent again; ``None`` when it is not."""
        delay_ms = self._retry.delay_ms(row.attempts, self._chance)
        if delay_ms is None:
            return None
        capabilities = self._capabilities(row.route.channel)
        own = self._own_policy(row.route.channel, row.route.account)
        if (own or capabilities.unknown_policy) == "retry":
            return delay_ms
        # Nothing was sent before the row was made, so what was has been known for less than the row is old.
        age_ms = self._clock() + delay_ms - row.created_at_ms
        return delay_ms if own is None and age_ms <= capabilities.known_again_ms else None

    def _end(self, row: OutboxRow, state: str, message: str) -> None:
        _log.warning("outbox row %s of %s ends as %s: %s", row.id, row.route.channel, state, message)
        if not self._outbox.mark_ended(row, state, message, self._clock()):
            _log.warning("outbox row %s could not be ended: its claim had expired", row.id)


def _key_of(row: OutboxRow) -> str:
    """The same for every attempt, and no other row's: not of another database that the account was used with either."""
    return f"{row.created_at_ms:x}-{row.id:x}"
