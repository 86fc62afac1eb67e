"""Two gateways of one cluster: it does not matter which one a client is connected to."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterator

import pytest

from tests.e2e.configs import ONE_BY_ONE
from tests.e2e.gateways import Gateway, another_gateway
from tests.integration.web.client import Client as WireClient
from tests.integration.web.devices import Device
from tests.stack import Client, Stack, running_stack, text_of
from tests.waiting import wait_until

pytestmark = pytest.mark.spec("B9", "J3")

#: A proxy on this machine is believed, as in front of a real installation: it makes callers come from elsewhere.
PROXIED = '[gateway.auth]\ntrusted_proxies = ["127.0.0.1"]\n'
AWAY = ["X-Forwarded-For: 203.0.113.9"]


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running_stack(PROXIED + ONE_BY_ONE) as running:
        yield running


@pytest.fixture(scope="module")
def second(stack: Stack) -> Iterator[Gateway]:
    with another_gateway(stack) as gateway:
        yield gateway


@pytest.fixture
def here(stack: Stack) -> Iterator[Client]:
    with contextlib.closing(stack.client()) as client:
        yield client


@pytest.fixture
def there(stack: Stack, second: Gateway) -> Iterator[Client]:
    with contextlib.closing(Client(second.ws_url, stack.token)) as client:
        yield client


def session() -> str:
    return f"agent:main:two-{uuid.uuid4()}"


def chat_events(client: Client, run_id: str) -> list[tuple[str, str]]:
    """State and text of a run's events; how text is cut into deltas is each gateway's own affair."""
    payloads = [e["payload"] for e in client.events if e["event"] == "chat" and e["payload"]["runId"] == run_id]
    states = [p["state"] for p in payloads if p["state"] != "delta"]
    text = "".join(p["deltaText"] for p in payloads if p["state"] == "delta")
    return [*((state, "") for state in states), ("text", text)]


def test_a_client_of_either_gateway_hears_everything(here: Client, there: Client) -> None:
    run_id = here.say("tell both [[slow:0.3]]", session())
    finals = [client.final(run_id) for client in (here, there)]
    assert text_of(finals[0]) == text_of(finals[1]) != ""
    assert chat_events(here, run_id) == chat_events(there, run_id)


def test_the_same_message_sent_to_both_is_one_run(here: Client, there: Client) -> None:
    key, twice = session(), str(uuid.uuid4())
    runs = {client.say("once", key, idempotencyKey=twice) for client in (here, there)}
    assert len(runs) == 1
    there.final(runs.pop())
    history = here.call("chat.history", sessionKey=key)
    assert [m["role"] for m in history["messages"]] == ["user", "assistant"]


def test_a_run_is_aborted_from_the_other_gateway(here: Client, there: Client) -> None:
    key = session()
    run_id = here.say("[[slow:60]] endless", key)
    there.wait_event(lambda e: e["event"] == "chat" and e["payload"]["runId"] == run_id)
    assert there.call("chat.abort", sessionKey=key, runId=run_id)["aborted"] is True
    assert {here.final(run_id)["state"], there.final(run_id)["state"]} == {"aborted"}


def test_a_run_is_waited_for_at_the_other_gateway(here: Client, there: Client) -> None:
    run_id = here.say("[[slow:0.3]] soon", session())
    assert there.call("agent.wait", runId=run_id, timeoutMs=20_000)["status"] == "ok"


def test_both_gateways_show_who_is_there(stack: Stack, second: Gateway, here: Client, there: Client) -> None:
    device = Device()
    with WireClient(second.port) as other:
        assert device.connect(other, auth={"token": stack.token})["ok"]

        def seen_by(client: Client) -> set[str]:
            entries = client.call("system-presence")
            return {entry.get("deviceId", entry["mode"]) for entry in entries}

        wait_until(lambda: {device.id, "gateway"} <= seen_by(here), 10)
        assert device.id in seen_by(there)


def test_a_device_that_asks_at_one_is_approved_at_the_other(stack: Stack, second: Gateway, here: Client) -> None:
    device = Device()
    with WireClient(second.port, header=AWAY) as client:
        assert device.connect(client, auth={"token": stack.token})["error"]["code"] == "NOT_PAIRED"
    asked = here.wait_event(lambda e: e["event"] == "device.pair.requested" and e["payload"]["deviceId"] == device.id)
    here.call("device.pair.approve", requestId=asked["payload"]["requestId"])
    with WireClient(second.port, header=AWAY) as client:
        assert device.connect(client, auth={"token": stack.token})["ok"]
        here.call("device.pair.remove", deviceId=device.id)
        assert client.closed().code == 4001


def test_a_lock_out_at_one_holds_at_the_other(stack: Stack, second: Gateway) -> None:
    first = int(stack.url.rpartition(":")[2])
    stranger = ["X-Forwarded-For: 198.51.100.7"]
    for number in range(10):
        with WireClient((first, second.port)[number % 2], header=stranger) as client:
            client.connect("wrong")
    for port in (first, second.port):
        with WireClient(port, header=stranger) as client:
            assert client.connect(stack.token)["error"]["details"]["code"] == "AUTH_RATE_LIMITED"


@pytest.mark.spec("K5")
def test_a_client_that_moves_hears_what_it_missed_by_its_cursor(here: Client, there: Client) -> None:
    key = session()
    here.final(here.say("before", key))
    cursor = here.call("chat.history", sessionKey=key)["deltaCursor"]
    here.final(here.say("after", key))
    missed = there.call("chat.history", sessionKey=key, cursor=cursor)
    assert (missed["kind"], [m["role"] for m in missed["messages"]]) == ("delta", ["user", "assistant"])
    assert there.call("chat.history", sessionKey=key, cursor=missed["deltaCursor"])["messages"] == []


@pytest.mark.spec("B8")
def test_a_configuration_edited_at_one_is_followed_by_the_other(here: Client, there: Client) -> None:
    here.call("agents.create", name=f"a{uuid.uuid4().hex[:8]}")
    ids = {agent["id"] for agent in here.call("agents.list")["agents"]}
    wait_until(lambda: {agent["id"] for agent in there.call("agents.list")["agents"]} == ids, 10)


@pytest.mark.spec("K3")
def test_the_answer_goes_on_at_the_other_gateway_when_one_dies(stack: Stack, here: Client) -> None:
    with another_gateway(stack) as doomed, contextlib.closing(Client(doomed.ws_url, stack.token)) as client:
        run_id = client.say("[[slow:2]] a story that outlives its gateway", session())
        client.wait_event(lambda e: e["event"] == "chat" and e["payload"].get("state") == "delta")
        doomed.kill()
    with contextlib.closing(stack.client()) as moved:
        final = moved.final(run_id)
        assert final["state"] == "final"
        assert text_of(final) == text_of(here.final(run_id)) != ""
