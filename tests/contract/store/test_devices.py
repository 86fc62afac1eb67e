"""Devices, tokens, requests and setup codes on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from openclaw.domain.pairing import Access, Device, PairRequest
from openclaw.ports.devices import DeviceToken, SetupCode, token_hash
from openclaw.store.repositories.devices import SqlDeviceStore

DEVICE = Device("d1", "key", ("operator",), ("operator.read",), client={"id": "cli"}, remote_ip="203.0.113.9")
REQUEST = PairRequest(
    "r1", "d1", "key", "operator", ("operator.read",), {"id": "cli"}, created_at_ms=100, expires_at_ms=900
)


@pytest.fixture
def store(world):
    return SqlDeviceStore(world.database)


def test_a_device_is_paired_and_found(store):
    assert store.device("d1") is None
    paired = store.pair(DEVICE, approved_via="silent", now_ms=5)
    assert paired == store.device("d1")
    assert (paired.scopes, paired.approved_via, paired.created_at_ms) == (("operator.read",), "silent", 5)
    assert [d.device_id for d in store.devices()] == ["d1"]


def test_pairing_again_adds_and_never_takes(store):
    store.pair(DEVICE, approved_via="silent", now_ms=5)
    paired = store.pair(replace(DEVICE, roles=("node",), scopes=("operator.write",)), approved_via="cli", now_ms=7)
    assert (paired.roles, paired.scopes) == (("node", "operator"), ("operator.read", "operator.write"))
    assert (paired.created_at_ms, paired.approved_at_ms, paired.approved_via) == (5, 7, "cli")
    assert store.pair(DEVICE, approved_via="other", now_ms=9).approved_at_ms == 7


def test_what_a_device_says_of_itself_is_kept(store):
    store.pair(DEVICE, approved_via="silent", now_ms=5)
    store.seen("d1", {"id": "cli", "version": "2"}, "198.51.100.1", 8)
    assert store.rename("d1", "the laptop")
    found = store.device("d1")
    assert (found.client["version"], found.remote_ip, found.last_seen_at_ms, found.label) == (
        "2",
        "198.51.100.1",
        8,
        "the laptop",
    )
    assert not store.rename("unknown", "x")


def test_roles_are_told_of_those_that_are_paired(store):
    store.pair(DEVICE, approved_via="silent", now_ms=5)
    assert store.roles_of(["d1", "d2"]) == {"d1": ("operator",)}
    assert store.roles_of([]) == {}


def test_removing_a_device_takes_its_tokens_along(store):
    store.pair(DEVICE, approved_via="silent", now_ms=5)
    store.add_token("h1", DeviceToken("d1", "operator", (), 6), keep=4)
    assert store.remove("d1")
    assert (store.device("d1"), store.token("h1")) == (None, None)
    assert not store.remove("d1")


def test_one_role_of_two_can_be_taken(store):
    store.pair(replace(DEVICE, roles=("node", "operator")), approved_via="silent", now_ms=5)
    store.add_token("h1", DeviceToken("d1", "node", (), 6), keep=4)
    store.add_token("h2", DeviceToken("d1", "operator", (), 6), keep=4)
    assert store.remove("d1", "node")
    assert store.device("d1").roles == ("operator",)
    assert (store.token("h1"), store.token("h2").role) == (None, "operator")
    assert not store.remove("d1", "node")
    assert store.remove("d1", "operator")
    assert store.device("d1") is None


def test_only_the_newest_tokens_hold(store):
    store.pair(DEVICE, approved_via="silent", now_ms=5)
    for number in range(6):
        store.add_token(f"h{number}", DeviceToken("d1", "operator", ("operator.read",), number), keep=3)
    assert [token.created_at_ms for token in store.tokens(["d1"])] == [5, 4, 3]
    assert store.token("h2") is None


def test_rotating_revokes_the_others(store):
    store.pair(replace(DEVICE, roles=("node", "operator")), approved_via="silent", now_ms=5)
    store.add_token("old", DeviceToken("d1", "operator", (), 6), keep=4)
    store.add_token("node", DeviceToken("d1", "node", (), 6), keep=4)
    store.rotate("new", DeviceToken("d1", "operator", ("operator.read",), 9, rotated_at_ms=9))
    assert store.token("old").revoked_at_ms == 9
    assert {t.role: t.created_at_ms for t in store.tokens(["d1"])} == {"operator": 9, "node": 6}
    assert store.revoke("d1", "operator", 11)
    assert store.token("new").revoked_at_ms == 11
    assert not store.revoke("d1", "operator", 12)
    store.used("node", 13)
    assert store.token("node").last_used_at_ms == 13


def test_the_same_request_again_is_the_same_one_with_more_time(store):
    assert store.ask(REQUEST) is REQUEST
    again = store.ask(replace(REQUEST, request_id="r2", created_at_ms=300, expires_at_ms=1300))
    assert again.request_id == "r1"
    assert [r.request_id for r in store.requests(1000)] == ["r1"]


def test_asking_for_something_else_replaces_the_request(store):
    store.ask(REQUEST)
    store.ask(replace(REQUEST, request_id="r2", scopes=("operator.admin",)))
    assert [(r.request_id, r.scopes) for r in store.requests(500)] == [("r2", ("operator.admin",))]
    assert store.request("r1", 500) is None


def test_requests_expire(store):
    store.ask(REQUEST)
    assert store.request("r1", 899) == REQUEST
    assert (store.request("r1", 900), store.requests(900)) == (None, [])
    late = replace(REQUEST, request_id="r3", created_at_ms=1000, expires_at_ms=2000)
    assert store.ask(late) is late


def test_of_two_that_decide_one_does(store):
    store.ask(REQUEST)
    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(lambda _: store.close_request("r1"), range(4))) == [False, False, False, True]


def test_pairing_closes_the_devices_request(store):
    store.ask(REQUEST)
    store.pair(DEVICE, approved_via="cli", now_ms=200)
    assert store.requests(200) == []


def test_a_setup_code_is_used_once_and_in_time(store):
    store.add_setup_code("h1", SetupCode("s1", Access.LIMITED, 100, 900))
    assert not store.use_setup_code("h1", "d1", 900)
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(lambda n: store.use_setup_code("h1", f"d{n}", 500), range(4))) == 1
    code = store.setup_code("h1")
    assert (code.used_at_ms, code.access) == (500, Access.LIMITED)
    assert store.setup_by_id("s1") == code
    assert (store.setup_code("h2"), store.setup_by_id("s2")) == (None, None)


def test_the_hash_of_a_token_tells_nothing_of_it():
    assert token_hash("secret") == token_hash("secret") != token_hash("secre7")
    assert "secret" not in token_hash("secret")
