"""What calls hold and use of budgets is counted once, whoever dies and however many ask at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

import pytest

from openclaw.domain.budgets import Amount, Budget, Period, Purse, Scope, Verdict
from openclaw.domain.run import Usage
from openclaw.ports.budgets import Hold, Spent
from openclaw.ports.store import Charge, RunChanges
from openclaw.store.repositories.budgets import SqlBudgetStore
from tests.contract.store.world import World, text_step

pytestmark = pytest.mark.spec("K8")


def purse(account: str = "agent:main", tokens: int = 1_000, *, stops: bool = True) -> Purse:
    return Purse(
        Budget("budgets[0]", Scope.AGENT, Period.DAY, Amount(0, tokens), stops=stops), account, "2026-11-27", 0
    )


def hold(id_: str, most: int = 100, least: int = 10, expires: int = 10_000) -> Hold:
    return Hold(id_, Amount(most, most), Amount(least, least), expires)


@pytest.fixture
def store(world: World) -> SqlBudgetStore:
    return SqlBudgetStore(world.database)


def standing(store: SqlBudgetStore, *purses: Purse) -> list[tuple[int, int]]:
    return [(each.spent.tokens, each.held.tokens) for each in store.standing(purses or (purse(),))]


def settled(world: World, hold_id: str, tokens: int, *purses: Purse) -> None:
    claim = world.running(f"for {hold_id}", key=f"agent:main:{hold_id}")
    charge = Charge(hold_id, tuple(each.place for each in purses or (purse(),)))
    world.runs.commit(
        claim, RunChanges(finished=(text_step(0),), usage=Usage(tokens, 0, 0, 0, 7), charge=charge), world.now
    )


def test_a_call_holds_until_what_it_used_is_recorded_with_it(world: World, store: SqlBudgetStore) -> None:
    assert store.hold(hold("a"), [purse()], 1) == (Verdict.FITS, None)
    assert standing(store) == [(0, 100)]
    settled(world, "a", 42)
    assert standing(store) == [(42, 0)]
    assert store.accounts(["2026-11-27"]) == [("agent:main", "2026-11-27", Spent(Amount(7, 42), Amount()))]


def test_nothing_is_held_anywhere_when_one_purse_refuses(store: SqlBudgetStore) -> None:
    small = purse("sender:x", 150)
    assert store.hold(hold("a"), [purse(), small], 1)[0] is Verdict.FITS
    assert store.hold(hold("b"), [purse(), small], 1) == (Verdict.WAIT, small)
    assert standing(store, purse(), small) == [(0, 100), (0, 100)]


def test_two_budgets_of_one_purse_both_have_a_say_and_it_is_counted_once(world: World, store: SqlBudgetStore) -> None:
    wide, narrow = purse(tokens=1_000), purse(tokens=50)
    assert store.hold(hold("a"), [wide, narrow], 1)[0] is Verdict.FITS
    settled(world, "a", 60, wide, narrow)
    assert standing(store, wide, narrow) == [(60, 0), (60, 0)]
    assert store.hold(hold("b"), [wide, narrow], 1) == (Verdict.USED_UP, narrow)


def test_a_budget_that_only_warns_refuses_nothing(store: SqlBudgetStore) -> None:
    for number in range(3):
        assert store.hold(hold(str(number)), [purse(tokens=10, stops=False)], 1)[0] is Verdict.FITS


def test_a_call_whose_worker_died_counts_with_its_least_and_holds_once(store: SqlBudgetStore) -> None:
    store.hold(hold("a"), [purse()], 1)
    store.hold(hold("a"), [purse()], 2)
    assert standing(store) == [(10, 100)]


def test_what_has_expired_counts_with_its_least_when_somebody_else_asks(store: SqlBudgetStore) -> None:
    store.hold(hold("a", expires=50), [purse(tokens=150)], 1)
    assert store.hold(hold("b"), [purse(tokens=150)], 49)[0] is Verdict.WAIT
    assert store.hold(hold("b"), [purse(tokens=150)], 50)[0] is Verdict.FITS
    assert standing(store) == [(10, 100)]


@pytest.mark.parametrize(("made", "spent"), [(True, 10), (False, 0)])
def test_a_hold_that_is_let_go_counts_only_if_the_call_was_made(store: SqlBudgetStore, made: bool, spent: int) -> None:
    store.hold(hold("a"), [purse()], 1)
    store.let_go("a", made=made)
    store.let_go("a", made=made)
    assert standing(store) == [(spent, 0)]


def in_threads(count: int, work: Callable[[int], None]) -> None:
    barrier = threading.Barrier(count)

    def begin(number: int) -> None:
        barrier.wait()
        work(number)

    threads = [threading.Thread(target=begin, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_of_many_that_ask_at_once_no_more_hold_than_fit(store: SqlBudgetStore) -> None:
    verdicts: list[Verdict] = []
    purses = [purse(tokens=350), purse("sender:x", 10_000)]

    def ask(number: int) -> None:
        order = purses if number % 2 else purses[::-1]
        verdicts.append(store.hold(hold(f"call-{number}"), order, 1)[0])

    in_threads(8, ask)
    assert sorted(verdicts) == [*[Verdict.FITS] * 3, *[Verdict.WAIT] * 5]
    assert standing(store) == [(0, 300)]


def test_a_purse_is_overdrawn_by_one_call_at_the_most(world: World, store: SqlBudgetStore) -> None:
    made: list[int] = []
    lock = threading.Lock()

    def worker(number: int) -> None:
        for turn in range(12):
            id_ = f"{number}:{turn}"
            if store.hold(replace(hold(id_), most=Amount(0, 60)), [purse(tokens=400)], 1)[0] is Verdict.FITS:
                with lock:
                    settled(world, id_, 60)
                    made.append(60)

    in_threads(4, worker)
    assert 400 <= sum(made) < 400 + 60
    assert standing(store) == [(sum(made), 0)]
