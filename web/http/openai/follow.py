"""From an asked turn to a durable message, and on to its answer.

Whoever follows a run that was made for his request alone ends it when he goes: nobody else would read the answer. A
run of a conversation goes on, as it does when a WebSocket closes.
"""

from __future__ import annotations

import contextlib
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from openclaw.domain.queue_mode import QueueMode
from openclaw.domain.run import RunStatus, Usage
from openclaw.domain.transcript import ToolCallBlock
from openclaw.errors import OpenClawError
from web.http.openai.asked import AskedTurn
from web.http.openai.errors import INTERNAL, TIMEOUT, UNAVAILABLE, ApiError, of_end, of_error
from web.http.openai.peer_gone import is_gone
from web.run_taps import Heard, RunTap
from web.ws.run_end import RunEnd
from web.ws.run_text import ITEM_SEPARATOR

if TYPE_CHECKING:
    from web.gateway import Gateway

#: How often a silent run's client is looked after.
LOOK_SECONDS = 1.0
#: Proxies close connections on which nothing is said for long.
KEEP_ALIVE_SECONDS = 15.0
#: The reason of runs that nobody waits for any more.
DISCONNECTED = "disconnect"


class ClientGone(Exception):
    """Nobody reads the answer any more."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run has answered. ``stop_reason`` as a StopReason's value."""

    text: str
    #: Calls of the client's tools.
    calls: tuple[ToolCallBlock, ...] = ()
    stop_reason: str = "stop"
    usage: Usage = field(default_factory=Usage)


@dataclass(frozen=True, slots=True)
class NewText:
    """Text that follows what was yielded before."""

    text: str


class KeepAlive:
    """Nothing was said for a while."""


KEEP_ALIVE = KeepAlive()
Piece = NewText | KeepAlive | Outcome


@dataclass(slots=True)
class FollowedRun:
    """One run of one request. ``leave`` must be called in every case, and may be called twice."""

    gateway: Gateway
    asked: AskedTurn
    environ: Mapping[str, Any]
    run_id: str
    created_at: int
    _tap: RunTap
    _sent: str = ""
    _over: bool = False
    _left: bool = False

    @classmethod
    def submit(cls, gateway: Gateway, asked: AskedTurn, environ: Mapping[str, Any], prefix: str) -> FollowedRun:
        """Make the message durable and follow its run, whose id begins with ``prefix``. Raises ApiError."""
        run_id = f"{prefix}{uuid.uuid4().hex}"
        # Before it is submitted: the first words may come sooner than the answer of the database.
        run = cls(gateway, asked, environ, run_id, gateway.clock() // 1000, gateway.taps.open(run_id))
        try:
            run._submit()
        except BaseException:
            run._over = True
            run.leave()
            raise
        return run

    def _submit(self) -> None:
        target = self.asked.target
        try:
            self.gateway.services.intake.submit_client_message(
                session_key=target.session_key,
                message=self.asked.conversation.text,
                idempotency_key=self.run_id,
                # Each request has an answer of its own, so its message is never gathered or steered.
                mode=QueueMode.QUEUE,
                options=self.asked.to_options(),
            )
        except OpenClawError as error:
            raise of_error(error) from error
        self.gateway.metrics.accepted("openai")

    # --- following --------------------------------------------------------------------------------------------

    def finish(self) -> Outcome:
        """Wait for the end. Raises ApiError, ClientGone."""
        return next(outcome for _, outcome in self._watch() if outcome is not None)

    def pieces(self) -> Iterator[Piece]:
        """What to send, as it comes, ending with the Outcome. Raises ApiError, ClientGone."""
        spoke_at = time.monotonic()
        for heard, outcome in self._watch():
            text = self._new_text(heard, over=outcome is not None)
            if text:
                yield NewText(text)
            if outcome is not None:
                yield outcome
                return
            if not text and time.monotonic() - spoke_at < KEEP_ALIVE_SECONDS:
                continue
            if not text:
                yield KEEP_ALIVE
            spoke_at = time.monotonic()

    def _watch(self) -> Iterator[tuple[str, Outcome | None]]:
        """The text so far, whenever it has changed or a while has passed; at last the whole text and the outcome."""
        limit = time.monotonic() + self.gateway.services.facts.http.wait_seconds
        look_at = time.monotonic() + LOOK_SECONDS
        text = ""
        while True:
            heard = self._tap.wait(LOOK_SECONDS)
            if heard is not None:
                text, outcome = heard.text, self._read(heard)
                if outcome is not None:
                    yield outcome.text, outcome
                    return
            if time.monotonic() >= look_at:
                self._look_after(limit)
                look_at = time.monotonic() + LOOK_SECONDS
            yield text, None

    def _look_after(self, limit: float) -> None:
        if is_gone(self.environ):
            raise ClientGone
        if time.monotonic() >= limit:
            raise ApiError(TIMEOUT, "The run took longer than a request may wait.")

    def _read(self, heard: Heard) -> Outcome | None:
        if heard.end is not None:
            self._over = True
            return self._outcome(heard.end)
        if heard.closed:
            raise ApiError(UNAVAILABLE, "The gateway is stopping; try again.", retry_after_seconds=1.0)
        return None

    def _new_text(self, text: str, *, over: bool) -> str:
        """What of the text has not been sent. Raises ApiError when something else was sent already."""
        sent = self._sent
        if text.startswith(sent):
            self._sent = text
            return text[len(sent) :]
        if not over and sent.startswith(text):
            return ""  # a step that was begun anew: perhaps it says the same again
        message = "The model began its answer anew after part of it had been sent; ask again."
        raise ApiError(INTERNAL, message, code="answer_restarted")

    def _outcome(self, end: RunEnd) -> Outcome:
        if end.status is not RunStatus.SUCCEEDED:
            raise of_end(end)
        try:
            said = self.gateway.services.sessions.said(end.session_key, self.run_id)
        except OpenClawError as error:
            raise of_error(error) from error
        names = self.asked.tools.names
        return Outcome(
            text=ITEM_SEPARATOR.join(message.text.rstrip() for message in said if message.text.strip()),
            calls=tuple(call for call in said[-1].tool_calls if call.name in names) if said else (),
            stop_reason=end.stop_reason,
            usage=end.usage,
        )

    # --- the end ----------------------------------------------------------------------------------------------

    def leave(self) -> None:
        """Stop following; a run that was for this request alone is ended if it still goes on."""
        if self._left:
            return
        self._left = True
        self.gateway.taps.leave(self._tap)
        if not self._over and self.asked.target.stateless:
            with contextlib.suppress(OpenClawError):  # it ends by itself
                self.gateway.services.intake.abort(self.asked.target.session_key, self.run_id, DISCONNECTED)
