"""A tenure and an inbox for tests that hold a connection themselves."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Self

from openclaw.domain.envelope import InboundEnvelope, MediaRef
from openclaw.errors import StoreUnavailable
from openclaw.ports.channel_connection import ConnectingAccount


class OpenTenure:
    """Lasts until ``end``. ``seconds`` is what it says of itself."""

    def __init__(self, seconds: float = 60.0) -> None:
        self._ended = threading.Event()
        self._seconds = seconds
        self._callbacks: list[Callable[[], None]] = []

    @property
    def over(self) -> bool:
        return self._ended.is_set()

    def remaining_seconds(self) -> float:
        return 0.0 if self.over else self._seconds

    def wait(self, seconds: float) -> bool:
        return self._ended.wait(seconds)

    def on_over(self, callback: Callable[[], None]) -> None:
        self._callbacks.append(callback)
        if self.over:
            callback()

    def end(self) -> None:
        self._ended.set()
        for callback in self._callbacks:
            callback()


class ListInbox:
    """Keeps what it is given. ``broken`` lets it refuse everything, as while the database is away.

    ``strangers`` are the ids of those who may not write.
    """

    def __init__(self) -> None:
        self.envelopes: list[InboundEnvelope] = []
        self.cursors: list[str] = []
        self.identities: list[str] = []
        self.logins: list[str] = []
        self.files: dict[str, bytes] = {}
        self.strangers: set[str] = set()
        self.broken = False
        self._changed = threading.Condition()

    def accept(self, *envelopes: InboundEnvelope, cursor: str | None = None) -> None:
        if self.broken:
            raise StoreUnavailable("away")
        with self._changed:
            self.envelopes += envelopes
            self.cursors += [] if cursor is None else [cursor]
            self._changed.notify_all()

    def admits(self, envelope: InboundEnvelope) -> bool:
        if self.broken:
            raise StoreUnavailable("away")
        return envelope.sender.id not in self.strangers

    def cursor(self) -> str:
        return self.cursors[-1] if self.cursors else ""

    def keep_file(self, content: bytes, mime: str, name: str) -> MediaRef:
        ref = MediaRef(f"file-{len(self.files) + 1}", mime, name, len(content))
        self.files[ref.id] = content
        return ref

    def alive(self, identity: str = "") -> None:
        with self._changed:
            self.identities.append(identity)
            self._changed.notify_all()

    def show_login(self, code: str, expires_in_seconds: float) -> None:
        del expires_in_seconds
        with self._changed:
            self.logins.append(code)
            self._changed.notify_all()

    def wait_for(self, condition: Callable[[ListInbox], object], seconds: float = 20.0) -> None:
        """Until the condition holds; an AssertionError says what was there instead."""
        with self._changed:
            arrived = self._changed.wait_for(lambda: condition(self), seconds)
        assert arrived, f"{len(self.envelopes)} envelopes, alive {self.identities}, logins {self.logins}"


class HeldConnection:
    """An account that is connected in a thread, until the block ends."""

    def __init__(self, account: ConnectingAccount, inbox: ListInbox, tenure: OpenTenure | None = None) -> None:
        self.inbox = inbox
        self.tenure = tenure or OpenTenure()
        self.error: BaseException | None = None
        self._account = account
        self._thread = threading.Thread(target=self._run, name="held-connection", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.tenure.end()
        self.join()

    def join(self, seconds: float = 20.0) -> None:
        """Until ``connect`` has returned or raised; ``error`` is what it raised."""
        deadline = time.monotonic() + seconds
        self._thread.join(max(0.0, deadline - time.monotonic()))
        assert not self._thread.is_alive(), "the connection was not given up"

    def _run(self) -> None:
        try:
            self._account.connect(self.inbox, self.tenure)
        except BaseException as error:  # noqa: BLE001 - a test looks at it
            self.error = error
