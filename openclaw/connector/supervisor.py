"""All accounts of one connector process: who is wanted, who is held, errands for them.

Two threads: one looks at the configuration and at what operators wish, the other renews the leases, so that a
database that does not answer costs no lease.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from openclaw.connector.held_account import AccountLease, HeldAccount, HoldingParts
from openclaw.domain.envelope import ReplyRoute
from openclaw.errors import ChannelError, OpenClawError, RedisUnavailable, StoreUnavailable
from openclaw.ports.accounts import RUNNING, AccountName, AccountStore, Errand
from openclaw.ports.channel import ChannelAccount
from openclaw.ports.channel_connection import Unlinkable, keeps_connection
from openclaw.ports.reactions import Reaction

log = logging.getLogger(__name__)

#: How late a changed section or wish is seen when no errand tells of it. Seconds.
LOOK_SECONDS = 2.0
#: How long connections may take to be given up before the process goes all the same. Seconds.
CLOSE_SECONDS = 8.0
#: An unlinking that failed is tried again after this many seconds.
UNLINK_AGAIN_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Configured:
    """An account as the configuration has it; ``version`` differs when its section does."""

    name: AccountName
    version: str
    account: ChannelAccount


@dataclass(frozen=True, slots=True)
class ConnectorParts:
    """What a connector is made of."""

    #: The accounts there are now; those whose section is wrong are left out.
    configured: Callable[[], Iterable[Configured]]
    store: AccountStore
    lease: Callable[[AccountName], AccountLease]
    #: Sends what is due in a conversation.
    deliver: Callable[[str], object]
    react: Callable[[Any, Reaction], object]
    holding: HoldingParts
    #: Ends the process at once: a connection that cannot be given up would be held twice.
    give_up_process: Callable[[AccountName], None]
    delivery_threads: int = 8


class Connector:
    """Thread-safe. ``start``, then ``stop``."""

    def __init__(self, parts: ConnectorParts) -> None:
        self._parts = parts
        self._held: Mapping[tuple[AccountName, str], HeldAccount] = {}
        self._leaving: list[HeldAccount] = []
        self._stopping = threading.Event()
        self._look_now = threading.Event()
        self._tend_now = threading.Event()
        self._unlinking: dict[AccountName, float] = {}
        self._pool = ThreadPoolExecutor(parts.delivery_threads, thread_name_prefix="connector-errand")
        self._threads = [
            threading.Thread(target=self._look_forever, name="connector-look", daemon=True),
            threading.Thread(target=self._tend_forever, name="connector-leases", daemon=True),
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> bool:
        """Give all connections up; whether they are."""
        self._stopping.set()
        self._look_now.set()
        self._tend_now.set()
        for thread in self._threads:
            thread.join(CLOSE_SECONDS)
        accounts = [*self._held.values(), *self._leaving]
        for held in accounts:
            held.close()
        closed = [held.join(CLOSE_SECONDS) for held in accounts]
        self._pool.shutdown(wait=True, cancel_futures=True)
        return all(closed)

    def held(self) -> list[AccountName]:
        """Whose connections are held here."""
        return [held.name for held in self._held.values() if held.holds_surely()]

    def look(self) -> None:
        """Look at the configuration and the wishes soon."""
        self._look_now.set()

    def hear(self, errand: Errand) -> None:
        """Do an errand if it is for an account that is held here."""
        if errand.kind == "look":
            self.look()
            return
        held = self._surely_held(errand.name)
        if held is None:
            return
        if errand.kind == "deliver":
            self._pool.submit(self._deliver, errand.conversation)
        elif errand.kind == "react":
            self._pool.submit(self._parts.react, held.account, Reaction(**errand.reaction))
        else:
            account: Any = held.account
            route = ReplyRoute(*errand.name, errand.target, errand.thread_id, errand.reply_to)
            self._pool.submit(account.typing, route)

    def _surely_held(self, name: AccountName) -> HeldAccount | None:
        return next((each for each in self._held.values() if each.name == name and each.holds_surely()), None)

    def _deliver(self, conversation: str) -> None:
        try:
            self._parts.deliver(conversation)
        except OpenClawError as error:
            log.warning("replies of %s are late: %s", conversation, error)

    # --- who is wanted ----------------------------------------------------------------------------------------------

    def _look_forever(self) -> None:
        while not self._stopping.is_set():
            self._look_now.clear()
            try:
                self._look()
            except StoreUnavailable as error:
                log.warning("what operators wish of accounts cannot be read: %s", error)
            except Exception:  # the process must outlive any bug in one look
                log.exception("looking at the accounts failed")
            self._look_now.wait(LOOK_SECONDS)

    def _look(self) -> None:
        wishes = self._parts.store.wishes()
        wanted: dict[tuple[AccountName, str], Configured] = {}
        for each in self._parts.configured():
            wish = wishes.get(each.name, RUNNING)
            if keeps_connection(each.account):
                if wish.unlink:
                    self._unlink(each.name)
                if not wish.stopped or wish.unlink:
                    wanted[each.name, f"{wish.starts}:{each.version}"] = each
        held = dict(self._held)
        for key in [key for key in held if key not in wanted]:
            leaving = held.pop(key)
            leaving.close()
            self._leaving.append(leaving)
        self._leaving = [each for each in self._leaving if each.holding]
        busy = {each.name for each in self._leaving}
        for key, each in wanted.items():
            if key not in held and each.name not in busy:
                connecting: Any = each.account
                held[key] = HeldAccount(each.name, connecting, self._parts.lease(each.name), self._parts.holding)
        if held.keys() != self._held.keys():
            self._held = held
            self._tend_now.set()
        if busy:
            # Their successors wait for them: look again before long.
            self._stopping.wait(0.1)
            self._look_now.set()

    def _unlink(self, name: AccountName) -> None:
        """Unlink an account that is held here; off this thread, as it asks the platform."""
        held = self._surely_held(name)
        now = self._parts.holding.monotonic()
        if held is None or self._unlinking.get(name, 0.0) > now:
            return
        self._unlinking[name] = now + UNLINK_AGAIN_SECONDS
        self._pool.submit(self._do_unlink, held)

    def _do_unlink(self, held: HeldAccount) -> None:
        account: object = held.account
        try:
            if isinstance(account, Unlinkable):
                account.logout()
            self._parts.store.unlinked(held.name)
        except (ChannelError, StoreUnavailable) as error:
            log.warning("account %s/%s could not be unlinked: %s", *held.name, error)
        else:
            self._unlinking.pop(held.name, None)
            self.look()

    # --- their leases -----------------------------------------------------------------------------------------------

    def _tend_forever(self) -> None:
        pause = self._parts.holding.lease_seconds / 3
        while not self._stopping.is_set():
            self._tend_now.clear()
            away = False
            for held in self._held.values():
                if held.expired() and not held.join(pause / 2):
                    log.critical("the connection of account %s/%s is not given up in time", *held.name)
                    self._parts.give_up_process(held.name)
                try:
                    if not away:
                        held.tend()
                except RedisUnavailable as error:
                    # One outage is the same for all; their leases run out by their own clocks.
                    log.warning("the leases of accounts cannot be renewed: %s", error)
                    away = True
            self._tend_now.wait(pause)
