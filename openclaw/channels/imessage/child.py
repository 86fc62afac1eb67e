"""imsg as its account sees it: requests that are answered, notifications in their order, an end.

One JSON object a line on its stdin and stdout; stderr is for people. It ends when its stdin does, so it does not
outlive us, and so does ssh in front of it.
"""

from __future__ import annotations

import itertools
import json
import logging
import queue
import subprocess
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from typing import IO, Any, Self

from openclaw.channel_kit.shapes import Malformed, json_object
from openclaw.channels.imessage.limits import MAX_LINE_BYTES
from openclaw.channels.imessage.refusals import refusal
from openclaw.errors import ChannelOutcomeUnknown, ChannelRejected, ChannelUnreachable

_log = logging.getLogger(__name__)

#: How long it may take to end by itself, and to die. Seconds.
_LEAVE_SECONDS, _DIE_SECONDS = 1.0, 5.0
#: How many of its last words are kept, and how much of each. Lines, bytes.
_LAST_WORDS, _WORDS_BYTES = 8, 500


class ImsgChild:
    """A running imsg. ``with`` it; ``request`` may be called from any thread."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = list(command)
        self._notices: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._answers: dict[int, queue.SimpleQueue[dict[str, Any] | None]] = {}
        self._ids = itertools.count(1)
        self._lock = threading.Lock()
        self._gone = False
        self._interrupted = False
        self._words: deque[str] = deque(maxlen=_LAST_WORDS)
        self._threads: list[threading.Thread] = []
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        try:
            self._process = subprocess.Popen(  # noqa: S603  (the operator's)
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
            )
        except FileNotFoundError:
            raise ChannelRejected(f"imessage: {missing(self._command[0])}") from None
        except OSError as error:
            raise ChannelUnreachable(f"imessage: {self._command[0]} does not start: {error}") from error
        for name, read, stream in (
            ("lines", self._read_lines, self._process.stdout),
            ("words", self._read_words, self._process.stderr),
        ):
            thread = threading.Thread(target=read, args=(stream,), name=f"imsg-{name}", daemon=True)
            thread.start()
            self._threads.append(thread)
        return self

    def __exit__(self, *_: object) -> None:
        process = self._process
        if process is None:
            return
        self._gone = True
        if not self._lock.acquire(timeout=_LEAVE_SECONDS):
            # Somebody waits to write to it, and it does not read.
            process.kill()
            self._lock.acquire()
        try:
            if process.stdin is not None:
                process.stdin.close()
        except OSError:
            _log.debug("imsg has closed its stdin already")
        finally:
            self._lock.release()
        try:
            process.wait(_LEAVE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(_DIE_SECONDS)
        for thread in self._threads:
            thread.join(_DIE_SECONDS)
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()

    def interrupt(self) -> None:
        """Let ``next_notice`` say that it is over, and whoever waits for an answer wait no longer. Does not block."""
        self._interrupted = True
        self._release()

    def next_notice(self, seconds: float) -> dict[str, Any] | None:
        """What imsg tells next; ``None`` once it has ended or ``interrupt`` was called. Raises queue.Empty."""
        return self._notices.get(timeout=seconds)

    def last_words(self) -> str:
        """What it said of its end; may be empty."""
        return " | ".join(self._words)

    def exit_status(self) -> int | None:
        """How it ended; ``None`` while it has not."""
        if self._process is None or not self._gone:
            return None
        try:
            return self._process.wait(_LEAVE_SECONDS)
        except subprocess.TimeoutExpired:
            return None

    def request(self, method: str, params: dict[str, Any], timeout_seconds: float) -> dict[str, Any]:
        """Ask for something. Raises a ChannelError class: of the answer, or as there was none."""
        number = next(self._ids)
        answer: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        with self._lock:
            if self._gone:
                raise ChannelUnreachable("imessage: imsg has ended")
            self._answers[number] = answer
        try:
            if self._interrupted:
                raise ChannelUnreachable("imessage: the connection is given up")
            self._write({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
            said = answer.get(timeout=timeout_seconds)
        except queue.Empty:
            raise ChannelOutcomeUnknown(f"imessage {method}: imsg does not answer") from None
        finally:
            self._answers.pop(number, None)
        if said is None:
            raise ChannelOutcomeUnknown(f"imessage {method}: imsg has ended")
        error, result = said.get("error"), said.get("result")
        if isinstance(error, dict):
            raise refusal(method, error)
        return result if isinstance(result, dict) else {}

    def _write(self, fields: dict[str, Any]) -> None:
        stdin = self._process.stdin if self._process else None
        try:
            with self._lock:
                if stdin is None or stdin.closed:
                    raise ChannelUnreachable("imessage: imsg has ended")
                stdin.write(json.dumps(fields).encode() + b"\n")
                stdin.flush()
        except OSError as error:
            self._gone = True
            raise ChannelUnreachable(f"imessage: imsg does not listen: {error}") from error

    def _read_lines(self, stream: IO[bytes]) -> None:
        for line in lines_of(stream, MAX_LINE_BYTES):
            try:
                fields = json_object(line)
            except Malformed as error:
                _log.warning("imessage: a line of imsg is left out: %s", error)
                continue
            number = fields.get("id")
            if "method" in fields:
                self._notices.put(fields)
            elif isinstance(number, int) and (waiting := self._answers.get(number)):
                waiting.put(fields)
        with self._lock:
            self._gone = True
        self._release()

    def _release(self) -> None:
        for waiting in list(self._answers.values()):
            waiting.put(None)
        self._notices.put(None)

    def _read_words(self, stream: IO[bytes]) -> None:
        for line in lines_of(stream, _WORDS_BYTES):
            words = line.decode("utf-8", "replace").strip()
            if words:
                self._words.append(words)
                _log.debug("imsg: %s", words)


def lines_of(stream: IO[bytes], max_bytes: int) -> Iterator[bytes]:
    """Lines, of which none is kept beyond ``max_bytes``: what is left of a longer one is no line of its own."""
    while line := stream.readline(max_bytes):
        yield line
        while line and not line.endswith(b"\n"):
            line = stream.readline(max_bytes)


def missing(program: str) -> str:
    """What to do where a program is not there."""
    return (
        f"there is no program {program!r}: imsg runs on a Mac (macOS 14 or newer) that is signed in to Messages; "
        "install it there (brew install steipete/tap/imsg), and name the Mac by ssh_host if it is another host"
    )
