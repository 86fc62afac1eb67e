"""Strangers on channels: a code and no answer, a decision by an operator, and what holds afterwards.

Intake, database and gateway are real; nobody works on the lanes.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests
from sqlalchemy import select

from openclaw.domain.account_rules import AccountRules, GroupAccess, RateLimit
from openclaw.domain.envelope import EventKind, InboundEnvelope, Peer, PeerKind, ReplyRoute, Sender
from openclaw.intake.accept import Intake
from openclaw.intake.policy import AgentRoute, IntakePolicy
from openclaw.store import Database
from openclaw.store.models import inbound, outbox
from tests.integration.web.client import Client, fits
from tests.integration.web.serving import Served
from tests.integration.web.sql_parts import sql_parts
from tests.integration.web.twins import TOKEN, Desk

pytestmark = pytest.mark.spec("I1", "K8")

PAIRING = ["operator.pairing", "operator.read"]
OWNER = "telegram:1"


@dataclass
class Channel:
    """People who write to the gateway's account, and what they see."""

    served: Served
    intake: Intake
    database: Database
    _count: int = field(default=0)

    def follow(self, rules: AccountRules) -> None:
        self.intake.follow(
            IntakePolicy(
                agents={"main": AgentRoute("main")},
                default_agent="main",
                choose_agent=lambda _envelope: "main",
                approvers=frozenset({OWNER}),
                accounts={("telegram", "default"): rules},
            )
        )

    def write(
        self, text: str, sender: str = "42", kind: PeerKind = "direct", event: EventKind = "message", **facts: Any
    ) -> bool:
        """Write a message; whether it became one of a conversation."""
        self._count += 1
        event_id = str(facts.pop("event_id", self._count))
        peer = Peer(kind, facts.pop("peer", sender))
        mentioned = facts.pop("mentioned", None)
        envelope = InboundEnvelope(
            channel="telegram",
            account=facts.pop("account", "default"),
            event_id=event_id,
            peer=peer,
            sender=Sender(sender, name="Ada"),
            text=text,
            route=ReplyRoute("telegram", "default", peer.id),
            mentioned=mentioned,
            event=event,
            extra=facts,
        )
        return self.intake.submit_envelope(envelope) is not None

    def said(self) -> list[str]:
        """Everything that was said back."""
        with self.database.read() as connection:
            return list(connection.execute(select(outbox.c.text).order_by(outbox.c.id)).scalars())

    def stored(self) -> list[str]:
        with self.database.read() as connection:
            return list(connection.execute(select(inbound.c.text).order_by(inbound.c.id)).scalars())

    def code(self) -> str:
        return self.said()[-1].split("\n\n")[1]

    def counted(self) -> dict[str, float]:
        """What the gateway's metrics say was not admitted, by reason."""
        found = requests.get(self.served.url("/metrics"), headers={"Authorization": f"Bearer {TOKEN}"}, timeout=5)
        lines = [line for line in found.text.splitlines() if line.startswith("openclaw_intake_refused_total")]
        return {line.split('reason="')[1].split('"')[0]: float(line.rsplit(" ", 1)[1]) for line in lines}


@pytest.fixture
def channel(desk: Desk, serve: Callable[..., Served], tmp_path: Any) -> Iterator[Channel]:
    database, parts = sql_parts(desk.stream, tmp_path)
    intake: Intake = parts["intake"]
    served = serve(senders=intake.gate.senders, refusals=intake.gate.counts)
    made = Channel(served, intake, database)
    made.follow(AccountRules())
    yield made
    database.close()


@pytest.fixture
def operator(channel: Channel) -> Iterator[Client]:
    with channel.served.client(scopes=PAIRING) as client:
        yield client


def named(request: str) -> dict[str, str]:
    return {"channel": "telegram", "accountId": "default", "requestId": request}


