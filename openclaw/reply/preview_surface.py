"""Shows an answer in the making where messages can be edited, at the account's pace."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from concurrent.futures import Executor, Future

from openclaw.domain.envelope import ReplyRoute
from openclaw.domain.reply_rules import ReplyRules
from openclaw.errors import ChannelError, ChannelRateLimited
from openclaw.ports.channel import ChannelAccount, ChannelCapabilities, MessageEditor, SendRate
from openclaw.ports.send_limiter import SendLimiter
from openclaw.reply.pace import account_of, allowances
from openclaw.reply.plan import chunks_for

_log = logging.getLogger(__name__)

#: When a platform asks to wait without saying how long. Seconds.
_DEFAULT_WAIT_SECONDS = 5.0


class EditedMessage:
    """Implements ``PreviewSurface``."""

    def __init__(
        self,
        account: ChannelAccount,
        editor: MessageEditor,
        route: ReplyRoute,
        capabilities: ChannelCapabilities,
        rules: ReplyRules,
        limiter: SendLimiter,
        threads: Executor,
    ) -> None:
        self._account = account
        self._editor = editor
        self._route = route
        self._capabilities = capabilities
        self._rules = rules
        self._limiter = limiter
        self._threads = threads
        self._interval_ms = preview_interval_ms(capabilities, route)

    @property
    def interval_ms(self) -> int:
        return self._interval_ms

    def fit(self, text: str) -> str:
        """The first message that the text would become."""
        chunks = chunks_for(text, self._capabilities, self._rules)
        return chunks[0] if chunks else ""

    def show(self, message_id: str, text: str) -> str:
        """Send or edit the message; empty when the account's pace leaves no room. Raises a ChannelError class."""
        account = account_of(self._route)
        if not self._limiter.reserve(account, allowances(self._capabilities, self._route), 0).granted:
            return ""
        try:
            if not message_id:
                return self._account.send(self._route, text).provider_message_id
            self._editor.edit(self._route, message_id, text)
        except ChannelRateLimited as error:
            seconds = _DEFAULT_WAIT_SECONDS if error.retry_after_seconds is None else error.retry_after_seconds
            self._limiter.hold_back(account, round(seconds * 1000) + 1)
            raise
        return message_id

    def remove(self, message_id: str) -> None:
        try:
            self._editor.delete(self._route, message_id)
        except ChannelError as error:
            _log.warning("a preview in %s could not be taken back: %s", self._route.channel, error)

    def run(self, job: Callable[[], None]) -> Future[None]:
        return self._threads.submit(job)


def preview_interval_ms(capabilities: ChannelCapabilities, route: ReplyRoute) -> int:
    """How often a preview is edited: of what is allowed in a longer time, replies are left half."""
    return max(
        capabilities.edit_interval_ms,
        *(_share_ms(rate) for rate in capabilities.send_rates if _is_about(rate, route)),
        capabilities.min_send_interval_ms,
    )


def _is_about(rate: SendRate, route: ReplyRoute) -> bool:
    return rate.per_conversation and (not rate.targets or bool(re.fullmatch(rate.targets, route.target)))


def _share_ms(rate: SendRate) -> int:
    return rate.window_ms // rate.sends * (1 if rate.sends == 1 else 2)
