"""The link process as its account sees it: requests that are answered, events in their order, an end."""

from __future__ import annotations

import itertools
import logging
import queue
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import IO, Any, Self

from openclaw.channels.whatsapp.link_protocol import error_of, fields_of, line_of
from openclaw.errors import ChannelOutcomeUnknown, ChannelUnreachable

_log = logging.getLogger(__name__)

OWN_PROGRAM = (sys.executable, "-m", "openclaw.channels.whatsapp.link_process")
#: How long the process may take to end by itself, and to die. Seconds.
_LEAVE_SECONDS, _DIE_SECONDS = 1.0, 5.0
#: How many of its last words are kept for the log.
_LAST_WORDS = 8


class LinkChild:
    """A running link process. ``with`` it; ``request`` may be called from any thread."""

    def __init__(self, command: Sequence[str], start: dict[str, Any]) -> None:
        self._start = start
        self._command = list(command)
        self._events: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._answers: dict[int, queue.SimpleQueue[dict[str, Any] | None]] = {}
        self._ids = itertools.count(1)
        self._lock = threading.Lock()
        self._gone = False
        self._words: deque[str] = deque(maxlen=_LAST_WORDS)
        self._threads: list[threading.Thread] = []
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        try:
            self._process = subprocess.Popen(  # noqa: S603  (our own program, or the operator's)
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
            )
        except OSError as error:
            raise ChannelUnreachable(f"whatsapp: the link process does not start: {error}") from error
        for name, read, stream in (
            ("lines", self._read_lines, self._process.stdout),
            ("words", self._read_words, self._process.stderr),
        ):
            thread = threading.Thread(target=read, args=(stream,), name=f"whatsapp-link-{name}", daemon=True)
            thread.start()
            self._threads.append(thread)
        with suppress(ChannelUnreachable):  # one that has ended at once says so by the end of its events
            self._write({"op": "start"} | self._start)
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
            _log.debug("the link process has closed its stdin already")
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
        """Let ``events`` end. Does not block."""
        self._events.put(None)

    def events(self) -> Iterator[dict[str, Any]]:
        """What the process tells, until it has ended or ``interrupt`` was called."""
        while (event := self._events.get()) is not None:
            yield event

    def left_over(self) -> list[dict[str, Any]]:
        """Events that nobody has read. After ``events`` has ended."""
        rest = []
        while not self._events.empty():
            event = self._events.get()
            rest += [] if event is None else [event]
        return rest

    def last_words(self) -> str:
        """What the process said of its end; may be empty."""
        return " | ".join(self._words)

    def request(self, op: str, timeout_seconds: float, **fields: Any) -> dict[str, Any]:
        """Ask for something. Raises a ChannelError class: of the answer, or as there was none."""
        number = next(self._ids)
        answer: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        with self._lock:
            if self._gone:
                raise ChannelUnreachable("whatsapp: the connection has ended")
            self._answers[number] = answer
        try:
            self._write({"op": op, "id": number} | fields)
            said = answer.get(timeout=timeout_seconds)
        except queue.Empty:
            raise ChannelOutcomeUnknown(f"whatsapp {op}: the link process does not answer") from None
        finally:
            self._answers.pop(number, None)
        if said is None:
            raise ChannelOutcomeUnknown(f"whatsapp {op}: the link process has ended")
        if "ok" not in said:
            raise error_of(said.get("error"), op)
        ok = said["ok"]
        return ok if isinstance(ok, dict) else {}

    def _write(self, fields: dict[str, Any]) -> None:
        stdin = self._process.stdin if self._process else None
        try:
            with self._lock:
                if stdin is None or stdin.closed:
                    raise ChannelUnreachable("whatsapp: the connection has ended")
                stdin.write(line_of(fields))
                stdin.flush()
        except OSError as error:
            raise ChannelUnreachable(f"whatsapp: the link process does not listen: {error}") from error

    def _read_lines(self, stream: IO[bytes]) -> None:
        for line in stream:
            fields = fields_of(line)
            if fields is None:
                _log.warning("whatsapp: a line of the link process cannot be read")
            elif "event" in fields:
                self._events.put(fields)
            elif isinstance(number := fields.get("id"), int) and (waiting := self._answers.get(number)):
                waiting.put(fields)
        with self._lock:
            self._gone = True
        for waiting in list(self._answers.values()):
            waiting.put(None)
        self._events.put(None)

    def _read_words(self, stream: IO[bytes]) -> None:
        for line in stream:
            words = line.decode("utf-8", "replace").strip()
            if words:
                self._words.append(words)
                _log.debug("whatsapp link process: %s", words)