def test_a_stranger_gets_a_code_and_no_turn(channel: Channel, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    assert not channel.write("my secret plan")
    assert channel.stored() == []
    assert channel.code() in channel.said()[0]
    assert "secret plan" not in caplog.text
    assert channel.counted() == {"unpaired": 1}


def test_whoever_goes_on_writing_hears_nothing_more(channel: Channel) -> None:
    for _ in range(3):
        channel.write("hello?")
    channel.write("hello?", event_id="1")
    assert len(channel.said()) == 1


def test_only_words_ask_to_be_let_in(channel: Channel) -> None:
    for event in ("reaction", "edit", "delete"):
        assert not channel.write("x", event=event)  # type: ignore[arg-type]
    assert channel.said() == []


def test_an_operator_sees_the_request_and_lets_the_sender_in(channel: Channel, operator: Client) -> None:
    channel.write("hi", sender_username="ada")
    told = operator.until("channels.pairing.requested")
    assert (told["senderId"], "code" in told) == ("42", False)
    listed = operator.result("channels.pairing.list", {})
    (request,) = listed["requests"]
    assert (request["senderId"], request["senderLabel"]) == ("42", "Ada")
    assert request["metadata"] == {"code": channel.code(), "username": "ada"}
    assert listed["limits"] == {"pendingPerAccount": 3, "ttlMs": 3_600_000}
    answer = operator.result("channels.pairing.approve", {**named(request["requestId"]), "notify": True})
    assert answer["notification"] == "sent"
    resolved = operator.until("channels.pairing.resolved")
    assert (resolved["decision"], resolved["senderId"]) == ("approved", "42")
    assert channel.said()[-1] == "You may write to me now. What can I do for you?"
    assert channel.write("hi again")
    assert operator.result("channels.pairing.list", {})["requests"] == []
    (known,) = operator.result("channels.allow.list", {"channel": "telegram"})["senders"]
    assert (known["senderId"], known["standing"]) == ("42", "approved")


def test_a_code_is_as_good_as_the_id(channel: Channel, operator: Client) -> None:
    channel.write("hi")
    assert operator.result("channels.pairing.approve", named(channel.code().lower()))["senderId"] == "42"
    assert channel.write("hi")


def test_the_rejected_are_refused_for_good_and_are_not_told(channel: Channel, operator: Client) -> None:
    channel.write("hi")
    operator.result("channels.pairing.reject", named(channel.code()))
    assert not channel.write("hi?")
    channel.follow(AccountRules("open", group_policy="open"))
    assert not channel.write("hi?")
    assert not channel.write("hi?", kind="group", peer="room")
    assert len(channel.said()) == 1
    assert channel.counted() == {"unpaired": 1, "refused": 3}


def test_a_refusal_and_an_approval_can_be_taken_back(channel: Channel, operator: Client) -> None:
    for decision in ("reject", "approve"):
        channel.write("hi")
        operator.result(f"channels.pairing.{decision}", named(channel.code()))
        sender = {"channel": "telegram", "accountId": "default", "senderId": "42"}
        operator.result("channels.allow.revoke", sender)
        error = operator.call("channels.allow.revoke", sender)["error"]
        assert (error["code"], "nothing was decided" in error["message"]) == ("INVALID_REQUEST", True)
    assert not channel.write("hi")
    assert len(channel.said()) == 3


def test_the_dismissed_may_ask_again(channel: Channel, operator: Client) -> None:
    channel.write("hi")
    first = channel.code()
    operator.result("channels.pairing.dismiss", named(first))
    assert not channel.write("hi")
    assert channel.code() != first


def test_what_is_decided_or_unknown_is_said_to_be(channel: Channel, operator: Client) -> None:
    channel.write("hi")
    operator.result("channels.pairing.approve", named(channel.code()))
    for name in (channel.code(), "nobody"):
        error = operator.call("channels.pairing.approve", named(name))["error"]
        assert (error["code"], "unknown pairing request" in error["message"]) == ("INVALID_REQUEST", True)


def test_the_fourth_stranger_is_not_heard(channel: Channel, operator: Client) -> None:
    for sender in "abcd":
        channel.write("hi", sender)
    assert len(channel.said()) == 3
    operator.result("channels.pairing.dismiss", named(channel.code()))
    channel.write("hi", "d")
    assert len(channel.said()) == 4


def test_approval_lets_nobody_into_a_group(channel: Channel, operator: Client) -> None:
    channel.write("hi")
    operator.result("channels.pairing.approve", named(channel.code()))
    assert not channel.write("hi all", kind="group", peer="room")
    assert channel.counted()["group-not-listed"] == 1
    channel.follow(AccountRules(groups={"room": GroupAccess()}))
    assert channel.write("hi all", kind="group", peer="room")


def test_a_group_says_itself_whether_it_wants_to_be_mentioned(channel: Channel) -> None:
    channel.follow(AccountRules(groups={"*": GroupAccess(), "loud": GroupAccess(require_mention=False)}))
    for room in ("quiet", "loud"):
        channel.write(f"in {room}", kind="group", peer=room, mentioned=False)
    with channel.database.read() as connection:
        rows = connection.execute(select(inbound.c.text, inbound.c.reason).order_by(inbound.c.id)).all()
    assert [tuple(row) for row in rows] == [("in quiet", "not mentioned"), ("in loud", "")]


def test_an_approver_needs_no_approval_and_decides_in_the_chat(channel: Channel) -> None:
    channel.write("hi")
    code = channel.code()
    assert not channel.write("/pairing", "1")
    assert channel.said()[-1] == f"{code}  telegram/default  Ada"
    channel.write(f"/pairing approve {code}", "1")
    assert channel.said()[-1] == "Ada may write now."
    channel.write(f"/pairing approve {code}", "1")
    assert "unknown pairing request" in channel.said()[-1]
    channel.write("/pairing forgive", "1")
    assert channel.said()[-1] == "Say what and whom: /pairing approve|reject|dismiss CODE"
    before = channel.said()
    channel.write("/pairing", "42")
    assert channel.said() == before, "only an approver is heard"


def test_an_account_that_is_not_configured_admits_nobody(channel: Channel) -> None:
    assert not channel.write("hi", account="ghost")
    assert channel.counted() == {"no-account": 1}


def test_too_much_is_answered_once_and_then_with_silence(channel: Channel) -> None:
    channel.follow(AccountRules("open", rate_limit=RateLimit(per_sender=2, per_account=0)))
    assert [channel.write("hi") for _ in range(5)] == [True, True, False, False, False]
    assert [text for text in channel.said() if "a lot at once" in text] == channel.said()
    assert len(channel.said()) == 1
    assert channel.write("hi", "43"), "another sender is counted apart"
    assert all(channel.write("hi", "1") for _ in range(5)), "an operator is not counted"
    assert channel.counted() == {"rate-limited": 3}


def test_the_first_approved_sender_can_be_made_the_owner(channel: Channel, operator: Client) -> None:
    channel.write("hi")
    asked = {**named(channel.code()), "bootstrapCommandOwner": True}
    assert operator.call("channels.pairing.approve", asked)["error"]["code"] == "FORBIDDEN"
    with channel.served.client(scopes=["operator.admin"]) as admin:
        answer = admin.result("channels.pairing.approve", asked)
    assert answer["commandOwnerBootstrap"] == "unavailable", "this gateway has no configuration to edit"
    fits("ChannelsPairingApproveResult", answer)
