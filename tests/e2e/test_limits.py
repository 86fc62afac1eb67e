"""What happens when more arrives than may wait: busy, dropped, summarized; and the modes that queue."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from openclaw.domain.queue_mode import DropPolicy
from openclaw.intake.accept import BUSY_NOTICE, DROP_NOTICES
from tests.chaos.ledger import Ledger
from tests.e2e.configs import WHOLE_REPLIES, telegram
from tests.e2e.telegram_chat import Chat
from tests.stack import CallError, Client, Stack, running_stack, text_of
from tests.waiting import wait_until
from tests.wire.telegram.server import BotApiServer

MAX_PENDING = 4
CAP = 2
#: Holds a session's lane while a test fills the queue behind it; every test ends it itself.
LONG = "[[slow:60]][[tokens:600]] a long story"


@pytest.fixture(scope="module")
def bot() -> Iterator[BotApiServer]:
    with BotApiServer() as server:
        yield server


@pytest.fixture(scope="module")
def strict(bot: BotApiServer) -> Iterator[Stack]:
    """Few messages may wait; clients lose the newest past the cap, Telegram has no cap."""
    config = f"""
[lanes]
max_pending_session = {MAX_PENDING}
[messages.queue]
mode = "followup"
debounce_ms = 0
cap = {CAP}
drop = "new"
[messages.queue.by_channel.telegram]
mode = "queue"
"""
    with running_stack(config + WHOLE_REPLIES + telegram(bot.url)) as running:
        yield running


@pytest.fixture(scope="module")
def lenient(bot: BotApiServer) -> Iterator[Stack]:
    """The oldest messages give way: for clients without a trace, for Telegram in a summary."""
    config = f"""
