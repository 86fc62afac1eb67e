"""One Chromium of one process: started at the first need, on a thread of its own, ended when nobody needs it.

Playwright's objects belong to the thread that made them, so everything is done there, one action after the other. Every
session has a context of its own: cookies and storage are not shared, and are gone when it is closed.
"""

from __future__ import annotations

import os
import queue
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as StillWaiting
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from openclaw.browser.page_actions import ACTIONS
from openclaw.errors import ToolError
from openclaw.net.guarded_proxy import GuardedProxy
from openclaw.ports.browser import PageView
from openclaw.ports.cancel import CancelToken

if TYPE_CHECKING:
    from playwright.sync_api import Browser as Program
    from playwright.sync_api import BrowserContext, Page, Playwright

#: How long whoever ends it waits until it is closed.
CLOSE_SECONDS = 15.0
#: Sessions that have a page at a time; the one that was used longest ago gives way.
MAX_SESSIONS = 8
_LOOK_SECONDS = 0.2
#: How long what an action began is waited for, in milliseconds.
SETTLE_MS = 200
_MAY_LEAD_ELSEWHERE = frozenset({"click", "press", "type", "select"})
#: What keeps Chromium from going around the proxy, and from calling home.
_FLAGS = (
    "--disable-quic",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)

_Work = tuple[str, str, Mapping[str, Any], "Future[PageView]"]


@dataclass(frozen=True, slots=True)
class BrowserPlan:
    """``[browser]``"""

    executable: str
    headless: bool = True
    timeout_seconds: float = 30.0
    idle_seconds: float = 300.0
    #: Private places that an operator allows: ``host`` or ``host:port``.
    allowed: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Tab:
    context: BrowserContext
    page: Page
    used_at: float = 0.0

    def settle(self) -> None:
        """Wait until the page that is in front can be read; where it was closed, the one behind it is in front."""
        if self.page.is_closed():
            others = self.context.pages
            if not others:
                raise ToolError("The page closed itself; navigate to another one.")
            self.page = others[-1]
        self.page.wait_for_load_state("domcontentloaded")


class Chromium:
    """Implements ``Browser``. A forked child starts its own."""

    def __init__(self, plan: BrowserPlan, *, proxy: GuardedProxy | None = None) -> None:
        self._plan = plan
        self._proxy = proxy
        self._thread: _BrowserThread | None = None
        self._lock = threading.Lock()
        os.register_at_fork(after_in_child=self._forget)

    def act(self, session_key: str, action: str, arguments: Mapping[str, Any], cancel: CancelToken) -> PageView:
        cancel.raise_if_cancelled()
        done: Future[PageView] = Future()
        with self._lock:
            if self._thread is None or not self._thread.take((session_key, action, arguments, done)):
                self._thread = _BrowserThread(self._plan, self._proxy or GuardedProxy(self._plan.allowed))
                self._thread.take((session_key, action, arguments, done))
                self._thread.start()
        while True:
            try:
                return done.result(_LOOK_SECONDS)
            except StillWaiting:
                if done.done():
                    raise
                # What has begun ends by its own limit; nobody waits for it.
                cancel.raise_if_cancelled()

    def close(self) -> None:
        """End the browser, if there is one, when what it does is done; a later use starts another."""
        with self._lock:
            thread, self._thread = self._thread, None
        if thread is not None:
            thread.end()

    def _forget(self) -> None:
        self._thread, self._lock = None, threading.Lock()


