"""One account's connection: taken by lease, held in a thread, given up in time, tried again after a back-off."""

from __future__ import annotations

import dataclasses
import logging
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from openclaw.connector.back_off import BackOff
from openclaw.connector.inbox import AccountInbox, InboxNotes, InboxParts
from openclaw.connector.tenure import LeaseTenure
from openclaw.errors import ChannelRejected, OpenClawError, RedisUnavailable
from openclaw.ports.accounts import AccountBoard, AccountName, AccountState, AccountStatus
from openclaw.ports.channel_connection import ConnectingAccount
from openclaw.ports.clock import Clock

log = logging.getLogger(__name__)

#: A platform that answers all the time is not written of all the time. Milliseconds.
SHOW_EVERY_MS = 5_000
_ERROR_CHARS = 500


class AccountLease(Protocol):
    """The right to hold an account, on Redis's clock."""

    def acquire(self) -> bool: ...

    def renew(self) -> bool: ...

    def release(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class HoldingParts:
    """What all held accounts share."""

    inbox: InboxParts
    board: AccountBoard
    clock: Clock
    owner: str
    lease_seconds: float
    back_off: BackOff = field(default_factory=BackOff)
    chance: random.Random = field(default_factory=random.Random)
    monotonic: Callable[[], float] = time.monotonic


class HeldAccount:
    """One account as long as its section and its wish stay what they are. ``tend`` is called by one thread.

    The connection's own thread gives the lease back once ``connect`` has returned, never before.
    """

    def __init__(self, name: AccountName, account: ConnectingAccount, lease: AccountLease, parts: HoldingParts) -> None:
        self.name = name
        self.account = account
        self._lease = lease
        self._parts = parts
        self._tenure: LeaseTenure | None = None
        self._thread: threading.Thread | None = None
        self._closing = False
        self._refused = False
        self._lock = threading.Lock()
        self._shown_at_ms = 0
        self._status = AccountStatus("connecting", owner=parts.owner)

    @property
    def holding(self) -> bool:
        """Whether the connection's thread is there."""
        return self._thread is not None and self._thread.is_alive()

    @property
    def status(self) -> AccountStatus:
        return self._status

    def holds_surely(self) -> bool:
        """Whether this process may send over the connection now."""
        return self.holding and self._tenure is not None and not self._tenure.over

    def tend(self) -> None:
        """Renew the lease, or try to get it. Raises RedisUnavailable; a lease that cannot be renewed runs out."""
        asked_at = self._parts.monotonic()
        if self.holding and self._tenure is not None:
            if self._lease.renew():
                self._tenure.prolong(asked_at)
            else:
                self._tenure.end()
        elif not (self._closing or self._refused) and self._lease.acquire():
            self._tenure = LeaseTenure(self._parts.lease_seconds, asked_at, self._parts.monotonic)
            self._thread = threading.Thread(
                target=self._hold, args=(self._tenure,), name=f"account-{'-'.join(self.name)}", daemon=True
            )
            self._thread.start()

    def expired(self) -> bool:
        """Whether the connection is still held although the lease may be another's: two holders at once."""
        return self.holding and self._tenure is not None and self._tenure.over and not self._closing

    def close(self) -> None:
        """Begin to give the connection up."""
        self._closing = True
        if self._tenure is not None:
            self._tenure.end()

    def join(self, seconds: float) -> bool:
        """Wait until the connection is given up; whether it is."""
        if self._thread is not None:
            self._thread.join(seconds)
        return not self.holding

    # --- the connection's thread ------------------------------------------------------------------------------------

    def _hold(self, tenure: LeaseTenure) -> None:
        notes = InboxNotes(inbound=self._inbound, alive=self._alive, login=self._login)
        inbox = AccountInbox(self.name, self._parts.inbox, notes)
        log.info("account %s/%s is held here", *self.name)
        while self._attempt(inbox, tenure):
            pass
        self._give_up()

    def _attempt(self, inbox: AccountInbox, tenure: LeaseTenure) -> bool:
        """Connect once, and wait if that fails; whether to try again."""
        began = self._status.success_at_ms
        self._show("connecting")
        error = self._connect_once(inbox, tenure)
        if tenure.over:
            return False
        if isinstance(error, ChannelRejected):
            self._refused = True
            log.error("account %s/%s is refused by its platform: %s", *self.name, error)
            self._show("refused", error=str(error)[:_ERROR_CHARS], login="")
            return False
        failures = 1 if self._status.success_at_ms > began else self._status.failures + 1
        delay = self._parts.back_off.delay_seconds(failures, self._parts.chance)
        what = str(error) if error else "the platform ended the connection"
        log.warning("account %s/%s: %s; again in %.0f s", *self.name, what, delay)
        next_at_ms = self._parts.clock() + round(delay * 1000)
        self._show("waiting", error=what[:_ERROR_CHARS], failures=failures, next_attempt_at_ms=next_at_ms, login="")
        return not tenure.wait(delay)

    def _connect_once(self, inbox: AccountInbox, tenure: LeaseTenure) -> Exception | None:
        try:
            self.account.connect(inbox, tenure)
        except OpenClawError as error:
            return error
        except Exception as error:  # a stranger's adapter: the others must not suffer
            log.exception("account %s/%s: its adapter failed", *self.name)
            return error
        return None

    def _give_up(self) -> None:
        if not self._refused:
            self._show("stopped" if self._closing else "connecting", owner="", login="")
        try:
            self._lease.release()
        except RedisUnavailable as error:
            log.warning("the lease of account %s/%s runs out by itself: %s", *self.name, error)
        log.info("account %s/%s is given up", *self.name)

    # --- what is known of it ----------------------------------------------------------------------------------------

    def _inbound(self) -> None:
        self._note(inbound_at_ms=self._parts.clock())

    def _alive(self, identity: str) -> None:
        changes = {"success_at_ms": self._parts.clock(), "failures": 0, "next_attempt_at_ms": 0}
        fresh = self._status.state != "connected" or identity not in ("", self._status.identity)
        self._note(
            at_once=fresh, state="connected", error="", identity=identity or self._status.identity, login="", **changes
        )

    def _login(self, code: str, expires_in_seconds: float) -> None:
        until_ms = self._parts.clock() + round(expires_in_seconds * 1000) if code else 0
        self._note(at_once=True, login=code, login_until_ms=until_ms)

    def _show(self, state: AccountState, **changes: object) -> None:
        since = {} if state == self._status.state else {"since_ms": self._parts.clock()}
        self._note(at_once=True, state=state, **since, **changes)

    def _note(self, *, at_once: bool = False, **changes: object) -> None:
        now_ms = self._parts.clock()
        with self._lock:
            self._status = dataclasses.replace(self._status, **changes)  # type: ignore[arg-type]
            if not at_once and now_ms - self._shown_at_ms < SHOW_EVERY_MS:
                return
            self._shown_at_ms = now_ms
            shown = self._status
        try:
            self._parts.board.show(self.name, shown)
        except RedisUnavailable as error:
            log.debug("how account %s/%s stands is not shown: %s", *self.name, error)
