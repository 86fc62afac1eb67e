"""Messages from one session to another: given to its lane as one of its messages, answered to whoever waits."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from openclaw.domain.budgets import paid_by
from openclaw.domain.envelope import Sender
from openclaw.domain.queue_mode import QueueMode
from openclaw.domain.session_reach import HOPS, REPLY_SKIP
from openclaw.errors import StoreUnavailable
from openclaw.intake.event_desk import MachineIntake
from openclaw.intake.machine_message import MachineMessage
from openclaw.ports.session_messages import SessionMessage
from openclaw.ports.store import RunView

log = logging.getLogger(__name__)

#: The option of a run that another one waits for: the wait's id.
AWAITED = "awaited_by"

_SENT = uuid.UUID("8d0bb0f7-5a55-4f0e-8a2c-6f2c0c1e54b1")


class SessionMail:
    """Implements ``SessionPost``. Thread-safe."""

    def __init__(
        self,
        intake: MachineIntake,
        run_view: Callable[[str], RunView | None],
        answer_wait: Callable[[str, dict[str, Any]], None],
    ) -> None:
        self._intake = intake
        self._run_view = run_view
        self._answer_wait = answer_wait

    def send(self, message: SessionMessage) -> str:
        """Give it to the other session; the run that answers. Raises UnknownAgent, Busy or StoreUnavailable."""
        awaited = {AWAITED: message.wait_id} if message.awaited else {}
        options: dict[str, Any] = {HOPS: message.hops, **awaited, **paid_by(message.payer)}
        accepted = self._intake.submit_machine_message(
            MachineMessage(
                session_key=message.to_key,
                text=(
                    f"[Message from the agent in session {message.from_key}. It reads your answer; if it needs none, "
                    f"answer with exactly {REPLY_SKIP}.]\n{message.text}"
                ),
                source_key=f"session:{message.wait_id}",
                # Of one call alone, so that it is gathered with no other, which would leave one without an answer.
                sender=Sender(f"session:{message.wait_id}", message.from_key),
                run_id=str(uuid.uuid5(_SENT, message.wait_id)),
                mode=QueueMode.QUEUE,
                options=options,
            )
        )
        return accepted.run_id

    def answer(self, run_id: str) -> RunView | None:
        """How that run stands."""
        return self._run_view(run_id)

    def turn_ended(self, options: Mapping[str, Any], run_id: str) -> None:
        """Wake whoever waits for this turn's answer. One that is not woken wakes by itself when its time is up."""
        wait_id = options.get(AWAITED)
        if not wait_id:
            return
        try:
            self._answer_wait(str(wait_id), {"run_id": run_id})
        except StoreUnavailable as error:
            log.warning("whoever waits for run %s is not woken: %s", run_id, error)
