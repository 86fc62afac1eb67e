"""The table of who may do what."""

from __future__ import annotations

import csv
from itertools import combinations, product
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


def protocol() -> dict[str, str]:
    """Method → scope, as the protocol's own table has it."""
    with TABLE.open() as table:
        return {row["method"]: row["scope"] for row in csv.DictReader(table, delimiter="\t")}


#: Beyond the table: how a setup code is made, and the one request that is only valid first.
OWN_METHODS = {
    *("connect", "device.pair.setupCode", "device.pair.setupStatus"),
    *("channels.allow.list", "channels.allow.revoke", "routing.explain"),
    *("outbox.list", "outbox.get", "outbox.retry", "outbox.drop"),
}
#: What the table calls dynamic needs at least this.
DYNAMIC = {
    **dict.fromkeys(("agent", "sessions.create", "node.invoke", "sessions.patch"), "operator.write"),
    "sessions.delete": "operator.admin",
    "channels.pairing.approve": "operator.pairing",
}


def test_the_table_has_every_method_of_the_protocol_with_its_scope() -> None:
    wanted = {name: DYNAMIC.get(name, scope) for name, scope in protocol().items()}
    ours = {name: rule_for(name, {}) for name in METHOD_RULES.keys() - OWN_METHODS}
    assert {name: rule.scope.value if rule.scope else rule.role.value for name, rule in ours.items()} == wanted


def test_every_method_that_is_served_is_in_the_table() -> None:
    assert {method.name for method in METHODS} <= METHOD_RULES.keys()


@pytest.mark.spec("I3")
def test_every_method_role_and_set_of_scopes() -> None:
    """All of them: what is allowed is exactly what the protocol's table says, reckoned here by itself."""
    contains = {"operator.read": {"operator.write"}, "operator.talk": {"operator.write"}}
    every = [scope.value for scope in Scope]
    for name, scope in protocol().items():
        needed = DYNAMIC.get(name, scope)
        for size, role in product(range(len(every) + 1), Role):
            for scopes in combinations(every, size):
                if needed == "node":
                    allowed = role is Role.NODE
                else:
                    enough = {needed, "operator.admin"} | contains.get(needed, set())
                    allowed = role is Role.OPERATOR and bool(enough & set(scopes))
                assert _allowed(name, role, scopes) is allowed, (name, role, scopes)


def _allowed(name: str, role: Role, scopes: tuple[str, ...]) -> bool:
    try:
        authorize(name, {}, role, scopes)
    except (Forbidden, InvalidRequest):
        return False
    return True


def test_the_refusal_names_the_scope_that_is_missing() -> None:
    with pytest.raises(Forbidden, match=r"missing scope: operator\.write"):
        authorize("send", {}, Role.OPERATOR, {Scope.READ})
    with pytest.raises(InvalidRequest, match="unauthorized role: node"):
        authorize("send", {}, Role.NODE, set(Scope))
    with pytest.raises(InvalidRequest, match="unauthorized role: operator"):
        authorize("node.event", {}, Role.OPERATOR, set(Scope))


@pytest.mark.parametrize(
    ("name", "params", "scope"),
    [
        ("sessions.create", {"incognito": True}, Scope.ADMIN),
        ("sessions.create", {"permissionMode": "full"}, Scope.ADMIN),
        ("sessions.create", {"permissionMode": "guarded", "message": "hi"}, Scope.WRITE),
        ("sessions.patch", {"key": "k", "label": "x", "pinned": True, "model": "a/b"}, Scope.WRITE),
        ("sessions.patch", {"key": "k", "thinkingLevel": "high"}, Scope.ADMIN),
        ("sessions.patch", {"key": "k", "label": "x", "execSecurity": "full"}, Scope.ADMIN),
        ("sessions.delete", {"archivedOnly": True}, Scope.WRITE),
        ("sessions.delete", {"archivedOnly": "yes"}, Scope.ADMIN),
        ("node.invoke", {"command": "system.run"}, Scope.WRITE),
        ("node.invoke", {"command": "fs.listDir"}, Scope.ADMIN),
        ("channels.pairing.approve", {"bootstrapCommandOwner": True}, Scope.ADMIN),
    ],
)
def test_some_parameters_need_another_scope(name: str, params: dict[str, object], scope: Scope) -> None:
    assert rule_for(name, params).scope is scope


@pytest.mark.parametrize("method", ["agent", "chat.send"])
@pytest.mark.parametrize("message", ["/new", " /RESET "])
def test_commands_that_drop_a_conversation_take_an_admin(method: str, message: str) -> None:
    assert rule_for(method, {"message": message}).scope is Scope.ADMIN
    assert rule_for(method, {"message": f"say {message}"}).scope is Scope.WRITE


def test_an_unknown_method_takes_an_admin() -> None:
    assert rule_for("no.such.method", {}).scope is Scope.ADMIN


@pytest.mark.spec("I3")
def test_every_event_role_and_set_of_scopes() -> None:
    """Who hears what, written down once more: reads hear the work, and each desk hears what is asked of it alone."""
    needs = {
        "operator.approvals": {"exec.approval.requested", "exec.approval.resolved"},
        "operator.pairing": {
            event for event in EVENT_SCOPES if event.startswith(("node.pair.", "device.pair.", "channels.pairing."))
        },
        "operator.talk": {"talk.mode"},
    }
    everybody = {"tick", "shutdown", "health", "heartbeat"}
    contains = {"operator.read": {"operator.write"}, "operator.talk": {"operator.write"}}
    for event, role in product(EVENT_SCOPES, Role):
        needed = next((scope for scope, events in needs.items() if event in events), "operator.read")
        enough = {needed, "operator.admin"} | contains.get(needed, set())
        for size in range(len(Scope) + 1):
            for scopes in combinations([scope.value for scope in Scope], size):
                hears = event in everybody or (role is Role.OPERATOR and bool(enough & set(scopes)))
                assert may_receive(event, role, scopes) is hears, (event, role, scopes)


def test_events_reach_those_who_may_read() -> None:
    assert may_receive("chat", Role.OPERATOR, {Scope.WRITE})
    assert not may_receive("chat", Role.OPERATOR, set())
    assert not may_receive("chat", Role.NODE, {Scope.READ})
    assert not may_receive("never.heard.of", Role.OPERATOR, {Scope.WRITE})
    assert all(may_receive(event, Role.NODE, set()) for event, scope in EVENT_SCOPES.items() if scope is None)
