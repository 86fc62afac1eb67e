"""The table of who may do what."""

from __future__ import annotations

import csv
from itertools import product
from pathlib import Path

import pytest

from openclaw.domain.scopes import EVENT_SCOPES, METHOD_RULES, Role, Scope, may_receive, rule_for, satisfies
from openclaw.errors import Forbidden, InvalidRequest
from web.ws.authorize import authorize
from web.ws.methods import METHODS

TABLE = Path(__file__).parents[2] / "wire" / "openclaw" / "methods.tsv"


@pytest.mark.parametrize(
    ("granted", "needed", "enough"),
    [
        ({Scope.READ}, Scope.READ, True),
        ({Scope.WRITE}, Scope.READ, True),
        ({Scope.WRITE}, Scope.TALK, True),
        ({Scope.READ}, Scope.WRITE, False),
        ({Scope.WRITE}, Scope.ADMIN, False),
        ({Scope.WRITE}, Scope.APPROVALS, False),
        ({Scope.APPROVALS}, Scope.READ, False),
        ({"operator.unknown"}, Scope.READ, False),
        (set(), Scope.READ, False),
        *(({Scope.ADMIN}, scope, True) for scope in Scope),
    ],
)
def test_what_a_scope_contains(granted: set[str], needed: str, enough: bool) -> None:
    assert satisfies(granted, needed) is enough


def test_every_method_has_the_scope_of_the_protocol() -> None:
    with TABLE.open() as table:
        protocol = {row["method"]: row["scope"] for row in csv.DictReader(table, delimiter="\t")}
    ours = {name: rule.scope.value for name, rule in METHOD_RULES.items() if name != "connect"}
    assert ours == {name: protocol[name].replace("dynamic", "operator.write") for name in ours}


def test_every_method_is_in_the_table_and_every_row_is_served() -> None:
    assert {method.name for method in METHODS} | {"connect"} == METHOD_RULES.keys()


@pytest.mark.parametrize(("name", "scope"), list(product(METHOD_RULES, Scope)))
def test_a_call_is_allowed_exactly_when_the_scope_is_enough(name: str, scope: Scope) -> None:
    if satisfies({scope}, METHOD_RULES[name].scope):
        authorize(name, {}, Role.OPERATOR, {scope})
    else:
        with pytest.raises(Forbidden, match=f"missing scope: {METHOD_RULES[name].scope}"):
            authorize(name, {}, Role.OPERATOR, {scope})


@pytest.mark.parametrize("name", METHOD_RULES)
def test_a_node_calls_no_method_of_operators(name: str) -> None:
    with pytest.raises(InvalidRequest, match="unauthorized role: node"):
        authorize(name, {}, Role.NODE, set(Scope))


@pytest.mark.parametrize("method", ["agent", "chat.send"])
@pytest.mark.parametrize("message", ["/new", " /RESET "])
def test_commands_that_drop_a_conversation_take_an_admin(method: str, message: str) -> None:
    assert rule_for(method, {"message": message}).scope is Scope.ADMIN
    assert rule_for(method, {"message": f"say {message}"}).scope is Scope.WRITE


def test_an_unknown_method_takes_an_admin() -> None:
    assert rule_for("no.such.method", {}).scope is Scope.ADMIN


def test_events_reach_those_who_may_read() -> None:
    assert may_receive("chat", Role.OPERATOR, {Scope.WRITE})
    assert not may_receive("chat", Role.OPERATOR, set())
    assert not may_receive("chat", Role.NODE, {Scope.READ})
    assert not may_receive("never.heard.of", Role.OPERATOR, {Scope.WRITE})
    assert all(may_receive(event, Role.NODE, set()) for event, scope in EVENT_SCOPES.items() if scope is None)