[messages.queue]
mode = "followup"
debounce_ms = 0
cap = {CAP}
drop = "old"
[messages.queue.by_channel.telegram]
drop = "summarize"
"""
    with running_stack(config + WHOLE_REPLIES + telegram(bot.url)) as running:
        yield running


def connect(stack: Stack) -> Client:
    return stack.client()


def session() -> str:
    return f"agent:main:limits-{uuid.uuid4()}"


def start_long_turn(client: Client, key: str) -> str:
    run_id = client.say(LONG, key)
    client.wait_event(
        lambda e: e["event"] == "chat" and e["payload"]["runId"] == run_id and e["payload"]["state"] == "delta"
    )
    return run_id


def start_long_turn_in(chat: Chat, ledger: Ledger, text: str = LONG) -> None:
    chat.write(text)
    running = "SELECT 1 FROM runs r JOIN sessions s ON s.active_run_id = r.run_id WHERE s.session_key = ?"
    wait_until(lambda: ledger.query(running, chat.session_key), what="the turn runs")


def fates(ledger: Ledger, key: str) -> list[tuple[str, str | None]]:
    rows = ledger.query(
        "SELECT i.text, i.disposition FROM inbound i JOIN sessions s ON s.id = i.session_id"
        " WHERE s.session_key = ? ORDER BY i.ordinal",
        key,
    )
    return [(row["text"], row["disposition"]) for row in rows]


@pytest.mark.spec("E2")
def test_a_client_past_max_pending_hears_busy_and_may_try_again(strict: Stack):
    client, key = connect(strict), session()
    long_run = start_long_turn(client, key)
    waiting = [client.say(f"waits {n}", key, queueMode="queue") for n in range(MAX_PENDING - 1)]
    retried = str(uuid.uuid4())
    with pytest.raises(CallError) as refused:
        client.say("one too many", key, queueMode="queue", idempotencyKey=retried)
    assert (refused.value.error["code"], refused.value.error["retryable"]) == ("UNAVAILABLE", True)
    ledger = Ledger(strict.home / "openclaw.db")
    assert "one too many" not in dict(fates(ledger, key))
    client.call("chat.abort", sessionKey=key, runId=long_run)
    for number, run_id in enumerate(waiting):
        assert f"waits {number}" in text_of(client.final(run_id))
    again = client.say("one too many", key, queueMode="queue", idempotencyKey=retried)
    assert "one too many" in text_of(client.final(again))
    client.close()


@pytest.mark.spec("E2", "C10")
def test_a_chat_past_max_pending_gets_one_polite_notice_and_its_messages_are_kept_as_rejected(
    strict: Stack, bot: BotApiServer
):
    chat, ledger = Chat(strict, bot), Ledger(strict.home / "openclaw.db")
    start_long_turn_in(chat, ledger)
    for number in range(MAX_PENDING - 1):
        assert chat.write(f"waits {number}").status == 200
    assert [chat.write(f"too many {number}").status for number in range(3)] == [200, 200, 200]
    assert [sent.text for sent in chat.wait_shown()] == [BUSY_NOTICE]
    assert [fate for text, fate in fates(ledger, chat.session_key) if "too many" in text] == ["rejected"] * 3
    chat.write("/stop")
    wait_until(lambda: ledger.unfinished() == 0)
    assert [sent.text for sent in chat.shown] == [BUSY_NOTICE, f"Stopped ({MAX_PENDING})."]


@pytest.mark.spec("E3")
def test_past_the_cap_with_drop_new_the_newcomer_is_dropped_and_the_client_told(strict: Stack):
    client, key = connect(strict), session()
    long_run = start_long_turn(client, key)
    kept = [client.say(f"kept {n}", key) for n in range(CAP)]
    answer = client.call("chat.send", sessionKey=key, message="newcomer", idempotencyKey=str(uuid.uuid4()))
    assert answer["status"] == "dropped"
    client.call("chat.abort", sessionKey=key, runId=long_run)
    assert [f"kept {n}" in text_of(client.final(run)) for n, run in enumerate(kept)] == [True] * CAP
    assert dict(fates(Ledger(strict.home / "openclaw.db"), key))["newcomer"] == "dropped"
    client.close()


@pytest.mark.spec("E3")
def test_past_the_cap_with_drop_old_the_oldest_is_dropped_and_its_sender_told(lenient: Stack):
    client, key = connect(lenient), session()
    long_run = start_long_turn(client, key)
    runs = [client.say(f"number {n}", key) for n in range(CAP + 1)]
    assert client.final(runs[0])["state"] != "final"
    client.call("chat.abort", sessionKey=key, runId=long_run)
    answers = [text_of(client.final(run)) for run in runs[1:]]
    assert [f"number {n}" in text for n, text in enumerate(answers, start=1)] == [True] * CAP
    assert dict(fates(Ledger(lenient.home / "openclaw.db"), key))["number 0"] == "dropped"
    client.close()


@pytest.mark.spec("E3", "C10")
def test_past_the_cap_with_summarize_the_next_turn_hears_what_was_dropped(lenient: Stack, bot: BotApiServer):
    chat, ledger = Chat(lenient, bot), Ledger(lenient.home / "openclaw.db")
    start_long_turn_in(chat, ledger, "[[slow:4]] a story")
    for number in range(CAP + 2):
        chat.write(f"thought number {number}")
    shown = chat.wait_shown(1 + 1 + CAP)
    wait_until(lambda: ledger.unfinished() == 0)
    assert [sent.text for sent in shown].count(DROP_NOTICES[DropPolicy.SUMMARIZE]) == 1
    dropped = [text for text, fate in fates(ledger, chat.session_key) if fate == "dropped"]
    assert dropped == ["thought number 0", "thought number 1"]
    entries = ledger.query(
        "SELECT t.blocks FROM transcript t JOIN sessions s ON s.id = t.session_id WHERE s.session_key = ?"
        " AND t.role = 'user' ORDER BY t.seq",
        chat.session_key,
    )
    summary = entries[1]["blocks"]
    assert "thought number 0" in summary
    assert "thought number 1" in summary
    assert "thought number 2" in summary
    assert "thought number 0" not in entries[2]["blocks"]


@pytest.mark.spec("E3", "E2")
def test_the_queue_mode_answers_every_message_by_itself_past_any_cap(lenient: Stack):
    client, key = connect(lenient), session()
    long_run = start_long_turn(client, key)
    runs = [client.say(f"in line {n}", key, queueMode="queue") for n in range(CAP + 3)]
    client.call("chat.abort", sessionKey=key, runId=long_run)
    answers = [text_of(client.final(run)) for run in runs]
    assert [f"in line {n}" in text for n, text in enumerate(answers)] == [True] * (CAP + 3)
    users = [m for m in client.call("chat.history", sessionKey=key)["messages"] if m["role"] == "user"]
    assert len(users) == CAP + 4
    client.close()


@pytest.mark.spec("E3")
def test_a_steer_backlog_message_steers_the_running_turn_and_is_a_turn_of_its_own(lenient: Stack):
    client, key = connect(lenient), session()
    first = client.say("[[slow:1.5]] first", key)
    client.wait_event(
        lambda e: e["event"] == "chat" and e["payload"]["runId"] == first and e["payload"]["state"] == "delta"
    )
    both = client.say("second thought", key, queueMode="steer-backlog")
    assert "second thought" in text_of(client.final(first))
    assert "second thought" in text_of(client.final(both))
    said = [
        (m["role"], "second thought" in str(m["content"]))
        for m in client.call("chat.history", sessionKey=key)["messages"]
    ]
    assert said == [
        ("user", False), ("assistant", False),
        ("user", True), ("assistant", True),
        ("user", True), ("assistant", True),
    ]  # fmt: skip
    client.close()
