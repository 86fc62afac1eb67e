"""One account's connection, over a lease and a board kept here."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from typing import Any

import pytest

from openclaw.connector.back_off import BackOff
from openclaw.connector.held_account import HeldAccount, HoldingParts
from openclaw.connector.inbox import InboxParts
from openclaw.domain.envelope import InboundEnvelope, MediaRef, Peer, ReplyRoute, Sender
from openclaw.errors import ChannelRejected, ChannelUnreachable, InvalidRequest, StoreUnavailable
from openclaw.ports.accounts import AccountName, AccountStatus
from openclaw.ports.channel_connection import Inbox, Tenure

NAME = ("twin", "default")
AT_ONCE = BackOff(0.0, 0.0)
FAR_AWAY = BackOff(600.0, 600.0)


class Lease:
    """Free unless ``taken``."""

    taken = False
    mine = False

    def acquire(self) -> bool:
        self.mine = not self.taken
        return self.mine

    def renew(self) -> bool:
        return self.mine and not self.taken

    def release(self) -> bool:
        self.mine = False
        return True


class Board:
    def __init__(self) -> None:
        self.shown: list[AccountStatus] = []
        self.changed = threading.Condition()

    def show(self, name: AccountName, status: AccountStatus) -> None:
        assert name == NAME
        with self.changed:
            self.shown.append(status)
            self.changed.notify_all()

    def look(self, names: Any) -> dict[AccountName, AccountStatus]:
        return {NAME: self.shown[-1]} if self.shown else {}

    def wait_for(self, wanted: Callable[[AccountStatus], bool]) -> AccountStatus:
        with self.changed:
            assert self.changed.wait_for(lambda: any(map(wanted, self.shown)), 20), self.shown
            return next(status for status in self.shown if wanted(status))


class Account:
    """Does what each of its scripts says, one connection after the other; the last one again and again."""

    keeps_connection = True
    sends_over_connection = False

    def __init__(self, *scripts: Callable[[Inbox, Tenure], None]) -> None:
        self.scripts = list(scripts)
        self.connects = 0

    def connect(self, inbox: Inbox, tenure: Tenure) -> None:
        self.connects += 1
        (self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0])(inbox, tenure)


class Store:
    def __init__(self) -> None:
        self.accepted: list[InboundEnvelope] = []
        self.trouble: Exception | None = None
        self.cursors: list[str] = []

    def submit(self, envelope: InboundEnvelope) -> None:
        if self.trouble:
            raise self.trouble
        self.accepted.append(envelope)

    def admits(self, _envelope: InboundEnvelope) -> bool:
        return not self.trouble

    def cursor(self, _name: AccountName) -> str:
        return self.cursors[-1] if self.cursors else ""

    def move_cursor(self, _name: AccountName, cursor: str, _now_ms: int) -> None:
        self.cursors.append(cursor)


def stay(inbox: Inbox, tenure: Tenure) -> None:
    inbox.alive("@twin")
    while not tenure.wait(60):
        pass


def fail(inbox: Inbox, tenure: Tenure) -> None:
    raise ChannelUnreachable("nobody there")


def be_refused(inbox: Inbox, tenure: Tenure) -> None:
    raise ChannelRejected("the token is wrong")


def break_down(inbox: Inbox, tenure: Tenure) -> None:
    raise KeyError("a bug")


@pytest.fixture
def board() -> Board:
    return Board()


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def hold(board: Board, store: Store) -> Any:
    held: list[HeldAccount] = []

    def make(account: Account, lease: Lease | None = None, back_off: BackOff = AT_ONCE) -> HeldAccount:
        keep = InboxParts(store.submit, store.admits, lambda *_: MediaRef("f", "x/y"), store, lambda: 1_000)  # type: ignore[arg-type]
        parts = HoldingParts(keep, board, lambda: 1_000, "host:1", 60.0, back_off, random.Random(1))
        held.append(HeldAccount(NAME, account, lease or Lease(), parts))
        held[-1].tend()
        return held[-1]

    yield make
    for each in held:
        each.close()
        assert each.join(20)


def test_a_free_account_is_taken_and_said_to_be_connected(hold, board):
    held = hold(Account(stay))
    status = board.wait_for(lambda each: each.state == "connected")
    assert (status.owner, status.identity, status.success_at_ms) == ("host:1", "@twin", 1_000)
    assert held.holds_surely()


def test_an_account_that_somebody_holds_is_left_alone_until_it_is_free(hold, board):
    lease = Lease()
    lease.taken = True
    account = Account(stay)
    held = hold(account, lease)
    assert (held.holding, account.connects) == (False, 0)
    lease.taken = False
    held.tend()
    board.wait_for(lambda each: each.state == "connected")


def test_a_lease_that_was_lost_ends_the_connection_and_is_not_given_back_to_nobody(hold, board):
    lease = Lease()
    held = hold(Account(stay), lease)
    board.wait_for(lambda each: each.state == "connected")
    lease.taken = True
    held.tend()
    assert held.join(20)
    assert not held.holds_surely()


def test_a_failing_account_tries_again_and_a_success_forgets_the_failures(hold, board):
    account = Account(fail, fail, stay)
    hold(account)
    failed = board.wait_for(lambda each: each.failures == 2)
    assert (failed.state, failed.error) == ("waiting", "nobody there")
    good = board.wait_for(lambda each: each.state == "connected")
    assert (good.failures, good.error, account.connects) == (0, "", 3)


def test_it_says_when_it_tries_again(hold, board):
    hold(Account(fail), back_off=FAR_AWAY)
    status = board.wait_for(lambda each: each.state == "waiting")
    assert 540_000 <= status.next_attempt_at_ms - 1_000 <= 660_000


def test_waiting_for_the_next_attempt_is_given_up_at_once(hold, board):
    held = hold(Account(fail), back_off=FAR_AWAY)
    board.wait_for(lambda each: each.state == "waiting")
    held.close()
    assert held.join(20)


def test_a_refused_account_waits_for_people(hold, board):
    account = Account(be_refused)
    lease = Lease()
    held = hold(account, lease)
    board.wait_for(lambda each: each.state == "refused")
    assert held.join(20)
    held.tend()
    assert (held.holding, account.connects, lease.mine) == (False, 1, False)
    assert board.shown[-1].error == "the token is wrong"


def test_a_bug_in_an_adapter_is_a_failure_like_any_other(hold, board):
    hold(Account(break_down, stay))
    board.wait_for(lambda each: each.state == "waiting")
    board.wait_for(lambda each: each.state == "connected")


def message(event_id: str) -> InboundEnvelope:
    route = ReplyRoute("twin", "default", "42")
    return InboundEnvelope("twin", "default", event_id, Peer("direct", "42"), Sender("42"), "Hi", route)


def test_messages_are_stored_before_the_cursor_moves(hold, board, store):
    def bring(inbox: Inbox, tenure: Tenure) -> None:
        inbox.accept(message("1"), message("2"), cursor="2")
        stay(inbox, tenure)

    hold(Account(bring))
    board.wait_for(lambda each: each.state == "connected")
    assert [each.event_id for each in store.accepted] == ["1", "2"]
    assert store.cursors == ["2"]


def test_a_message_that_can_never_be_taken_does_not_hold_up_the_others(hold, board, store):
    store.trouble = InvalidRequest("too long")

    def bring(inbox: Inbox, tenure: Tenure) -> None:
        inbox.accept(message("1"), cursor="1")
        stay(inbox, tenure)

    hold(Account(bring))
    board.wait_for(lambda each: each.state == "connected")
    assert store.cursors == ["1"]


def test_while_the_database_is_away_the_source_is_not_acknowledged(hold, board, store):
    store.trouble = StoreUnavailable("away")

    def bring(inbox: Inbox, tenure: Tenure) -> None:
        inbox.accept(message("1"), cursor="1")

    hold(Account(bring, stay))
    assert board.wait_for(lambda each: each.state == "waiting").error == "away"
    assert store.cursors == []


def test_what_is_to_be_scanned_is_shown_until_it_is_linked(hold, board):
    def link(inbox: Inbox, tenure: Tenure) -> None:
        inbox.show_login("2@code", 20.0)
        stay(inbox, tenure)

    hold(Account(link))
    shown = board.wait_for(lambda each: each.login == "2@code")
    assert shown.login_until_ms == 21_000
    assert board.wait_for(lambda each: each.state == "connected").login == ""
