"""A program beside an account that speaks a line at a time: it starts, is asked, tells, and ends with us.

Lines are read from its stdout and written to its stdin; stderr is for people. Such a program ends when its stdin does,
so it does not outlive us, and one that does not is killed.
"""

from __future__ import annotations

import itertools
import logging
import queue
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import IO, Any, Self

_log = logging.getLogger(__name__)

#: How long it may take to end by itself, and to die. Seconds.
_LEAVE_SECONDS, _DIE_SECONDS = 1.0, 5.0
#: How many of its last words are kept, and how much of each. Lines, bytes.
_LAST_WORDS, _WORDS_BYTES = 8, 500

Answer = dict[str, Any]


class ChildEnded(Exception):
    """The program has ended: what was to be said to it was not said."""


class Answers:
    """Who waits for which answer. Any thread may ask; the thread that reads gives."""

    def __init__(self) -> None:
        self._waiting: dict[int, queue.SimpleQueue[Answer | None]] = {}
        self._ids = itertools.count(1)
        self._lock = threading.Lock()
        self._closed = False

    def ask(self, say: Callable[[int], None], timeout_seconds: float) -> Answer | None:
        """Say something under a new number and wait for what is given to it; ``None`` if that is let go.

        Raises queue.Empty after ``timeout_seconds``, ChildEnded if nothing was said, and what ``say`` raises.
        """
        number = next(self._ids)
        answer: queue.SimpleQueue[Answer | None] = queue.SimpleQueue()
        with self._lock:
            if self._closed:
                raise ChildEnded
            self._waiting[number] = answer
        try:
            say(number)
            return answer.get(timeout=timeout_seconds)
        finally:
            self._waiting.pop(number, None)

    def give(self, number: object, answer: Answer) -> None:
        """An answer; of one for whom nobody waits any longer nothing is kept."""
        if isinstance(number, int) and (waiting := self._waiting.get(number)):
            waiting.put(answer)

    def release(self) -> None:
        """Let go of everybody who waits."""
        for waiting in list(self._waiting.values()):
            waiting.put(None)

    def close(self) -> None:
        """Take no more questions. Those who wait may still be answered."""
        with self._lock:
            self._closed = True

    @property
    def closed(self) -> bool:
        return self._closed


class LineChild:
    """A running program. ``with`` it; ``write`` may be called from any thread.

    ``on_line`` gets each line of its stdout, ``on_end`` is called after the last one, both on a thread of their own.
    """

    def __init__(
        self,
        command: Sequence[str],
        name: str,
        *,
        on_line: Callable[[bytes], None],
        on_end: Callable[[], None],
        max_line_bytes: int = -1,
    ) -> None:
        self._command = list(command)
        self._name = name
        self._on_line, self._on_end = on_line, on_end
        self._max_line_bytes = max_line_bytes
        self._lock = threading.Lock()
        self._words: deque[str] = deque(maxlen=_LAST_WORDS)
        self._threads: list[threading.Thread] = []
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Start it. Raises OSError."""
        self._process = subprocess.Popen(  # noqa: S603  (our own program, or the operator's)
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for what, read, stream in (
            ("lines", self._read_lines, self._process.stdout),
            ("words", self._read_words, self._process.stderr),
        ):
            thread = threading.Thread(target=read, args=(stream,), name=f"{self._name}-{what}", daemon=True)
            thread.start()
            self._threads.append(thread)
        return self

    def __exit__(self, *_: object) -> None:
        process = self._process
        if process is None:
            return
        if not self._lock.acquire(timeout=_LEAVE_SECONDS):
            # Somebody waits to write to it, and it does not read.
            process.kill()
            self._lock.acquire()
        try:
            if process.stdin is not None:
                process.stdin.close()
        except OSError:
            _log.debug("%s has closed its stdin already", self._name)
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

    def write(self, line: bytes) -> None:
        """Raises ChildEnded, OSError."""
        stdin = self._process.stdin if self._process else None
        with self._lock:
            if stdin is None or stdin.closed:
                raise ChildEnded
            stdin.write(line)
            stdin.flush()

    def last_words(self) -> str:
        """What it said of its end; may be empty."""
        return " | ".join(self._words)

    def exit_status(self) -> int | None:
        """How it ended; ``None`` while it has not. Waits a moment for one that has closed its stdout."""
        if self._process is None:
            return None
        try:
            return self._process.wait(_LEAVE_SECONDS)
        except subprocess.TimeoutExpired:
            return None

    def _read_lines(self, stream: IO[bytes]) -> None:
        for line in lines_of(stream, self._max_line_bytes):
            self._on_line(line)
        self._on_end()

    def _read_words(self, stream: IO[bytes]) -> None:
        for line in lines_of(stream, _WORDS_BYTES):
            words = line.decode("utf-8", "replace").strip()
            if words:
                self._words.append(words)
                _log.debug("%s: %s", self._name, words)


def lines_of(stream: IO[bytes], max_bytes: int) -> Iterator[bytes]:
    """Lines, of which none is kept beyond ``max_bytes``: what is left of a longer one is no line of its own.

    ``max_bytes`` -1 keeps them whole.
    """
    while line := stream.readline(max_bytes):
        yield line
        while line and not line.endswith(b"\n"):
            line = stream.readline(max_bytes)
