"""Shows an answer in the making where messages can be edited, at the account's pace."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from concurrent.futures import Executor, Future

from openclaw.domain.envelope import ReplyRoute
from openclaw.domain.reply_rules import ReplyRules
from openclaw.errors import ChannelError, ChannelRateLimited
from openclaw.ports.channel import (
    ChannelAccount,
    ChannelCapabilities,
    MessageEditor,
    ReplyStream,
    SendRate,
    StreamSender,
)
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
        if not self.may_call():
            return ""
        try:
            if not message_id:
                return self._account.send(self._route, text).provider_message_id
            self._editor.edit(self._route, message_id, text)
        except ChannelRateLimited as error:
            seconds = _DEFAULT_WAIT_SECONDS if error.retry_after_seconds is None else error.retry_after_seconds
            self._limiter.hold_back(account_of(self._route), round(seconds * 1000) + 1)
            raise
        return message_id

    def may_call(self) -> bool:
        """Whether the account's pace leaves room for one call now; if so it is taken."""
        wanted = allowances(self._capabilities, self._route)
        return self._limiter.reserve(account_of(self._route), wanted, 0).granted

    @property
    def grows(self) -> bool:
        """An edited message is whole at any moment."""
        return False

    def close(self) -> None:
        """Nothing to close."""

    def remove(self, message_id: str) -> None:
        try:
            self._editor.delete(self._route, message_id)
        except ChannelError as error:
            _log.warning("a preview in %s could not be taken back: %s", self._route.channel, error)

    def run(self, job: Callable[[], None]) -> Future[None]:
        return self._threads.submit(job)


class StreamedMessage:
    """The same by the platform's own stream, where it has one for the route; by edits where it has none, and once what
    is to be shown does not begin with what was shown. For one turn.
    """

    def __init__(self, edited: EditedMessage, streams: StreamSender, route: ReplyRoute) -> None:
        self._edited = edited
        self._streams = streams
        self._route = route
        self._stream: ReplyStream | None = None
        self._shown = ""

    @property
    def interval_ms(self) -> int:
        return self._edited.interval_ms

    def fit(self, text: str) -> str:
        return self._edited.fit(text)

    def show(self, message_id: str, text: str) -> str:
        """Begin the stream, or add to it; empty when the account's pace leaves no room. Raises a ChannelError class."""
        if message_id and (self._stream is None or not text.startswith(self._shown)):
            self.close()
            return self._edited.show(message_id, text)
        if not self._edited.may_call():
            return ""
        if self._stream is None:
            self._stream = self._streams.start_stream(self._route)
            if self._stream is None:
                return self._edited.show(message_id, text)
        self._stream.append(text.removeprefix(self._shown))
        self._shown = text
        return self._stream.message_id

    @property
    def grows(self) -> bool:
        return self._stream is not None

    def close(self) -> None:
        """End the stream: a message that still grows cannot be changed."""
        stream, self._stream = self._stream, None
        if stream is None:
            return
        try:
            stream.finish()
        except ChannelError as error:
            _log.warning("a streamed reply in %s was not ended: %s", self._route.channel, error)

    def remove(self, message_id: str) -> None:
        self.close()
        self._edited.remove(message_id)

    def run(self, job: Callable[[], None]) -> Future[None]:
        return self._edited.run(job)


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
