"""What operators wish of accounts, and how far sources were read."""

from __future__ import annotations

from openclaw.ports.accounts import AccountWish
from openclaw.store.repositories.channel_accounts import SqlAccountStore

TELEGRAM, SLACK = ("telegram", "default"), ("slack", "work")


def test_an_account_of_which_nothing_was_said_has_no_wish(world):
    assert SqlAccountStore(world.database).wishes() == {}


def test_a_stopped_account_stays_stopped_until_it_is_started(world):
    store = SqlAccountStore(world.database)
    store.stop(TELEGRAM, 1)
    store.stop(TELEGRAM, 2)
    assert store.wishes() == {TELEGRAM: AccountWish(stopped=True)}
    store.start(TELEGRAM, 3)
    assert store.wishes() == {TELEGRAM: AccountWish(starts=1)}
    store.start(TELEGRAM, 4)
    assert store.wishes() == {TELEGRAM: AccountWish(starts=2)}


def test_unlinking_is_asked_for_until_it_was_done(world):
    store = SqlAccountStore(world.database)
    store.stop(TELEGRAM, 1, unlink=True)
    assert store.wishes() == {TELEGRAM: AccountWish(stopped=True, unlink=True)}
    store.unlinked(TELEGRAM)
    assert store.wishes() == {TELEGRAM: AccountWish(stopped=True)}


def test_each_source_has_a_cursor_of_its_own_that_no_wish_touches(world):
    store = SqlAccountStore(world.database)
    assert store.cursor(TELEGRAM) == ""
    store.move_cursor(TELEGRAM, "7", 1)
    store.move_cursor(SLACK, "x", 2)
    store.move_cursor(TELEGRAM, "8", 3)
    store.stop(TELEGRAM, 4)
    store.start(TELEGRAM, 5)
    assert (store.cursor(TELEGRAM), store.cursor(SLACK)) == ("8", "x")
    assert SLACK not in store.wishes()
