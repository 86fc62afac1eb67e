"""A browser that agents look at pages with: one page per session.

The one who asks and the one who has the browser are processes of their own: what is asked for is a row, and its answer
is that of the wait of the same name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from openclaw.ports.cancel import CancelToken


@dataclass(frozen=True, slots=True)
class PageView:
    """What there is to see after an action; all of it is text from outside."""

    url: str = ""
    title: str = ""
    #: The page as a tree of what can be read and used, with a ``ref`` for each.
    snapshot: str = ""
    picture: bytes = b""


class Browser(Protocol):
    """Thread-safe; actions are done one after the other."""

    def act(self, session_key: str, action: str, arguments: Mapping[str, Any], cancel: CancelToken) -> PageView:
        """Do something in the session's page. Raises ToolError, RunAborted."""
        ...


@dataclass(frozen=True, slots=True)
class BrowserAct:
    """One thing to do in a session's page. ``id`` is also the name of the wait for it."""

    id: str
    session_key: str
    action: str
    arguments: Mapping[str, Any]
    created_at_ms: int
    #: From then on nobody begins it.
    due_at_ms: int


class BrowserActs(Protocol):
    """Raises StoreUnavailable."""

    def add(self, act: BrowserAct) -> bool:
        """Note it; false when it was noted before."""
        ...

    def home(self, session_key: str, since_ms: int) -> str:
        """The worker that has the session's page, by what was begun since then; empty without one."""
        ...

    def claim(self, act_id: str, home: str, now_ms: int) -> BrowserAct | None:
        """Take it for the worker ``home``; ``None`` when somebody has, or its time is over."""
        ...

    def unclaimed(self, before_ms: int, now_ms: int, limit: int) -> list[str]:
        """What nobody has taken since then, while there is time."""
        ...

    def forget(self, before_ms: int, limit: int) -> None:
        """Drop what is older."""
        ...


class BrowserBell(Protocol):
    """Wakes the workers that have a browser."""

    def ring_browser(self, act_ids: Sequence[str], home: str = "") -> None:
        """Tell the worker ``home``, or any. Raises RedisUnavailable."""
        ...
