"""``openclaw budgets`` shows what was used of each budget."""

from __future__ import annotations

import json

import pytest

from openclaw.domain.budgets import Amount, Budget, Period, Purse, Scope, window_of
from openclaw.ports.budgets import Hold
from openclaw.ports.clock import system_clock
from openclaw.store.repositories.budgets import SqlBudgetStore
from tests.sqlite_file import open_file

pytestmark = pytest.mark.spec("K8", "A4")


def test_budgets_are_shown_with_who_used_how_much(ask, user_home):
    assert ask("budgets").stdout.startswith("There are no budgets")
    home = user_home / ".openclaw"
    home.mkdir(mode=0o700, exist_ok=True)
    (home / "config.toml").write_text('[[budgets]]\nscope = "agent"\ntokens = 1000\n[[budgets]]\nusd = 2.5\n')
    database = open_file(home / "openclaw.db", pool_size=1)
    budget = Budget("budgets[0]", Scope.AGENT, Period.DAY, Amount(0, 1_000))
    window, renews = window_of(budget, system_clock())
    purse = Purse(budget, "agent:main", window, renews)
    store = SqlBudgetStore(database)
    store.hold(Hold("a", Amount(0, 100), Amount(0, 40), system_clock() + 60_000), [purse], system_clock())
    store.let_go("a", made=True)
    store.hold(Hold("b", Amount(0, 70), Amount(), system_clock() + 60_000), [purse], system_clock())
    database.close()
    done = ask("budgets", "--json")
    first, second = json.loads(done.stdout)["budgets"]
    assert (first["account"], first["spent_tokens"], first["held_tokens"]) == ("agent:main", 40, 70)
    assert (second["account"], second["used"], second["limit_usd"]) == ("all:*", "nothing yet", 2.5)
    assert "40 of 1,000 tokens" in ask("budgets").stdout