@dataclass(slots=True)
class _BrowserThread:
    plan: BrowserPlan
    proxy: GuardedProxy
    #: ``None`` asks it to end.
    work: queue.Queue[_Work | None] = field(default_factory=queue.Queue)
    tabs: dict[str, _Tab] = field(default_factory=dict)
    _over: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _thread: threading.Thread | None = None

    def take(self, work: _Work) -> bool:
        """Queue work; false when the thread has ended."""
        with self._lock:
            if not self._over:
                self.work.put(work)
            return not self._over

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="browser", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Take no more work, and wait until everything is closed."""
        with self._lock:
            self._over = True
            self.work.put(None)
        if self._thread is not None:
            self._thread.join(CLOSE_SECONDS)

    def _run(self) -> None:
        try:
            from playwright.sync_api import sync_playwright

            self.proxy.start()
            with sync_playwright() as playwright:
                program = self._launched(playwright)
                try:
                    self._serve(program)
                finally:
                    program.close()
        except Exception as error:  # noqa: BLE001 - whoever waits must hear of it
            self._end(f"The browser could not be used: {type(error).__name__}: {str(error)[:300]}")
        finally:
            self._end("The browser was closed.")
            self.proxy.stop()

    def _launched(self, playwright: Playwright) -> Program:
        return playwright.chromium.launch(
            executable_path=self.plan.executable,
            headless=self.plan.headless,
            # Chromium's own sandbox does not work for root.
            chromium_sandbox=os.geteuid() != 0,
            args=list(_FLAGS),
            # Without an exception for this machine's own addresses.
            proxy={
                "server": self.proxy.url,
                "bypass": "<-loopback>",
                "username": self.proxy.user,
                "password": self.proxy.password,
            },
            timeout=self.plan.timeout_seconds * 1000,
        )

    def _serve(self, program: Program) -> None:
        """Work until nothing came for a while."""
        while program.is_connected():
            try:
                work = self.work.get(timeout=self.plan.idle_seconds)
            except queue.Empty:
                with self._lock:
                    if self.work.empty():
                        self._over = True
                        return
                continue
            if work is None:
                return
            session_key, action, arguments, done = work
            if not done.set_running_or_notify_cancel():
                continue
            try:
                done.set_result(self._act(program, session_key, action, arguments))
            except ToolError as error:
                done.set_exception(error)
            except Exception as error:  # noqa: BLE001 - Playwright's errors are the page's, and are shown
                done.set_exception(ToolError(f"{action}: {_first_line(error)}"))

    def _act(self, program: Program, session_key: str, action: str, arguments: Mapping[str, Any]) -> PageView:
        if action == "close":
            self._close(session_key)
            return PageView()
        tab = self._tab(program, session_key, may_open=action == "navigate")
        ACTIONS[action](tab.page, arguments)
        if action in _MAY_LEAD_ELSEWHERE:
            # What a click begins, a window of its own among it, is noticed only while Playwright is waited for.
            tab.page.wait_for_timeout(SETTLE_MS)
        tab.settle()
        if action == "screenshot":
            picture = tab.page.screenshot(full_page=bool(arguments.get("full_page")), type="png")
            return PageView(tab.page.url, tab.page.title(), picture=picture)
        page, snapshot = tab.page, tab.page.aria_snapshot(mode="ai")
        if tab.page is not page:
            # A window opened while the one behind it was read.
            tab.settle()
            page, snapshot = tab.page, tab.page.aria_snapshot(mode="ai")
        return PageView(page.url, page.title(), snapshot)

    def _tab(self, program: Program, session_key: str, *, may_open: bool) -> _Tab:
        if session_key not in self.tabs:
            if not may_open:
                raise ToolError("No page is open; navigate to one first.")
            while len(self.tabs) >= MAX_SESSIONS:
                self._close(min(self.tabs, key=lambda key: self.tabs[key].used_at))
            self.tabs[session_key] = self._opened(program)
        tab = self.tabs[session_key]
        if tab.page.is_closed() and may_open and not tab.context.pages:
            tab.page = tab.context.new_page()
        tab.used_at = time.monotonic()
        return tab

    def _opened(self, program: Program) -> _Tab:
        context = program.new_context(accept_downloads=False, service_workers="block", locale="en-US")
        context.set_default_timeout(self.plan.timeout_seconds * 1000)
        tab = _Tab(context, context.new_page())

        def take(page: Page) -> None:
            # A link that opens a window of its own leads there.
            tab.page = page

        context.on("page", take)
        return tab

    def _close(self, session_key: str) -> None:
        tab = self.tabs.pop(session_key, None)
        if tab is not None:
            tab.context.close()

    def _end(self, reason: str) -> None:
        with self._lock:
            self._over = True
        while True:
            try:
                work = self.work.get_nowait()
            except queue.Empty:
                return
            if work is not None and not work[-1].done():
                work[-1].set_exception(ToolError(reason))


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:300]
