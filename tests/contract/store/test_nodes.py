"""Nodes, what is asked of them and what waits for them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from openclaw.domain.nodes import InvokeState, Node
from openclaw.errors import InvalidRequest
from openclaw.ports.nodes import NewInvoke, PendingItem
from openclaw.store.repositories.nodes import SqlNodeStore
from tests.contract.store.world import World

OFFERED = ("file.read", "system.run")
SHED = Node("shed", "the shed", {"id": "node-host"}, ("system",), OFFERED, OFFERED)
ASK = NewInvoke("i1", "shed", "system.run", {"command": ["ls"]}, 30_000, "k1")


@pytest.fixture
def store(world: World) -> SqlNodeStore:
    return SqlNodeStore(world.database)


def test_what_a_new_node_offers_is_approved_and_what_it_adds_later_is_not(world: World, store: SqlNodeStore) -> None:
    assert store.connected(SHED, world.now).usable == SHED.commands
    more = store.connected(replace(SHED, commands=(*SHED.commands, "screen.snapshot")), world.now + 1)
    assert (more.usable, more.unapproved) == (SHED.commands, ("screen.snapshot",))
    assert (more.created_at_ms, more.last_connected_at_ms) == (world.now, world.now + 1)
    assert store.decide(more, approve=True, now_ms=world.now)
    assert store.node("shed").unapproved == ()


def test_what_was_approved_with_the_machine_counts_and_not_what_it_offers_then(
    world: World, store: SqlNodeStore
) -> None:
    store.admit(replace(SHED, commands=("file.read",), approved_commands=("file.read",)), world.now)
    came = store.connected(SHED, world.now + 1)
    assert (came.usable, came.unapproved) == (("file.read",), ("system.run",))
    stranger = store.connected(replace(SHED, node_id="barn", approved_commands=()), world.now)
    assert (stranger.usable, stranger.unapproved) == ((), OFFERED)
    store.decide(came, approve=True, now_ms=world.now)
    store.admit(replace(SHED, commands=(), approved_commands=()), world.now)
    assert store.node("shed").approved_commands == ()


def test_a_command_whose_turn_has_gone_on_is_found(world: World, store: SqlNodeStore) -> None:
    claim = world.running()
    store.ask(replace(ASK, wait_id="wait-1"), world.now)
    world.suspend(claim)
    assert store.deserted(10) == []
    world.control.answer_wait("wait-1", {"text": "never mind"}, world.now)
    assert store.deserted(10) == [("i1", "shed")]
    store.finish("i1", "shed", InvokeState.FAILED, {"ok": False}, world.now)
    assert store.deserted(10) == []


def test_a_wish_is_struck_off_and_a_decision_over_an_old_one_changes_nothing(world: World, store: SqlNodeStore) -> None:
    store.connected(SHED, world.now)
    old = store.connected(replace(SHED, commands=(*SHED.commands, "a")), world.now)
    new = store.connected(replace(SHED, commands=(*SHED.commands, "b")), world.now)
    assert old.request_id != new.request_id
    assert not store.decide(old, approve=True, now_ms=world.now)
    assert store.decide(new, approve=False, now_ms=world.now)
    assert store.node("shed").commands == SHED.commands


def test_a_name_that_an_operator_gave_stays(world: World, store: SqlNodeStore) -> None:
    store.connected(SHED, world.now)
    assert store.rename("shed", "barn")
    assert store.connected(SHED, world.now).display_name == "barn"
    assert not store.rename("nobody", "x")
    assert [node.display_name for node in store.nodes()] == ["barn"]


def test_a_command_is_stored_once_per_key_and_sent_by_one(world: World, store: SqlNodeStore) -> None:
    asked, made = store.ask(ASK, world.now)
    again, made_again = store.ask(replace(ASK, id="i2"), world.now)
    assert (made, made_again, again) == (True, False, asked)
    with pytest.raises(InvalidRequest, match="another command"):
        store.ask(replace(ASK, id="i3", params={}), world.now)
    assert store.queued(["shed", "barn"], world.now, 10) == [("i1", "shed")]
    assert store.take("i1", world.now).state is InvokeState.SENT
    assert store.take("i1", world.now) is None
    assert store.queued(["shed"], world.now, 10) == []


def test_only_the_node_that_was_asked_ends_a_command_and_once(world: World, store: SqlNodeStore) -> None:
    store.ask(ASK, world.now)
    store.take("i1", world.now)
    assert store.finish("i1", "barn", InvokeState.DONE, {"ok": True}, world.now) is None
    ended = store.finish("i1", "shed", InvokeState.DONE, {"ok": True, "payload": 5}, world.now)
    assert (ended.state, ended.result) == (InvokeState.DONE, {"ok": True, "payload": 5})
    assert store.finish("i1", "shed", InvokeState.FAILED, {"ok": False}, world.now) is None
    assert store.invoke("i1") == ended


def test_what_is_late_ends_and_what_is_old_is_forgotten(world: World, store: SqlNodeStore) -> None:
    store.ask(ASK, world.now)
    store.ask(replace(ASK, id="i2", key="k2", timeout_ms=60_000), world.now)
    assert store.expire(world.now + 29_999, 10) == []
    (late,) = store.expire(world.now + 30_000, 10)
    assert (late.id, late.state, late.result["error"]["code"]) == ("i1", InvokeState.EXPIRED, "TIMEOUT")
    assert store.take("i2", world.now + 60_000) is None
    assert store.forget(world.now + 1, 10) == 1
    assert (store.invoke("i1"), store.invoke("i2").state) == (None, InvokeState.QUEUED)


def test_what_waits_comes_by_urgency_and_stays_until_it_is_acknowledged(world: World, store: SqlNodeStore) -> None:
    items = [
        PendingItem("a", "shed", "status.request", created_at_ms=world.now),
        PendingItem("b", "shed", "location.request", "high", created_at_ms=world.now),
        PendingItem("c", "shed", "status.request", created_at_ms=world.now, expires_at_ms=world.now + 10),
        PendingItem("d", "barn", "status.request", created_at_ms=world.now),
    ]
    revisions = [store.enqueue(item) for item in items[:3]]
    store.enqueue(items[3])
    assert revisions == sorted(set(revisions))
    page = store.pending("shed", world.now, 2)
    assert ([item.id for item in page.items], page.more, page.revision) == (["b", "a"], True, revisions[-1])
    assert store.acknowledge("shed", ["b", "d"]) == 1
    assert [item.id for item in store.pending("shed", world.now + 11, 5).items] == ["a"]
    assert [item.id for item in store.pending("barn", world.now, 5).items] == ["d"]


def test_a_removed_node_leaves_nothing_behind(world: World, store: SqlNodeStore) -> None:
    store.connected(SHED, world.now)
    store.ask(ASK, world.now)
    store.enqueue(PendingItem("a", "shed", "status.request", created_at_ms=world.now))
    assert store.remove("shed")
    assert (store.node("shed"), store.invoke("i1"), store.pending("shed", world.now, 5).items) == (None, None, ())
    assert not store.remove("shed")
