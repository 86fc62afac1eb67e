"""Commands for nodes, as every process asks for them and ends them.

The row in SQL is the truth. Notices only save waiting: a gateway that missed one finds the row when it next looks.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from openclaw.domain.node_answers import answer_text
from openclaw.domain.nodes import InvokeState
from openclaw.errors import RedisUnavailable
from openclaw.ports.clock import Clock
from openclaw.ports.nodes import (
    NODE_CANCEL_TOPIC,
    NODE_ENDED_TOPIC,
    NODE_INVOKE_TOPIC,
    NODE_WANTED_TOPIC,
    NewInvoke,
    NodeInvoke,
    NodeStore,
)
from openclaw.ports.stream import Notice

log = logging.getLogger(__name__)

#: Commands that one sweep ends or forgets.
SWEEP_PAGE = 200
#: How long what was asked of nodes is kept, in milliseconds: a call that is repeated within it has its first result.
KEEP_MS = 24 * 3_600_000
#: What a command ends with that nobody waits for.
CANCELLED: dict[str, Any] = {"ok": False, "error": {"code": "CANCELLED", "message": "nobody waited for the answer"}}

#: Answers a wait of a turn.
AnswerWait = Callable[[str, dict[str, Any]], None]


class NodeDesk:
    """Thread-safe."""

    def __init__(
        self, store: NodeStore, notify: Callable[[Notice], None], answer_wait: AnswerWait, clock: Clock
    ) -> None:
        self.store = store
        self._notify = notify
        self._answer_wait = answer_wait
        self._clock = clock

    def ask(self, new: NewInvoke) -> NodeInvoke:
        """Ask a node for something, once per key. Raises InvalidRequest and StoreUnavailable."""
        invoke, made = self.store.ask(new, self._clock())
        if made:
            self.tell(NODE_INVOKE_TOPIC, id=invoke.id, node_id=invoke.node_id)
        elif not invoke.state.is_over:
            self.tell(NODE_WANTED_TOPIC, id=invoke.id)
        return invoke

    def cancel(self, invoke_id: str, node_id: str) -> None:
        """End a command that nobody waits for any more, and let its node stop."""
        if self.finish(invoke_id, node_id, CANCELLED):
            self.tell(NODE_CANCEL_TOPIC, id=invoke_id, node_id=node_id)

    def finish(self, invoke_id: str, node_id: str, result: dict[str, Any]) -> bool:
        """Take a node's answer; false when it was not asked, or its time is over."""
        state = InvokeState.DONE if result.get("ok") else InvokeState.FAILED
        ended = self.store.finish(invoke_id, node_id, state, result, self._clock())
        if ended is not None:
            self._over(ended)
        return ended is not None

    def expire(self, invoke_id: str) -> None:
        """End a command whose time is over, if it is: the sweep does it too."""
        found = self.store.invoke(invoke_id)
        if found is not None and not found.state.is_over and found.expires_at_ms <= self._clock():
            self.sweep()

    def sweep(self) -> int:
        """End what is late and forget what is old; how many were late."""
        now = self._clock()
        for invoke_id, node_id in self.store.deserted(SWEEP_PAGE):
            self.cancel(invoke_id, node_id)
        late = self.store.expire(now, SWEEP_PAGE)
        for invoke in late:
            self.tell(NODE_CANCEL_TOPIC, id=invoke.id, node_id=invoke.node_id)
            self._over(invoke)
        self.store.forget(now - KEEP_MS, SWEEP_PAGE)
        return len(late)

    def tell(self, topic: str, **data: object) -> None:
        """Tell every gateway; whoever misses it looks by itself."""
        try:
            self._notify(Notice(topic, data))
        except RedisUnavailable as error:
            log.warning("gateways hear of a node's command a little later: %s", error)

    def _over(self, invoke: NodeInvoke) -> None:
        if invoke.wait_id:
            text, is_error = answer_text(invoke.command, invoke.result)
            self._answer_wait(invoke.wait_id, {"text": text, "is_error": is_error})
        self.tell(NODE_ENDED_TOPIC, id=invoke.id)
