"""An agent's command waits for a person: its turn holds no slot, survives its worker, and runs it once or not at all."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator

import pytest
from sqlalchemy import update

from openclaw.composition.intake import build_approval_desk
from openclaw.domain.approvals import Approval, ApprovalState
from openclaw.domain.chat_commands import Command
from openclaw.domain.envelope import InboundEnvelope, Peer, ReplyRoute, Sender
from openclaw.domain.exec_policy import Decision
from openclaw.domain.queue_mode import QueueMode
from openclaw.intake.approval_desk import ApprovalDesk
from openclaw.intake.exec_gate import CHANGED, DENIED, NOT_DECIDED, UNKNOWN
from openclaw.intake.reading import Rights
from openclaw.ports.lanes import LaneState
from openclaw.sandbox import probe
from openclaw.store.models import approvals
from tests.integration.agent.scripted import World, answers, one_call, world_of
from tests.waiting import wait_until

pytestmark = [
    pytest.mark.spec("I2", "K2"),
    pytest.mark.skipif(shutil.which("bwrap") is None, reason="no bubblewrap on this machine"),
]

COMMAND = "echo x >> count"


@pytest.fixture
def world(request: pytest.FixtureRequest, redis_client: object, redis_url: str) -> Iterator[World]:
    probe.problem.cache_clear()
    with world_of(redis_url, more=getattr(request, "param", "")) as world:
        yield world


def desk(world: World) -> ApprovalDesk:
    """The desk of any other process of the cluster."""
    return build_approval_desk(world.cluster.storage, world.cluster.redis, world.cluster.keeper)


def ask(world: World, command: str = COMMAND) -> tuple[str, Approval]:
    script = iter([one_call("exec", {"command": command}), answers("done")])
    world.model.script = lambda request: next(script)
    run_id = world.cluster.say("work")
    assert world.begin() == "suspended"
    # Not by what is pending: where requests are short-lived, this one may be over.
    return run_id, desk(world).store.approvals(1, pending_only=False)[0]


def result(world: World) -> str:
    blocks = [block for message in world.model.asked[-1].messages for block in message.blocks]
    return next(block.text for block in blocks if getattr(block, "name", "") == "exec" and hasattr(block, "is_error"))


def counted(world: World) -> str:
    return "".join(path.read_text() for path in world.cluster.folder.rglob("count"))


def slots(world: World) -> int:
    return int(world.cluster.redis.client.zcard("oc:{lane}:slots:main"))


@pytest.mark.spec("E1")
def test_a_session_may_be_stricter_than_configured(world: World) -> None:
    said = world.cluster.intake.answer_commands((Command("exec", "ask:always"),), "agent:main:s", "cli", Rights())
    assert said == "Commands from now on: ask:always; never laxer than configured."
    _, waiting = ask(world, "echo harmless")
    assert waiting.command == "echo harmless"


def test_a_command_waits_without_a_slot_and_runs_once_it_is_allowed(world: World) -> None:
    run_id, waiting = ask(world)
    assert (waiting.command, waiting.agent_id, waiting.can_always) == (COMMAND, "main", False)
    assert world.state is LaneState.PARKED
    assert slots(world) == 0
    assert counted(world) == ""
    world.services = world.worker()  # the one that asked is gone
    decided, mine = desk(world).decide(waiting.id[:8], "allow-once", "somebody")
    assert (mine, decided.state) == (True, ApprovalState.ALLOWED)
    world.begin()
    assert counted(world) == "x\n"
    assert result(world).startswith("Exit code 0")
    assert world.cluster.run(run_id)["reply_text"] == "done"


@pytest.mark.parametrize("column", ["host", "cwd", "programs"])
def test_what_was_agreed_to_for_another_place_or_program_is_not_run(world: World, column: str) -> None:
    _, waiting = ask(world, "cat /etc/hostname > count")
    other = ["/elsewhere/cat"] if column == "programs" else "elsewhere"
    with world.cluster.storage.database.write() as connection:
        connection.execute(update(approvals).values({column: other}))
    desk(world).decide(waiting.id, "allow-once", "somebody")
    world.begin()
    assert (counted(world), result(world)) == ("", CHANGED)


def test_a_command_that_is_denied_is_not_run_and_the_model_hears_it(world: World) -> None:
    _, waiting = ask(world)
    desk(world).decide(waiting.id, "deny", "somebody")
    assert desk(world).decide(waiting.id, "allow-once", "somebody else")[1] is False
    world.begin()
    assert (counted(world), result(world)) == ("", DENIED)


@pytest.mark.parametrize("world", ["[approvals]\ntimeout_seconds = 1\n"], indirect=True)
def test_nobodys_decision_is_a_denial(world: World) -> None:
    _, waiting = ask(world)
    wait_until(lambda: world.services.sweep() and world.state is LaneState.GRANTED, 15)
    world.begin()
    assert (counted(world), result(world)) == ("", NOT_DECIDED)
    ended = desk(world).find(waiting.id)
    assert ended.state in (ApprovalState.EXPIRED, ApprovalState.WITHDRAWN)


def test_a_decision_whose_author_died_reaches_the_turn_by_the_sweep(world: World) -> None:
    _, waiting = ask(world)
    world.cluster.storage.approvals.decide(waiting.id, Decision.ALLOW_ONCE, "dying", waiting.created_at_ms + 1)
    assert world.state is LaneState.PARKED
    desk(world).sweep()
    world.begin()
    assert counted(world) == "x\n"


def test_a_turn_that_goes_on_without_takes_its_request_back(world: World) -> None:
    _, waiting = ask(world)
    world.cluster.say("never mind", mode=QueueMode.STEER)
    world.begin()
    assert desk(world).sweep() == 1
    assert desk(world).find(waiting.id).state is ApprovalState.WITHDRAWN
    assert desk(world).decide(waiting.id, "allow-once", "late")[1] is False
    assert counted(world) == ""


def test_what_is_allowed_for_good_is_not_asked_about_again(world: World) -> None:
    _, waiting = ask(world, "uptime --version")
    assert waiting.programs == ("/usr/bin/uptime",)
    desk(world).decide(waiting.id, "allow-always", "somebody")
    world.begin()
    script = iter([one_call("exec", {"command": "uptime --version | wc -l"}, "call-2"), answers("done")])
    world.model.script = lambda request: next(script)
    again = world.turn("once more")
    assert again["reply_text"] == "done"
    (pattern,) = desk(world).store.patterns("main")
    assert (pattern.pattern, pattern.last_command) == ("/usr/bin/uptime", "uptime --version | wc -l")


def test_harmless_commands_are_not_asked_about(world: World) -> None:
    script = iter([one_call("exec", {"command": "echo hi | wc -c"}), answers("done")])
    world.model.script = lambda request: next(script)
    assert world.turn("work")["reply_text"] == "done"
    assert result(world).endswith("3")


@pytest.mark.parametrize(
    "trick", ["echo hi; touch count", "echo $(touch count)", "echo hi > count", "cat x & touch count"]
)
def test_no_trick_gets_past_the_person(world: World, trick: str) -> None:
    ask(world, trick)
    assert counted(world) == ""


@pytest.mark.parametrize("world", ['[tools.exec]\nask = "off"\n'], indirect=True)
def test_where_nobody_is_asked_what_is_unknown_is_refused(world: World) -> None:
    script = iter([one_call("exec", {"command": COMMAND}), answers("done")])
    world.model.script = lambda request: next(script)
    world.turn("work")
    assert (counted(world), result(world)) == ("", UNKNOWN)


@pytest.mark.parametrize("world", ['[tools.exec]\nsecurity = "deny"\n'], indirect=True)
def test_where_nothing_may_run_the_tool_is_not_there(world: World) -> None:
    world.model.script = lambda request: answers("done")
    world.turn("work")
    assert not {"exec", "process"} & {tool.name for tool in world.model.asked[0].tools}


APPROVERS = '[approvals]\napprovers = ["telegram:42"]\n'


def write(world: World, sender: str, text: str, event_id: str) -> list[str]:
    """A chat message; what was said back."""
    route = ReplyRoute("telegram", "default", "42")
    world.cluster.intake.submit_envelope(
        InboundEnvelope(
            channel="telegram",
            account="default",
            event_id=event_id,
            peer=Peer("direct", "42"),
            sender=Sender(sender),
            text=text,
            route=route,
        )
    )
    return [row["text"] for row in world.cluster.ledger.query("SELECT text FROM outbox ORDER BY id")]


@pytest.mark.parametrize("world", [APPROVERS], indirect=True)
def test_an_approver_decides_from_his_chat_and_nobody_else_does(world: World) -> None:
    _, waiting = ask(world)
    words = f"/approve {waiting.id[:8]} allow-once"
    assert write(world, "666", words, "e1") == []
    assert desk(world).find(waiting.id).state is ApprovalState.PENDING
    assert write(world, "42", words, "e2") == ["Decided: allow-once."]
    # The platform delivers it once more: nothing more is said.
    assert write(world, "42", words, "e2") == ["Decided: allow-once."]
    world.begin()
    assert counted(world) == "x\n"


@pytest.mark.parametrize("world", [APPROVERS], indirect=True)
def test_a_chat_whose_agent_waits_is_told_what_for(world: World) -> None:
    script = iter([answers("hello"), one_call("exec", {"command": COMMAND}), answers("done")])
    world.model.script = lambda request: next(script)
    write(world, "42", "hi", "e1")
    world.begin()
    said = write(world, "42", "count", "e2")
    assert world.begin() == "suspended"
    (waiting,) = desk(world).pending()
    told = world.cluster.ledger.query("SELECT text FROM outbox ORDER BY id")[len(said)]["text"]
    assert COMMAND in told
    assert f"/approve {waiting.id[:8]} allow-once | deny" in told
    (buttons,) = [row["buttons"] for row in world.cluster.ledger.query("SELECT buttons FROM outbox") if row["buttons"]]
    assert json.loads(buttons) == [
        {"label": "Allow once", "says": f"/approve {waiting.id[:8]} allow-once"},
        {"label": "Deny", "says": f"/approve {waiting.id[:8]} deny"},
    ]
