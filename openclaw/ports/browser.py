"""A browser that agents look at pages with: one page per session."""

from __future__ import annotations

from collections.abc import Mapping
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
