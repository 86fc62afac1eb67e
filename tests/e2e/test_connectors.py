"""Two connectors of one cluster under kill -9: every message is answered once, and nobody polls while another does."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.e2e.configs import ONE_BY_ONE, SHORT_LEASES, WHOLE_REPLIES
from tests.stack import ROOT, Stack, running_stack
from tests.waiting import wait_until
from tests.wire.telegram import updates
from tests.wire.telegram.server import BotApiServer

pytestmark = pytest.mark.spec("C9", "C11", "K1")

POLLING = """
[connector]
lease_seconds = 3
[channels.telegram.accounts.default]
token = "12345:test-token"
mode = "poll"
api_base = "{url}"
dm_policy = "open"
[channels.telegram.accounts.lame]
token = "12345:another-token"
mode = "poll"
api_base = "http://127.0.0.1:1"
"""


@pytest.fixture(scope="module")
def bot() -> Iterator[BotApiServer]:
    with BotApiServer(token="12345:test-token") as server:
        yield server


@pytest.fixture(scope="module")
def stack(bot: BotApiServer) -> Iterator[Stack]:
    with running_stack(ONE_BY_ONE + SHORT_LEASES + WHOLE_REPLIES + POLLING.format(url=bot.url)) as running:
        yield running


@contextlib.contextmanager
def another_connector(stack: Stack) -> Iterator[subprocess.Popen[bytes]]:
    ready = stack.folder / "second-connector.ready"
    ready.unlink(missing_ok=True)
    with (stack.folder / "second-connector.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "openclaw.cli.main", "connector"],
            env={**stack.env, "OPENCLAW_READY_FILE": str(ready)},
            cwd=ROOT,
            stdout=log,
            stderr=log,
        )
    try:
        wait_until(ready.exists, 30, what="the second connector")
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(20)


def status(stack: Stack, account: str = "default") -> dict[str, object]:
    found = json.loads(stack.cli("channels", "status", "--json").stdout)
    rows = found["channelAccounts"]["telegram"]
    return next(row for row in rows if row["accountId"] == account)


#: Of updates: a poller that has confirmed one never asks for an earlier one again.
_numbers = itertools.count(1)


def write(bot: BotApiServer, count: int) -> list[str]:
    texts = []
    for number in itertools.islice(_numbers, count):
        text = f"message {number}"
        chat = {**updates.PRIVATE, "id": 1000 + number % 5}
        bot.post(
            updates.message(
                number, message_id=number, text=text, chat=chat, **{"from": {**updates.ANN, "id": chat["id"]}}
            )
        )
        texts.append(text)
    return texts


def answered(bot: BotApiServer, text: str) -> int:
    return sum(text in sent.text.splitlines()[-1] for sent in bot.sent if f"{text}\n" in f"{sent.text}\n")


def test_connectors_that_are_killed_lose_nothing_and_never_poll_side_by_side(stack: Stack, bot: BotApiServer) -> None:
    texts = write(bot, 10)
    with another_connector(stack) as second:
        for victim in (stack.pid("connector"), second.pid):
            texts += write(bot, 10)
            os.kill(victim, signal.SIGKILL)
            texts += write(bot, 10)
        wait_until(lambda: all(answered(bot, text) for text in texts), 120, what="an answer to every message")
    assert [answered(bot, text) for text in texts] == [1] * len(texts)
    assert bot.conflicts == 0
    assert bot.waiting == []


def test_a_lame_account_troubles_only_itself(stack: Stack) -> None:
    wait_until(lambda: status(stack).get("connected"), 30, what="the good account")
    wait_until(lambda: status(stack, "lame").get("healthState") == "waiting", 30, what="the lame account's back-off")
    lame = status(stack, "lame")
    assert (lame["connected"], int(str(lame["reconnectAttempts"])) >= 1) == (False, True)
    assert "Connection refused" in str(lame["lastError"])
    assert status(stack)["name"] == "@local_bot"


def test_a_stopped_account_stays_stopped_until_it_is_started(stack: Stack, bot: BotApiServer) -> None:
    wait_until(lambda: status(stack).get("connected"), 30, what="the account")
    assert stack.cli("channels", "stop", "telegram").stdout == "telegram account default is stopped\n"
    wait_until(lambda: not status(stack).get("running"), 20, what="the account given up")
    os.kill(stack.pid("connector"), signal.SIGTERM)
    (text,) = write(bot, 1)
    wait_until(lambda: status(stack, "lame").get("healthState") == "waiting", 30, what="the connector again")
    assert status(stack)["enabled"] is False
    assert [update["message"]["text"] for update in bot.waiting] == [text]
    stack.cli("channels", "start", "telegram")
    wait_until(lambda: answered(bot, text), 30, what="the answer")
    refused = stack.cli("channels", "stop", "telegram", "--account", "nobody")
    assert refused.returncode != 0
    assert "configured: default, lame" in refused.stderr
