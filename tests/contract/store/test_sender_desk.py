"""The desk of strangers over both databases, with a clock of the test's: what it reads, what it writes, and how often."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

import pytest

from openclaw.coordination.memory_rate_limiter import MemoryRateLimiter
from openclaw.domain.access import Reason
from openclaw.domain.account_rules import AccountRules, RateLimit
from openclaw.domain.envelope import InboundEnvelope, Peer, ReplyRoute, Sender
from openclaw.intake.gatekeeper import STRANGERS, Gatekeeper
from openclaw.intake.known_senders import KEEP_MS
from openclaw.intake.sender_desk import REFRESH_MS, SenderDesk, Voice
from openclaw.ports.stream import Notice
from openclaw.store.repositories.senders import SqlSenderStore
from tests.contract.store.world import World

pytestmark = pytest.mark.spec("I1")


@dataclass
class Process:
    """A gateway or a connector: a desk of its own, and what it says to the others."""

    world: World
    notices: list[Notice] = field(default_factory=list)
    says: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        voice = Voice(self.notices.append, lambda _: None, lambda _route, text, _key: self.says.append(text))
        self.desk = SenderDesk(SqlSenderStore(self.world.database), voice, lambda: self.world.now)
        limiter = MemoryRateLimiter(lambda: self.world.now / 1000)
        self.gate = Gatekeeper(self.desk, limiter, lambda _route, text, _key: self.says.append(text))

    def write(self, sender: str = "42", policy: str = "pairing") -> tuple[Reason | None, list[str]]:
        """Somebody writes; why he is not admitted, and the statements that it took."""
        rules = AccountRules(policy)  # type: ignore[arg-type]
        with self.world.database.statement_count() as count:
            reason = self.gate.refusal(rules, self.message(sender), operator=False)
        return reason, count.statements

    def message(self, sender: str = "42") -> InboundEnvelope:
        route = ReplyRoute("telegram", "default", sender)
        event_id = f"{sender}@{self.world.now}"
        return InboundEnvelope("telegram", "default", event_id, Peer("direct", sender), Sender(sender), "hi", route)

    def approve(self) -> None:
        self.desk.approve(self.desk.requests()[0], "op")


@pytest.fixture
def gateway(world: World) -> Process:
    return Process(world)


@pytest.fixture
def connector(world: World) -> Process:
    return Process(world)


def test_asking_whether_somebody_may_write_tells_and_counts_nothing(gateway: Process) -> None:
    rules = AccountRules("pairing", rate_limit=RateLimit(per_sender=1))
    admits = partial(gateway.gate.admits, rules, gateway.message(), operator=False)
    assert [admits() for _ in range(3)] == [False] * 3
    assert (gateway.desk.requests(), gateway.gate.counts()) == ([], {})
    gateway.write()
    gateway.approve()
    assert [admits() for _ in range(3)] == [True] * 3
    assert gateway.gate.refusal(rules, gateway.message(), operator=False) is None
    assert gateway.gate.admits(rules, gateway.message("43"), operator=True)
    assert not gateway.gate.admits(None, gateway.message(), operator=True)
    assert not gateway.gate.admits(AccountRules("disabled"), gateway.message(), operator=True)


def test_whoever_is_known_costs_one_read_in_a_while_and_no_write(world: World, gateway: Process) -> None:
    gateway.write()
    gateway.approve()
    for expected in (1, 0, 0):
        reason, statements = gateway.write()
        assert (reason, len(statements)) == (None, expected)
    world.now += KEEP_MS
    assert len(gateway.write()[1]) == 1


def test_whoever_goes_on_asking_costs_one_read_and_is_noted_now_and_then(world: World, gateway: Process) -> None:
    gateway.write()
    assert [len(gateway.write()[1]) for _ in range(3)] == [1, 1, 1]
    world.now += REFRESH_MS
    assert len(gateway.write()[1]) > 1
    assert gateway.desk.requests()[0].last_seen_at_ms == world.now


def test_a_full_account_is_not_asked_by_every_stranger(world: World, gateway: Process) -> None:
    for sender in "abcd":
        gateway.write(sender)
    assert len(gateway.write("e")[1]) == 1
    gateway.desk.dismiss(gateway.desk.requests()[0])
    assert len(gateway.write("e")[1]) > 1


def test_an_approval_counts_at_once_everywhere(gateway: Process, connector: Process) -> None:
    assert connector.write()[0] is Reason.UNPAIRED
    gateway.approve()
    assert connector.write()[0] is None


@pytest.mark.parametrize("policy", ["pairing", "open"])
def test_a_process_that_hears_nothing_learns_of_a_revocation_soon(
    world: World, gateway: Process, connector: Process, policy: str
) -> None:
    connector.write()
    gateway.approve()
    assert connector.write(policy=policy)[0] is None
    gateway.desk.revoke("telegram", "default", "42")
    assert gateway.write()[0] is Reason.UNPAIRED
    gateway.desk.reject(gateway.desk.requests()[0], "op")
    world.now += KEEP_MS
    assert connector.write(policy=policy)[0] is Reason.REFUSED


def test_a_process_that_hears_of_a_decision_forgets_what_it_knew(gateway: Process, connector: Process) -> None:
    gateway.write()
    gateway.approve()
    assert connector.write()[0] is None
    gateway.desk.revoke("telegram", "default", "42")
    assert connector.write()[0] is None, "not heard yet"
    for notice in gateway.notices:
        connector.desk.heard(str(notice.data["event"]), dict(notice.data["payload"]))  # type: ignore[call-overload]
    assert connector.write()[0] is Reason.UNPAIRED


def test_strangers_are_counted_together_before_they_are_written_down(world: World, gateway: Process) -> None:
    for number in range(STRANGERS.allowance.limit + 5):
        gateway.write(str(number))
        for request in gateway.desk.requests():
            gateway.desk.dismiss(request)
    asked = [notice for notice in gateway.notices if notice.data["event"] == "channels.pairing.requested"]
    assert len(asked) == STRANGERS.allowance.limit
    assert gateway.says == [], "strangers are not told that they are too many"
