"""One command that a node carries out, and how it says no."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from openclaw.errors import OpenClawError


class NodeRefused(OpenClawError):
    """The node will not or cannot do it."""

    fault = "caller"

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(slots=True)
class Job:
    """What a command is given beside its parameters."""

    #: Seconds it has.
    seconds: float
    #: Set when nobody waits for it any more.
    cancelled: threading.Event = field(default_factory=threading.Event)
    #: Tells the caller what goes on.
    progress: Callable[[str], None] = lambda _text: None


#: Does what its parameters say; the answer is JSON. Raises NodeRefused.
Command = Callable[[dict[str, Any], Job], Any]


def text_of(params: dict[str, Any], name: str, *, default: str | None = None) -> str:
    """A parameter that must be text. Raises NodeRefused."""
    value = params.get(name, default)
    if not isinstance(value, str):
        raise NodeRefused("BAD_PARAMS", f"{name} must be a string")
    return value
