"""imsg as its account sees it: requests that are answered, notifications in their order, an end.

One JSON object a line on its stdin and stdout. It ends when its stdin does, and so does ssh in front of it.
"""

from __future__ import annotations

import json
import logging
import queue
from collections.abc import Sequence
from typing import Any, Self

from openclaw.channel_kit.line_child import Answers, ChildEnded, LineChild
from openclaw.channel_kit.shapes import Malformed, json_object
from openclaw.channels.imessage.limits import MAX_LINE_BYTES
from openclaw.channels.imessage.refusals import refusal
from openclaw.errors import ChannelOutcomeUnknown, ChannelRejected, ChannelUnreachable

_log = logging.getLogger(__name__)


class ImsgChild:
    """A running imsg. ``with`` it; ``request`` may be called from any thread."""

    def __init__(self, command: Sequence[str]) -> None:
        self._program = command[0]
        self._notices: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._answers = Answers()
        self._interrupted = False
        self._child = LineChild(command, "imsg", on_line=self._heard, on_end=self._ended, max_line_bytes=MAX_LINE_BYTES)

    def __enter__(self) -> Self:
        try:
            self._child.__enter__()
        except FileNotFoundError:
            raise ChannelRejected(f"imessage: {missing(self._program)}") from None
        except OSError as error:
            raise ChannelUnreachable(f"imessage: {self._program} does not start: {error}") from error
        return self

    def __exit__(self, *_: object) -> None:
        self._answers.close()
        self._child.__exit__()

    def interrupt(self) -> None:
        """Let ``next_notice`` say that it is over, and whoever waits for an answer wait no longer. Does not block."""
        self._interrupted = True
        self._answers.release()
        self._notices.put(None)

    def next_notice(self, seconds: float) -> dict[str, Any] | None:
        """What imsg tells next; ``None`` once it has ended or ``interrupt`` was called. Raises queue.Empty."""
        return self._notices.get(timeout=seconds)

    def last_words(self) -> str:
        """What it said of its end; may be empty."""
        return self._child.last_words()

    def exit_status(self) -> int | None:
        """How it ended; ``None`` while it has not."""
        return self._child.exit_status() if self._answers.closed else None

    def request(self, method: str, params: dict[str, Any], timeout_seconds: float) -> dict[str, Any]:
        """Ask for something. Raises a ChannelError class: of the answer, or as there was none."""
        try:
            said = self._answers.ask(lambda number: self._say(number, method, params), timeout_seconds)
        except ChildEnded:
            raise ChannelUnreachable("imessage: imsg has ended") from None
        except OSError as error:
            self._answers.close()
            raise ChannelUnreachable(f"imessage: imsg does not listen: {error}") from error
        except queue.Empty:
            raise ChannelOutcomeUnknown(f"imessage {method}: imsg does not answer") from None
        if said is None:
            raise ChannelOutcomeUnknown(f"imessage {method}: imsg has ended")
        refused, result = said.get("error"), said.get("result")
        if isinstance(refused, dict):
            raise refusal(method, refused)
        return result if isinstance(result, dict) else {}

    def _say(self, number: int, method: str, params: dict[str, Any]) -> None:
        if self._interrupted:
            raise ChannelUnreachable("imessage: the connection is given up")
        self._child.write(
            json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}).encode() + b"\n"
        )

    def _heard(self, line: bytes) -> None:
        try:
            fields = json_object(line)
        except Malformed as error:
            _log.warning("imessage: a line of imsg is left out: %s", error)
            return
        if "method" in fields:
            self._notices.put(fields)
        else:
            self._answers.give(fields.get("id"), fields)

    def _ended(self) -> None:
        self._answers.close()
        self._answers.release()
        self._notices.put(None)


def missing(program: str) -> str:
    """What to do where a program is not there."""
    return (
        f"there is no program {program!r}: imsg runs on a Mac (macOS 14 or newer) that is signed in to Messages; "
        "install it there (brew install steipete/tap/imsg), and name the Mac by ssh_host if it is another host"
    )
