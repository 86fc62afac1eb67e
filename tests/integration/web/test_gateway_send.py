"""Messages that operators send to people on channels."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from openclaw.ports.store import OutboxRow
from openclaw.store.repositories.outbox import SqlOutboxStore
from tests.integration.web.client import Client
from tests.integration.web.serving import Served
from tests.integration.web.twins import now_ms, open_database

pytestmark = pytest.mark.spec("B6", "F6")

Settle = Callable[[SqlOutboxStore, OutboxRow], object]


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[SqlOutboxStore]:
    database = open_database(tmp_path)
    yield SqlOutboxStore(database)
    database.close()


@pytest.fixture
def platform(outbox: SqlOutboxStore) -> Iterator[Callable[[Settle], list[str]]]:
    """Take what is due as a worker does; the texts that left."""
    texts: list[str] = []
    over = threading.Event()
    threads: list[threading.Thread] = []

    def start(settle: Settle) -> list[str]:
        def work() -> None:
            while not over.wait(0.02):
                for conversation in outbox.due_conversations(now_ms(), 10):
                    while row := outbox.claim_next(conversation, now_ms(), 60_000):
                        texts.append(row.text)
                        settle(outbox, row)

        threads.append(threading.Thread(target=work, daemon=True))
        threads[-1].start()
        return texts

    yield start
    over.set()
    for thread in threads:
        thread.join()


def sent(outbox: SqlOutboxStore, row: OutboxRow) -> object:
    return outbox.mark_sent(row, f"m{row.id}", now_ms())


def refused(outbox: SqlOutboxStore, row: OutboxRow) -> object:
    return outbox.mark_ended(row, "failed", "chat not found", now_ms())


def ask(key: str = "k1", **more: Any) -> dict[str, Any]:
    return {"to": "twin:42", "message": "hello", "idempotencyKey": key, **more}


@pytest.fixture
def client(served: Served) -> Iterator[Client]:
    with served.client() as connected:
        yield connected


def test_a_message_leaves_once_however_often_it_is_asked_for(
    client: Client, platform: Callable[[Settle], list[str]]
) -> None:
    texts = platform(sent)
    answer = client.result("send", ask())
    assert answer == {
        "runId": "k1",
        "messageId": "m1",
        "channel": "twin",
        "accountId": "default",
        "to": "42",
        "status": "sent",
    }
    assert client.result("send", ask(channel="twin")) == answer
    assert texts == ["hello"]
    other = client.call("send", ask(message="something else"))
    assert other["error"]["message"] == "the idempotency key was used for another message"


def test_a_long_message_leaves_in_parts_that_the_platform_takes(
    client: Client, platform: Callable[[Settle], list[str]]
) -> None:
    texts = platform(sent)
    assert client.result("send", ask(message="word " * 2000))["status"] == "sent"
    assert len(texts) == 3
    assert all(len(text) <= 4000 for text in texts)


def test_what_the_platform_refuses_is_told(client: Client, platform: Callable[[Settle], list[str]]) -> None:
    platform(refused)
    answer = client.call("send", ask())
    assert answer["error"]["message"] == "twin did not take the message: chat not found"


def test_a_message_that_is_still_on_its_way_is_said_to_be(
    client: Client, outbox: SqlOutboxStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.ws.methods.send.WAIT_SECONDS", 0.0)
    assert client.result("send", ask())["status"] == "queued"
    assert outbox.due_conversations(now_ms(), 10) == ["twin|default|42|"]


def test_the_command_lines_way_of_sending(client: Client, platform: Callable[[Settle], list[str]]) -> None:
    platform(sent)
    action = {
        "channel": "twin",
        "action": "send",
        "params": {"target": "42", "message": "hi", "json": True, "silent": False},
        "idempotencyKey": "k2",
        "senderIsOwner": True,
    }
    assert client.result("message.action", action)["messageId"] == "m1"
    unknown = client.call("message.action", {**action, "action": "react"})
    assert unknown["error"]["message"] == "channel twin offers no action 'react'; it offers: send"


@pytest.mark.parametrize(
    ("params", "complaint"),
    [
        ({"channel": "pigeon"}, "unknown channel: pigeon; known: twin"),
        ({"accountId": "nobody"}, "no channel has no account to send from: none is configured and on"),
        ({"message": " "}, "invalid send params: a target and a message are needed"),
        ({"to": "twin:"}, "invalid send params: a target and a message are needed"),
        ({"asVoice": True}, "asVoice is not supported by this gateway"),
    ],
)
def test_what_cannot_be_sent_is_refused_and_not_stored(
    client: Client, outbox: SqlOutboxStore, params: dict[str, Any], complaint: str
) -> None:
    assert client.call("send", ask(**params))["error"]["message"] == complaint
    assert outbox.due_conversations(now_ms(), 10) == []
