"""A request for approval has one end, whoever writes it and whenever."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from openclaw.domain.approvals import Approval, ApprovalState, ExecPattern
from openclaw.domain.exec_policy import Decision
from openclaw.store.repositories.approvals import SqlApprovalStore
from tests.contract.store.world import World

pytestmark = pytest.mark.spec("I2")

ASKED = Approval(
    id="a-1",
    wait_id="run-1:1",
    run_id="run-1",
    session_key="agent:main:x",
    agent_id="main",
    command="git push",
    cwd="/work",
    host="sandbox",
    env_names=("COLOUR",),
    programs=("/usr/bin/git",),
    created_at_ms=100,
    expires_at_ms=1_000,
    can_always=True,
)


@pytest.fixture
def store(world: World) -> SqlApprovalStore:
    return SqlApprovalStore(world.database)


def test_a_request_is_kept_once(store: SqlApprovalStore) -> None:
    assert store.request(ASKED) == ASKED
    assert store.request(replace(ASKED, command="rm -rf /")) == ASKED
    assert store.approval("a-1") == ASKED
    assert store.approval("nobody") is None


def test_the_first_decision_counts(store: SqlApprovalStore) -> None:
    store.request(ASKED)
    decided = store.decide("a-1", Decision.DENY, "me", 200)
    assert decided == replace(
        ASKED, state=ApprovalState.DENIED, decision=Decision.DENY, decided_by="me", decided_at_ms=200
    )
    assert store.decide("a-1", Decision.ALLOW_ONCE, "you", 300) is None
    assert store.approval("a-1") == decided


def test_of_two_decisions_at_once_one_counts(store: SqlApprovalStore) -> None:
    store.request(ASKED)
    barrier = threading.Barrier(8)
    won: list[Approval | None] = []

    def decide(number: int) -> None:
        barrier.wait()
        decision = Decision.ALLOW_ONCE if number % 2 else Decision.DENY
        won.append(store.decide("a-1", decision, f"person-{number}", 200))

    threads = [threading.Thread(target=decide, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (decided,) = [each for each in won if each is not None]
    assert store.approval("a-1") == decided


def test_what_is_late_cannot_be_decided_and_expires(store: SqlApprovalStore) -> None:
    store.request(ASKED)
    assert store.expire(999, 10) == []
    assert store.decide("a-1", Decision.ALLOW_ONCE, "me", 1_000) is None
    (ended,) = store.expire(1_000, 10)
    assert (ended.state, ended.decision) == (ApprovalState.EXPIRED, None)
    assert store.expire(1_000, 10) == []


def test_a_request_whose_turn_went_on_is_withdrawn(store: SqlApprovalStore, world: World) -> None:
    claim = world.running()
    world.suspend(claim, "run-1:1", due_at_ms=ASKED.expires_at_ms)
    store.request(ASKED)
    assert store.withdraw(200, 10) == []
    world.control.answer_wait("run-1:1", {"outcome": "cancelled"}, 200)
    (ended,) = store.withdraw(300, 10)
    assert ended.state is ApprovalState.WITHDRAWN


def test_a_decision_that_did_not_reach_its_turn_is_found(store: SqlApprovalStore, world: World) -> None:
    claim = world.running()
    world.suspend(claim, "run-1:1", due_at_ms=ASKED.expires_at_ms)
    store.request(ASKED)
    assert store.unanswered(10) == []
    decided = store.decide("a-1", Decision.ALLOW_ONCE, "me", 200)
    assert store.unanswered(10) == [decided]
    world.control.answer_wait("run-1:1", {"decision": "allow-once"}, 300)
    assert store.unanswered(10) == []


def test_the_newest_come_first_and_old_ones_are_forgotten(store: SqlApprovalStore) -> None:
    for number in range(3):
        store.request(replace(ASKED, id=f"a-{number}", created_at_ms=100 + number))
    store.decide("a-0", Decision.DENY, "me", 200)
    assert [each.id for each in store.approvals(10, pending_only=False)] == ["a-2", "a-1", "a-0"]
    assert [each.id for each in store.approvals(1, pending_only=True)] == ["a-2"]
    assert store.forget(102, 10) == 1
    assert [each.id for each in store.approvals(10, pending_only=False)] == ["a-2", "a-1"]


def test_programs_are_allowed_once_each_and_remember_their_use(store: SqlApprovalStore) -> None:
    store.add_patterns("main", ["/usr/bin/git", "/usr/bin/make"], 100)
    store.add_patterns("main", ["/usr/bin/git"], 200)
    store.add_patterns("other", ["/usr/bin/git"], 300)
    store.used("main", ["/usr/bin/git"], "git push " + "x" * 900, 400)
    git, make = store.patterns("main")
    assert (git.pattern, git.created_at_ms, git.last_used_at_ms, len(git.last_command)) == (
        "/usr/bin/git",
        100,
        400,
        512,
    )
    assert make.last_used_at_ms == 0
    assert len(store.patterns()) == 3
    assert store.remove_pattern(git.id)
    assert not store.remove_pattern(git.id)


def test_a_whole_list_takes_the_place_of_another(store: SqlApprovalStore) -> None:
    store.add_patterns("main", ["/usr/bin/git", "/usr/bin/make"], 100)
    kept = store.patterns("main")[0]
    store.replace_patterns([ExecPattern("new", "main", "/usr/bin/git"), ExecPattern("n2", "main", "/bin/x")], 500)
    assert [(each.pattern, each.created_at_ms) for each in store.patterns()] == [("/bin/x", 500), ("/usr/bin/git", 100)]
    assert store.patterns()[1].id == kept.id
