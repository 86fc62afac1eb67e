"""What is set in a chat holds for its turns: for one message, or for the session."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from openclaw.domain.envelope import InboundEnvelope, Peer, ReplyRoute, Sender
from openclaw.domain.run import StopReason, Usage
from openclaw.domain.transcript import ThinkingBlock
from openclaw.ports.provider import Stopped, TextDelta, ThinkingDone, UsageReport
from openclaw.ports.store import Accepted
from tests.integration.agent.scripted import World, answers, one_call, world_of

pytestmark = pytest.mark.spec("E1")

MORE = """
[approvals]
approvers = ["telegram:42"]
[[models.providers.scripted.models]]
id = "thinker"
reasoning = true
[agents.defaults]
model = "scripted/thinker"
"""
GROUP = Peer("group", "99")
DIRECT = Peer("direct", "42")


@pytest.fixture
def world(redis_client: object, redis_url: str) -> Iterator[World]:
    with world_of(redis_url, more=MORE) as world:
        world.model.script = lambda request: answers("hello", tokens=500)
        write(world, "/model thinker")
        yield world


_events = iter(range(1, 10_000))


def take(world: World, text: str, *, sender: str = "42", event: str = "", peer: Peer = DIRECT) -> Accepted | None:
    """A chat message arrives."""
    envelope = InboundEnvelope(
        channel="telegram",
        account="default",
        event_id=event or f"e{next(_events)}",
        peer=peer,
        sender=Sender(sender, name="Ada"),
        text=text,
        route=ReplyRoute("telegram", "default", peer.id),
    )
    return world.cluster.intake.submit_envelope(envelope)


def write(world: World, text: str, **more: object) -> str:
    """A chat message arrives; what was said back since."""
    before = len(said(world))
    take(world, text, **more)  # type: ignore[arg-type]
    return "\n".join(said(world)[before:])


def said(world: World) -> list[str]:
    return [row["text"] for row in world.cluster.ledger.query("SELECT text FROM outbox ORDER BY id")]


def inbound(world: World) -> list[dict[str, object]]:
    return world.cluster.ledger.query("SELECT * FROM inbound ORDER BY id")


def settings(world: World) -> dict[str, object]:
    found: dict[str, object] = json.loads(str(world.session()["settings"]))
    return found


def test_thinking_is_set_for_the_session_and_by_a_hint_for_one_message(world: World) -> None:
    assert write(world, "/think") == (
        "Thinking: the model's own default. There are: off, minimal, low, medium, high, xhigh, default."
    )
    take(world, "one")
    world.begin()
    assert write(world, "/think:HIGH") == "Thinking from now on: high."
    take(world, "two")
    world.begin()
    take(world, "/t off three")
    world.begin()
    take(world, "four")
    world.begin()
    assert write(world, "/think default") == "Thinking from now on: the model's own default."
    take(world, "five")
    world.begin()
    assert [request.thinking for request in world.model.asked] == ["", "high", "off", "high", ""]
    assert [m.text for m in world.model.asked[-1].messages if m.role == "user"] == [
        "one",
        "two",
        "three",
        "four",
        "five",
    ]


def test_the_agents_own_level_holds_where_nobody_says_another(redis_client: object, redis_url: str) -> None:
    more = MORE + '[agents.ops]\nthinking = "low"\nmodel = "scripted/thinker"\ndefault = true\n'
    with world_of(redis_url, more=more) as world:
        world.model.script = lambda request: answers("hello")
        assert write(world, "/think").startswith("Thinking: low.")
        take(world, "one")
        world.begin()
        take(world, "/t high two")
        world.begin()
        assert "Thinking: low (the agent's)" in write(world, "/status")
    assert [request.thinking for request in world.model.asked] == ["low", "high"]


def test_a_model_that_does_not_think_is_not_asked_to(world: World) -> None:
    write(world, "/model scripted/m")
    assert write(world, "/think high") == "Thinking from now on: high. This model does not think."
    take(world, "hi")
    world.begin()
    assert world.model.asked[-1].thinking == ""


def test_several_directives_alone_are_each_answered(world: World) -> None:
    assert write(world, "/t low /v on\n/reason on").splitlines() == [
        "Thinking from now on: low.",
        "Verbose from now on: on.",
        "Reasoning from now on: on.",
    ]
    assert {"thinking": "low", "verbose": "on", "reasoning": "on"}.items() <= settings(world).items()
    assert inbound(world) == []
    assert write(world, "/think banana").startswith("There is no 'banana' for /think; there are: off,")


@pytest.mark.spec("E3")
def test_the_queue_of_a_session_and_of_a_single_message(world: World) -> None:
    assert write(world, "/queue steer cap:3 drop:new") == "Queue from now on: steer debounce:1000ms cap:3 drop:new."
    take(world, "a")
    take(world, "/queue followup b")
    take(world, "c")
    assert [(row["text"], row["mode"]) for row in inbound(world)] == [("a", "steer"), ("b", "followup"), ("c", "steer")]
    assert "leave your last one out" in write(world, "d"), "three may wait"
    assert write(world, "/queue") == "Queue: steer debounce:1000ms cap:3 drop:new (chosen for this session)."
    assert write(world, "/queue reset").endswith("collect debounce:1000ms cap:20 drop:summarize (the configuration's).")
    take(world, "e")
    assert inbound(world)[-1]["mode"] == "collect"


@pytest.mark.spec("E3")
def test_what_no_person_wrote_does_not_go_by_the_sessions_queue(world: World) -> None:
    write(world, "/queue interrupt")
    write(world, "/compact")
    assert inbound(world)[-1]["mode"] == "queue"


def test_a_shortcut_in_a_sentence_is_answered_and_the_rest_is_a_message(world: World) -> None:
    assert write(world, "hello /id you").startswith("You are telegram:42 (Ada).")
    assert [row["text"] for row in inbound(world)] == ["hello you"]


def test_the_status_says_what_runs_and_what_was_set(world: World) -> None:
    write(world, "/think high")
    write(world, "/queue steer")
    seen: list[str] = []

    def script(request: object) -> list[object]:
        if not seen:
            seen.append(write(world, "/status"))
        return answers("ok")

    world.model.script = script  # type: ignore[assignment]
    take(world, "hi")
    world.begin()
    for line in (
        "Model: scripted/thinker (chosen for this session)",
        "Thinking: high (chosen for this session)",
        "Queue mode: steer (chosen for this session)",
        "Queue: a turn is running for 0 s, 0 tokens so far, 1 waiting",
    ):
        assert line in seen[0]


def test_what_the_conversation_weighs(world: World) -> None:
    assert "Entries: 0" in write(world, "/context list")
    take(world, "hi")
    world.begin()
    assert write(world, "/context") == (
        "Context: 501 of 200,000 tokens (0 %), compacted 0 times. Model: scripted/thinker."
    )
    assert "user: 1 entries" in write(world, "/context list")
    assert "Heaviest entry" in write(world, "/context detail")
    facts = json.loads(write(world, "/context json").removeprefix("```json\n").removesuffix("\n```"))
    assert (facts["tokens"], facts["entries"], facts["newest"]["assistant"]["entries"]) == (501, 2, 1)


@pytest.mark.spec("I1")
def test_what_only_the_owner_may_say_is_ignored_of_others(world: World) -> None:
    assert write(world, "/send off", sender="666") == ""
    assert write(world, "/exec ask:always", sender="666") == ""
    assert inbound(world) == []
    take(world, "/exec ask:off do it", sender="666")
    assert [row["text"] for row in inbound(world)] == ["/exec ask:off do it"], "its words stay text"
    assert write(world, "/exec ask:always") == "Commands from now on: ask:always; never laxer than configured."
    assert write(world, "/exec default") == "Commands from now on: as configured."


def test_replies_that_are_held_back_and_let_go(world: World) -> None:
    assert write(world, "/send off") == "Replies from now on: deny."
    take(world, "hi")
    world.begin()
    assert said(world)[-1] == "Replies from now on: deny."
    write(world, "/send inherit")
    take(world, "and now?")
    world.begin()
    assert said(world)[-1] == "hello"


def test_usage_and_thoughts_are_sent_with_the_reply_where_they_are_wanted(world: World) -> None:
    world.model.script = lambda request: [
        ThinkingDone(ThinkingBlock("hm\nwell", "")),
        TextDelta("hello"),
        UsageReport(Usage(500, 1)),
        Stopped(StopReason.STOP),
    ]
    assert write(world, "/usage") == "Used here: 0 tokens in, 0 out. Line below replies: off."
    write(world, "/usage full")
    write(world, "/reasoning on")
    before = len(said(world))
    take(world, "hi")
    world.begin()
    assert said(world)[before:] == [
        "*Thinking*\n\n> hm\n> well",
        "hello\n\n_500 tokens in, 1 out, scripted/thinker_",
    ]
    (run,) = world.cluster.ledger.query("SELECT reply_text FROM runs")
    assert run["reply_text"] == "hello", "the conversation is without them"


@pytest.mark.spec("E9")
def test_tools_are_shown_as_they_are_used(world: World) -> None:
    world.model.script = lambda request: (
        answers("done") if request.messages[-1].role == "tool" else one_call("fill", {"chars": 3})
    )
    write(world, "/verbose full")
    before = len(said(world))
    take(world, "go")
    world.begin()
    assert said(world)[before:] == ["Using fill: `chars: 3`", "fill:\n```\nxxx\n```", "done"]
    write(world, "/verbose off")
    take(world, "again")
    world.begin()
    assert said(world)[before + 3 :] == ["Verbose from now on: off.", "done"]


def test_new_with_words_begins_a_conversation_once_however_often_it_is_delivered(world: World) -> None:
    take(world, "my name is Ada")
    world.begin()
    before = world.session()["session_uuid"]
    take(world, "/new /t high who am I?", event="n1")
    fresh = world.session()["session_uuid"]
    assert fresh != before
    world.begin()
    assert [m.text for m in world.model.asked[-1].messages] == ["who am I?"]
    assert world.model.asked[-1].thinking == "high"
    take(world, "/new /t high who am I?", event="n1")
    assert world.session()["session_uuid"] == fresh
    assert [row["text"] for row in inbound(world)] == ["my name is Ada", "who am I?"]


def test_new_names_a_model_and_ends_what_waits(world: World) -> None:
    take(world, "slow")
    take(world, "waits", event="w")
    take(world, "/new scripted/m hello")
    assert [(row["text"], row["disposition"]) for row in inbound(world)] == [
        ("slow", "aborted"),
        ("waits", "aborted"),
        ("hello", None),
    ]
    assert settings(world)["model"] == "scripted/m"
    world.begin()
    assert world.model.asked[-1].model == "m"


def test_a_command_that_is_delivered_again_later_does_not_act_again(world: World) -> None:
    write(world, "/think high", event="t1")
    write(world, "/new", event="n1")
    write(world, "/stop", event="s1")
    write(world, "/think low", event="t2")
    take(world, "hi")
    conversation = world.session()["session_uuid"]
    for text, event in (("/think high", "t1"), ("/new", "n1"), ("/stop", "s1")):
        assert write(world, text, event=event) == ""
    assert settings(world)["thinking"] == "low"
    assert world.session()["session_uuid"] == conversation
    assert inbound(world)[-1]["disposition"] is None


def test_activation_is_for_groups(world: World) -> None:
    assert write(world, "/activation always") == "This is no group: every message is answered."
    assert write(world, "/activation mention", peer=GROUP) == "Activation from now on: mention."
