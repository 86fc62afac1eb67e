"""What agents want done in a browser, as turns ask for it and the workers that have a browser do it.

An action is begun at most once: a click may have bought something. What a worker did not finish ends by the time of
its wait, and the model hears that the outcome is not known.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from openclaw.errors import RedisUnavailable, ToolError
from openclaw.ports.browser import Browser, BrowserAct, BrowserActs, BrowserBell
from openclaw.ports.cancel import CancelToken
from openclaw.ports.clock import Clock
from openclaw.ports.tool import Suspension, ToolContext

log = logging.getLogger(__name__)

#: The kind of wait, in ``waits``.
KIND = "browser"
#: How long an action waits for its turn in the browser, beside the time that it may take, in milliseconds.
QUEUE_MS = 60_000
#: An action that nobody took for this long is called out again, to any worker, in milliseconds.
CALL_AGAIN_MS = 5_000
#: How long actions are kept, and how many one sweep looks at.
KEEP_MS, SWEEP_PAGE = 3_600_000, 100

#: Keeps a picture; gives its id.
KeepPicture = Callable[[bytes], str]


class BrowserDesk:
    """Thread-safe."""

    def __init__(self, acts: BrowserActs, bell: BrowserBell, clock: Clock, *, action_ms: int, page_ms: int) -> None:
        """``action_ms`` is how long an action may take, ``page_ms`` how long a page stays open unused."""
        self._acts = acts
        self._bell = bell
        self._clock = clock
        self._action_ms = action_ms
        self._page_ms = page_ms

    def ask(self, action: str, arguments: Mapping[str, Any], context: ToolContext) -> Suspension:
        """Have it done in the page of the context's session, once for this very call. Raises StoreUnavailable."""
        now = self._clock()
        due = now + QUEUE_MS + self._action_ms
        home = self._acts.home(context.session_key, now - self._page_ms)
        if self._acts.add(BrowserAct(context.wait_id, context.session_key, action, arguments, now, due)):
            self._ring([context.wait_id], home)
        # The worker that begins last may take its whole time.
        return Suspension(KIND, {"action": action}, due + self._action_ms, again=True)

    def work(self, act_id: str, home: str, browser: Browser, keep: KeepPicture) -> dict[str, Any] | None:
        """Do it as the worker ``home``; what to answer, or ``None`` when it is somebody else's affair."""
        act = self._acts.claim(act_id, home, self._clock())
        return None if act is None else acted(act, browser, keep)

    def sweep(self) -> int:
        """Call out again what nobody took; how many there were."""
        now = self._clock()
        waiting = self._acts.unclaimed(now - CALL_AGAIN_MS, now, SWEEP_PAGE)
        if waiting:
            self._ring(waiting, "")
        self._acts.forget(now - KEEP_MS, SWEEP_PAGE)
        return len(waiting)

    def _ring(self, act_ids: list[str], home: str) -> None:
        try:
            self._bell.ring_browser(act_ids, home)
        except RedisUnavailable as error:
            log.warning("%d actions in browsers begin a little later: %s", len(act_ids), error)


def acted(act: BrowserAct, browser: Browser, keep: KeepPicture) -> dict[str, Any]:
    """Do it; what the waiting call is told."""
    try:
        view = browser.act(act.session_key, act.action, act.arguments, CancelToken())
    except ToolError as error:
        return {"error": str(error)}
    shown = {"url": view.url, "title": view.title, "snapshot": view.snapshot}
    return {**shown, "picture": keep(view.picture)} if view.picture else shown
