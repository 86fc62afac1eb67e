"""Real turns through the vendors' wire formats, and what becomes of a vendor's failures."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import redis

from tests.chaos.ledger import Ledger
from tests.e2e.configs import ONE_BY_ONE, provider
from tests.stack import Client, Stack, running_stack, text_of
from tests.waiting import wait_until
from tests.wire.anthropic import server as anthropic
from tests.wire.anthropic.server import AnthropicWireServer
from tests.wire.openai import server as openai
from tests.wire.openai.server import OpenAIWireServer
from tests.wire.sse_server import BREAK, Reply

ANTHROPIC_KEY = "sk-ant-the-first-secret"
OPENAI_KEY = "sk-oai-the-second-secret"
OVERLOADED = anthropic.error_body("Overloaded", "overloaded_error")


@pytest.fixture(scope="module")
def claude() -> Iterator[AnthropicWireServer]:
    with AnthropicWireServer(tokens=4) as server:
        yield server


@pytest.fixture(scope="module")
def gpt() -> Iterator[OpenAIWireServer]:
    with OpenAIWireServer(tokens=4) as server:
        yield server


@pytest.fixture(scope="module")
def stack(claude: AnthropicWireServer, gpt: OpenAIWireServer) -> Iterator[Stack]:
    config = (
        ONE_BY_ONE
        + provider("ant", "anthropic-messages", claude.base_url, key="${TEST_ANTHROPIC_KEY}")
        + provider("oai", "openai-completions", gpt.base_url, key="${TEST_OPENAI_KEY}")
        + '[agents.main]\ndefault = true\nmodel = "ant/wire-1"\n'
        + '[agents.gpt]\nmodel = "oai/wire-1"\n'
        + '[agents.careful]\nmodel = "ant/wire-1"\nfallbacks = ["oai/wire-1"]\n'
    )
    keys = {"TEST_ANTHROPIC_KEY": ANTHROPIC_KEY, "TEST_OPENAI_KEY": OPENAI_KEY}
    with running_stack(config, OPENCLAW_LOG_LEVEL="DEBUG", **keys) as running:
        yield running


@pytest.fixture
def client(stack: Stack) -> Iterator[Client]:
    connected = stack.client(caps=("tool-events",))
    yield connected
    connected.close()


@pytest.fixture(autouse=True)
def fresh(stack: Stack, claude: AnthropicWireServer, gpt: OpenAIWireServer) -> None:
    claude.reset()
    gpt.reset()
    stack.forget_failures()


def session(agent: str) -> str:
    return f"agent:{agent}:{uuid.uuid4()}"


def deltas(client: Client, run_id: str) -> list[dict[str, Any]]:
    return [
        e["payload"]
        for e in client.events
        if e["event"] == "chat" and e["payload"]["runId"] == run_id and e["payload"]["state"] == "delta"
    ]


@pytest.mark.spec("F1", "F2", "F12", "E5")
@pytest.mark.parametrize("agent", ["main", "gpt"])
def test_a_turn_streams_the_vendors_text_and_keeps_its_usage(
    stack: Stack, client: Client, claude: AnthropicWireServer, gpt: OpenAIWireServer, agent: str
):
    run_id = client.say("hello vendor [[slow:0.3]]", session(agent))
    final = client.final(run_id)
    assert text_of(final).startswith("You said: hello vendor")
    assert text_of(final).endswith("word1 word2 word3")
    assert deltas(client, run_id)
    (request,) = (claude if agent == "main" else gpt).requests
    given = request.headers.get("x-api-key") or request.headers["authorization"].removeprefix("Bearer ")
    assert given == (ANTHROPIC_KEY if agent == "main" else OPENAI_KEY)
    (run,) = Ledger(stack.home / "openclaw.db").query("SELECT * FROM runs WHERE run_id = ?", run_id)
    assert (run["status"], run["model"]) == ("succeeded", "wire-1")
    assert min(run["input_tokens"], run["output_tokens"]) > 0


@pytest.mark.spec("F1", "F2", "F12", "E5", "E9")
@pytest.mark.parametrize("agent", ["main", "gpt"])
def test_a_tool_call_goes_to_the_tool_and_its_result_back_to_the_vendor(
    stack: Stack, client: Client, claude: AnthropicWireServer, gpt: OpenAIWireServer, agent: str
):
    workspace = stack.home / ("workspace" if agent == "main" else f"workspace-{agent}")
    workspace.mkdir(exist_ok=True)
    (workspace / "note.txt").write_text("the sky is green")
    run_id = client.say('look it up [[tool:read {"path": "note.txt"}]]', session(agent))
    assert "the sky is green" in text_of(client.final(run_id))
    first, second = (claude if agent == "main" else gpt).requests
    names = [tool.get("name") or tool["function"]["name"] for tool in first.body["tools"]]
    assert "read" in names
    assert len(second.body["messages"]) == len(first.body["messages"]) + 2
    assert "the sky is green" in str(second.body["messages"][-1])
    tools = [
        e["payload"]["data"]["phase"]
        for e in client.events
        if e["event"] == "agent" and e["payload"]["runId"] == run_id and e["payload"]["stream"] == "tool"
    ]
    assert tools == ["start", "result"]


@pytest.mark.spec("F12", "E6")
@pytest.mark.parametrize("agent", ["main", "gpt"])
def test_a_stream_that_breaks_off_once_is_asked_again_and_its_text_replaced(
    client: Client, claude: AnthropicWireServer, gpt: OpenAIWireServer, agent: str
):
    claude.script(_cut_claude())
    gpt.script(_cut_gpt())
    run_id = client.say("try", session(agent))
    final = client.final(run_id)
    assert final["state"] == "final"
    assert "half an ans" not in text_of(final)
    assert len((claude if agent == "main" else gpt).requests) == 2


@pytest.mark.spec("F12", "E6")
@pytest.mark.parametrize("agent", ["main", "gpt"])
def test_a_stream_that_never_finishes_is_a_timeout_and_the_session_stays_usable(
    stack: Stack, client: Client, claude: AnthropicWireServer, gpt: OpenAIWireServer, agent: str
):
    claude.script(*[_cut_claude() for _ in range(2)])
    gpt.script(*[_cut_gpt() for _ in range(2)])
    key = session(agent)
    run_id = client.say("never ends", key)
    final = client.final(run_id)
    assert (final["state"], final["errorKind"]) == ("error", "timeout")
    (run,) = Ledger(stack.home / "openclaw.db").query("SELECT * FROM runs WHERE run_id = ?", run_id)
    assert (run["status"], run["error_kind"]) == ("failed", "timeout")
    assert "and now" in text_of(client.final(client.say("and now", key)))


@pytest.mark.spec("E6", "F12")
def test_the_second_model_answers_when_the_first_is_overloaded(
    stack: Stack, client: Client, claude: AnthropicWireServer, gpt: OpenAIWireServer
):
    claude.script(*[Reply.of_json(OVERLOADED, 529) for _ in range(2)])
    run_id = client.say("who is there", session("careful"))
    assert text_of(client.final(run_id)).startswith("You said: who is there")
    assert (len(claude.requests), len(gpt.requests)) == (2, 1)
    (run,) = Ledger(stack.home / "openclaw.db").query("SELECT * FROM runs WHERE run_id = ?", run_id)
    assert (run["provider"], run["model"]) == ("oai", "wire-1")


@pytest.mark.spec("E6")
def test_an_overload_in_the_middle_of_a_stream_goes_to_the_second_model_without_the_firsts_text(
    client: Client, claude: AnthropicWireServer
):
    broken = [
        anthropic.start(),
        anthropic.open_block(0, type="text", text=""),
        anthropic.delta(0, "text_delta", text="half an ans"),
    ]
    error = anthropic.event("error", error=OVERLOADED["error"])
    claude.script(*[Reply([*broken, 0.2, error]) for _ in range(2)])
    final = client.final(client.say("again", session("careful")))
    assert text_of(final).startswith("You said: again")


@pytest.mark.spec("E6", "F12")
def test_the_last_error_is_told_when_every_model_fails(
    client: Client, claude: AnthropicWireServer, gpt: OpenAIWireServer
):
    claude.script(*[Reply.of_json(OVERLOADED, 529) for _ in range(2)])
    gpt.script(Reply.of_json(openai.error_body("Incorrect API key", code="invalid_api_key"), 401))
    key = session("careful")
    final = client.final(client.say("anyone", key))
    assert (final["state"], final["errorDetail"]["failoverReason"]) == ("error", "auth")
    assert "better now" in text_of(client.final(client.say("better now", key)))


@pytest.mark.spec("I3", "H4")
def test_keys_are_in_no_log_database_message_or_command_line(stack: Stack, client: Client, gpt: OpenAIWireServer):
    (socket,) = (stack.home / "redis").glob("*.sock")
    seen: list[str] = []
    watching = threading.Event()
    with redis.Redis(unix_socket_path=str(socket)) as connection, connection.monitor() as monitor:
        marker = str(uuid.uuid4())

        def watch() -> None:
            watching.set()
            while marker not in (command := monitor.next_command()["command"]):
                seen.append(command)

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        watching.wait(5)
        gpt.script(Reply.of_json(openai.error_body(f"Incorrect API key provided: {OPENAI_KEY}"), 401))
        for agent in ("main", "main", "gpt"):
            client.final(client.say("do you know the keys?", session(agent)))
        with redis.Redis(unix_socket_path=str(socket)) as other:
            other.echo(marker)
        watcher.join(10)
    assert len(seen) > 20
    wait_until(lambda: Ledger(stack.home / "openclaw.db").unfinished() == 0)
    stored = b"".join(path.read_bytes() for path in stack.home.glob("openclaw.db*"))
    logs = b"".join(path.read_bytes() for path in (stack.home / "logs").glob("*"))
    events = str(client.events)
    for key in (ANTHROPIC_KEY, OPENAI_KEY):
        assert key.encode() not in stored
        assert key.encode() not in logs
        assert key not in stack.logs() + events + "\n".join(seen)


def _cut_claude() -> Reply:
    head = [anthropic.start(), anthropic.open_block(0, type="text", text="")]
    return Reply([*head, anthropic.delta(0, "text_delta", text="half an ans"), 0.1, BREAK])


def _cut_gpt() -> Reply:
    return Reply([openai.chunk({"role": "assistant", "content": ""}), openai.text("half an ans"), 0.1, BREAK])
