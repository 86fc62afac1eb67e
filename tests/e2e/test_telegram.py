"""Telegram from webhook to sendMessage, against a local Bot API."""

from __future__ import annotations

import random
import re
from base64 import b64decode
from collections.abc import Iterator

import pytest

from tests.bench.webhooks import post_all
from tests.chaos.ledger import Ledger
from tests.e2e.configs import ONE_BY_ONE, WEBHOOK_SECRET, WHOLE_REPLIES, provider, telegram
from tests.e2e.telegram_chat import Chat, post
from tests.stack import Stack, running_stack
from tests.waiting import wait_until
from tests.wire.openai.server import DONE, OpenAIWireServer, chunk, text, usage
from tests.wire.sse_server import Reply
from tests.wire.telegram import updates
from tests.wire.telegram.html_subset import parse
from tests.wire.telegram.server import BotApiServer, Fault

CHUNK_UNITS = 4000
WEBHOOK_URL = "https://bot.example.org/webhooks/telegram/default"
#: Of the first account: tests write more than people do.
FIRST = f'rate_limit = {{ per_account = 0 }}\nwebhook_url = "{WEBHOOK_URL}"\n'


@pytest.fixture(scope="module")
def bot() -> Iterator[BotApiServer]:
    with BotApiServer() as server:
        yield server


@pytest.fixture(scope="module")
def model() -> Iterator[OpenAIWireServer]:
    with OpenAIWireServer(tokens=1) as server:
        yield server


@pytest.fixture(scope="module")
def stack(bot: BotApiServer, model: OpenAIWireServer) -> Iterator[Stack]:
    config = (
        ONE_BY_ONE
        + WHOLE_REPLIES
        + provider("mock", "openai-completions", model.base_url)
        + "reasoning = true\n"
        + '[agents.defaults]\nmodel = "mock/wire-1"\n[agents.main]\ndefault = true\n'
        + '[approvals]\napprovers = ["telegram:42"]\n'
        + telegram(bot.url)
        + FIRST
        + telegram(bot.url, "shut", "pairing")
        + telegram(bot.url, "off", "disabled")
    )
    with running_stack(config) as running:
        yield running


@pytest.fixture
def chat(stack: Stack, bot: BotApiServer) -> Chat:
    return Chat(stack, bot)


@pytest.fixture
def ledger(stack: Stack) -> Ledger:
    return Ledger(stack.home / "openclaw.db")


def stored(ledger: Ledger, chat: Chat) -> list[dict[str, object]]:
    return ledger.query("SELECT * FROM inbound WHERE peer_id = ? ORDER BY ordinal", str(chat.id))


def outbox(ledger: Ledger, chat: Chat) -> list[dict[str, object]]:
    return ledger.query("SELECT * FROM outbox WHERE conversation LIKE ? ORDER BY id", f"%{chat.id}%")


def settled(ledger: Ledger) -> None:
    wait_until(lambda: ledger.unfinished() == 0, what="everything accepted has ended")


@pytest.mark.spec("C10")
def test_a_group_is_answered_when_it_speaks_to_the_bot_which_has_heard_the_rest(
    stack: Stack, bot: BotApiServer, ledger: Ledger
):
    def say(number: int, text: str) -> None:
        place = text.find("@local_bot")
        entities = [{"type": "mention", "offset": place, "length": 10}] if place >= 0 else None
        update = updates.message(number, message_id=number, chat=updates.SUPERGROUP, text=text, entities=entities)
        assert post(stack, updates.body(update)).status == 200

    group = updates.SUPERGROUP["id"]
    say(71_001, "shall we eat at noon?")
    say(71_002, "so what do you say, @local_bot")
    wait_until(lambda: any(sent.chat_id == group for sent in bot.sent), what="the group is answered")
    (answer,) = [sent for sent in bot.sent if sent.chat_id == group]
    assert "so what do you say" in answer.text
    assert "Ann Lee: shall we eat at noon?" in answer.text
    # A command needs no mention.
    say(71_003, "/activation always")
    wait_until(lambda: any("always" in sent.text for sent in bot.sent if sent.chat_id == group), what="it is set")
    say(71_004, "and now?")
    wait_until(lambda: any("You said: and now?" in sent.text for sent in bot.sent), what="everything is answered")
    settled(ledger)


@pytest.mark.spec("C1", "C10", "E1", "D2")
def test_a_message_is_answered_in_its_chat_and_typing_is_shown_meanwhile(chat: Chat, ledger: Ledger):
    answer = chat.write("hello bot [[slow:0.5]]")
    assert (answer.status, answer.body) == (200, {"ok": True, "accepted": 1})
    (sent,) = chat.wait_shown()
    assert "You said: hello bot" in sent.text
    assert next(call["action"] for call in chat.calls("sendChatAction")) == "typing"
    (message,) = stored(ledger, chat)
    assert message["disposition"] == "turn"
    assert ledger.query("SELECT session_key FROM sessions WHERE id = ?", message["session_id"]) == [
        {"session_key": chat.session_key}
    ]


@pytest.mark.spec("C10", "K4")
def test_a_long_answer_is_cut_into_chunks_that_keep_code_fences_whole(chat: Chat, model: OpenAIWireServer):
    prose = "\n\n".join(f"Paragraph {n}: " + "lorem ipsum dolor sit amet " * 6 for n in range(20))
    code = "\n".join(f"line_{n} = {n}  # {'x' * 20}" for n in range(60))
    answer = f"{prose}\n\n```python\n{code}\n```\n\nThat was the code. 🎉\n\n{prose}"
    model.script(
        Reply(
            [chunk({"role": "assistant", "content": ""}), text(answer), chunk(finish_reason="stop"), usage(1, 1), DONE]
        )
    )
    chat.write("write a lot")
    wait_until(lambda: any("Paragraph 19" in sent.text for sent in chat.shown[2:]), what="the last chunk")
    shown = chat.shown
    assert len(shown) >= 3
    assert all(len(sent.text.encode("utf-16-le")) // 2 <= CHUNK_UNITS for sent in shown)
    whole = "\n".join(sent.text for sent in shown)
    assert [int(n) for n in re.findall(r"Paragraph (\d+):", whole)] == [*range(20), *range(20)]
    with_code = [sent for sent in shown if "line_" in sent.text]
    assert len(with_code) == 1, "a fence that fits one message is not cut"
    html = with_code[0].payload["text"]
    (block,) = re.findall(r"<pre>.*?</pre>", html, re.DOTALL)
    assert parse(block).strip() == code


@pytest.mark.spec("C10")
def test_a_code_block_longer_than_a_message_is_closed_and_opened_again(chat: Chat, model: OpenAIWireServer):
    code = "\n".join(f"row_{n} = {n}  # {'y' * 40}" for n in range(150))
    model.script(
        Reply([text(f"Here:\n\n```python\n{code}\n```\n\nDone."), chunk(finish_reason="stop"), usage(1, 1), DONE])
    )
    chat.write("a long program, please")
    wait_until(lambda: any("Done." in sent.text for sent in chat.shown), what="the last chunk")
    blocks = [block for sent in chat.shown for block in re.findall(r"<pre>.*?</pre>", sent.payload["text"], re.DOTALL)]
    assert len(blocks) >= 2
    rows = [row for block in blocks for row in parse(block).strip().splitlines()]
    assert rows == code.splitlines()


@pytest.mark.spec("C10", "K4")
def test_a_rate_limit_is_waited_out_and_the_reply_is_sent_once(chat: Chat, bot: BotApiServer, ledger: Ledger):
    bot.fail(Fault("rate-limit", retry_after=1))
    chat.write("patience")
    chat.wait_shown()
    settled(ledger)
    (row,) = outbox(ledger, chat)
    assert (row["state"], len(chat.shown), len(chat.calls("sendMessage"))) == ("sent", 1, 2)
    assert int(str(row["ended_at_ms"])) - int(str(row["created_at_ms"])) >= 1000


@pytest.mark.spec("K4")
def test_an_outage_of_the_platform_delays_replies_and_keeps_their_order(chat: Chat, bot: BotApiServer, ledger: Ledger):
    bot.fail(Fault("refuse", code=502, description="Bad Gateway"))
    chat.write("first")
    chat.write("second")
    shown = chat.wait_shown(2)
    assert [("first" in shown[0].text), ("second" in shown[1].text), len(shown)] == [True, True, 2]
    settled(ledger)
    assert {row["state"] for row in outbox(ledger, chat)} == {"sent"}


@pytest.mark.spec("K4")
def test_a_chat_that_blocked_the_bot_ends_its_reply_as_failed(chat: Chat, bot: BotApiServer, ledger: Ledger):
    bot.fail(Fault("refuse", code=403, description="Forbidden: bot was blocked by the user"))
    chat.write("are you there?")
    wait_until(lambda: [row["state"] for row in outbox(ledger, chat)] == ["failed"], what="the reply is given up")
    assert chat.shown == []


@pytest.mark.spec("C10", "B1")
@pytest.mark.parametrize("secret", ["wrong", "", None])
def test_a_call_without_the_secret_is_refused_and_nothing_is_stored(chat: Chat, ledger: Ledger, secret: str | None):
    assert chat.write("let me in", secret=secret).status == 401
    assert stored(ledger, chat) == []


@pytest.mark.spec("C1", "K1")
def test_an_update_that_comes_twice_is_one_run_and_one_reply(chat: Chat, ledger: Ledger):
    assert [chat.write("once only", 77_001).status for _ in range(2)] == [200, 200]
    chat.wait_shown()
    assert chat.write("once only", 77_001).status == 200
    settled(ledger)
    (message,) = stored(ledger, chat)
    runs = ledger.query("SELECT run_id FROM runs WHERE session_id = ?", message["session_id"])
    assert (len(runs), len(chat.shown)) == (1, 1)


@pytest.mark.spec("C1", "K1")
def test_a_storm_of_redeliveries_is_answered_once_each(chat: Chat, ledger: Ledger):
    chats = [Chat(chat.stack, chat.bot) for _ in range(50)]
    bodies = [updates.body(each.update(f"storm {n}")) for n, each in enumerate(chats)]
    deliveries = random.Random(7).sample(bodies * 20, k=20 * len(bodies))
    _, statuses, _ = post_all(chat.stack.url, deliveries, connections=8, secret=WEBHOOK_SECRET)
    assert statuses == {200: 1000}
    for each in chats:
        each.wait_shown(seconds=60)
    settled(ledger)
    assert [len(each.shown) for each in chats] == [1] * 50
    assert {len(stored(ledger, each)) for each in chats} == {1}
    runs = ledger.query(
        "SELECT count(*) AS n FROM runs WHERE run_id IN (SELECT turn_run_id FROM inbound WHERE text LIKE 'storm %')"
    )
    assert runs == [{"n": 50}]


@pytest.mark.spec("C10", "B4")
@pytest.mark.parametrize(
    "body",
    [b"", b"not json", b"[]", b'{"update_id": "x"}', b'{"update_id": 1, "message": {"chat": 5}}', b"\xff\xfe"],
)
def test_a_body_that_is_no_update_is_a_bad_request(stack: Stack, ledger: Ledger, body: bytes):
    before = ledger.query("SELECT count(*) AS n FROM inbound")
    assert post(stack, body).status == 400
    assert ledger.query("SELECT count(*) AS n FROM inbound") == before


@pytest.mark.spec("C1")
def test_an_update_of_an_unknown_kind_is_taken_and_ignored(stack: Stack):
    answer = post(stack, updates.body({"update_id": 3, "poll_answer": {"poll_id": "1"}}))
    assert (answer.status, answer.body["accepted"]) == (200, 0)


@pytest.mark.spec("E1")
def test_stop_ends_the_running_turn_at_once_and_says_so(chat: Chat, ledger: Ledger):
    chat.write("a very long story [[slow:60]] [[tokens:600]]")
    wait_until(
        lambda: ledger.query(
            "SELECT 1 FROM runs r JOIN inbound i ON i.turn_run_id = r.run_id WHERE i.peer_id = ?", str(chat.id)
        ),
        what="the turn runs",
    )
    assert chat.write("/stop").status == 200
    (sent,) = chat.wait_shown()
    assert sent.text == "Stopped (1)."
    settled(ledger)
    (message,) = stored(ledger, chat)
    (run,) = ledger.query("SELECT * FROM runs WHERE run_id = ?", message["turn_run_id"])
    assert (run["status"], run["abort_reason"]) == ("aborted", "stop")
    chat.write("and now?")
    assert "and now?" in chat.wait_shown(2)[1].text


@pytest.mark.spec("E1")
def test_stop_with_nothing_to_stop_says_so_once_however_often_the_update_comes(chat: Chat, ledger: Ledger):
    for _ in range(2):
        assert chat.write("/stop", 77_002).status == 200
    assert [sent.text for sent in chat.wait_shown()] == ["There was nothing to stop."]
    settled(ledger)
    assert len(chat.shown) == 1
    assert stored(ledger, chat) == []


@pytest.mark.spec("E1")
@pytest.mark.parametrize("command", ["/new", "/reset", "/new@local_bot"])
def test_new_begins_a_conversation_that_knows_nothing_of_the_old_one(chat: Chat, model: OpenAIWireServer, command: str):
    chat.write("my name is Ada")
    chat.wait_shown()
    chat.write(command)
    assert chat.wait_shown(2)[1].text == "This is a new conversation."
    chat.write("who am I?")
    chat.wait_shown(3)
    said = [m["content"] for m in model.requests[-1].body["messages"] if m["role"] == "user"]
    assert (len(said), "Ada" in str(said)) == (1, False)


@pytest.mark.spec("E1", "E3", "C10")
def test_what_is_set_in_a_chat_holds_for_it(chat: Chat, ledger: Ledger, model: OpenAIWireServer):
    chat.write("/think high")
    assert chat.wait_shown()[0].text == "Thinking from now on: high."
    chat.write("/queue steer")
    assert chat.wait_shown(2)[1].text.startswith("Queue from now on: steer ")
    chat.write("hello")
    chat.wait_shown(3)
    assert model.requests[-1].body["reasoning_effort"] == "high"
    chat.write("/t off quick one")
    chat.wait_shown(4)
    body = model.requests[-1].body
    assert (body["reasoning_effort"], body["messages"][-1]["content"]) == ("low", "quick one")
    chat.write("/status")
    status = chat.wait_shown(5)[4].text
    for line in ("Model: mock/wire-1 (the agent's)", "Thinking: high (chosen", "Queue mode: steer (chosen"):
        assert line in status
    settled(ledger)
    assert {row["mode"] for row in stored(ledger, chat)} == {"steer"}


@pytest.mark.spec("E1", "K1")
def test_new_with_words_that_comes_twice_is_one_conversation_and_one_reply(
    chat: Chat, model: OpenAIWireServer, ledger: Ledger
):
    chat.write("my name is Ada")
    chat.wait_shown()
    for _ in range(2):
        assert chat.write("/new hello", 77_003).status == 200
    chat.wait_shown(2)
    chat.write("and who am I?")
    chat.wait_shown(3)
    assert chat.write("/new hello", 77_003).status == 200
    settled(ledger)
    said = [m["content"] for m in model.requests[-1].body["messages"] if m["role"] == "user"]
    assert (said, len(chat.shown)) == (["hello", "and who am I?"], 3)


@pytest.mark.spec("C1")
def test_the_bots_menu_offers_the_commands(stack: Stack, bot: BotApiServer):
    wait_until(lambda: bot.calls("setMyCommands"), what="the menu is set")
    # Its own, and those of the skills that its agents have.
    assert {"status", "weather"} <= {command["command"] for command in bot.calls("setMyCommands")[0]["commands"]}


@pytest.mark.spec("C1")
def test_telegram_is_told_where_the_webhook_is(stack: Stack, bot: BotApiServer):
    wait_until(lambda: bot.calls("setWebhook"), what="the webhook is registered")
    (call,) = bot.calls("setWebhook")
    assert (call["url"], call["secret_token"], "drop_pending_updates" in call) == (WEBHOOK_URL, WEBHOOK_SECRET, False)


@pytest.mark.spec("C1", "C10")
def test_a_photo_is_fetched_before_the_turn_reads_its_message(chat: Chat, bot: BotApiServer, model: OpenAIWireServer):
    picture = b64decode(b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=")
    bot.hold_file("AgACAgIB", picture)
    photo = [updates.PHOTO[1] | {"file_size": len(picture)}]
    update = chat.update("")["message"] | {"photo": photo, "caption": "what is this?"}
    del update["text"]
    assert post(chat.stack, updates.body({"update_id": 88_001, "message": update})).status == 200
    chat.wait_shown()
    assert bot.calls("file") == [{"path": "documents/AgACAgIB"}]
    assert "what is this?" in str(model.requests[-1].body["messages"])


@pytest.mark.spec("B1")
@pytest.mark.parametrize("account", ["telegram/nobody", "nosuch/default"])
def test_an_account_that_is_not_configured_is_not_found(stack: Stack, chat: Chat, ledger: Ledger, account: str):
    assert chat.write("hello?", account=account).status == 404
    assert stored(ledger, chat) == []


@pytest.mark.spec("I1")
def test_a_stranger_is_not_heard_where_nobody_is(stack: Stack, chat: Chat, ledger: Ledger):
    answer = chat.write("hello?", account="telegram/off")
    assert (answer.status, answer.body["accepted"]) == (200, 0)
    assert stored(ledger, chat) == []
    assert chat.calls("sendMessage") == []


@pytest.mark.spec("I1", "A4")
def test_a_stranger_is_told_a_code_and_heard_once_an_operator_has_let_him_in(stack: Stack, chat: Chat, ledger: Ledger):
    answer = chat.write("hello?", account="telegram/shut")
    assert (answer.status, answer.body["accepted"]) == (200, 0)
    (told,) = chat.wait_shown()
    code = re.search(r"^[A-Z2-9]{8}$", told.text, re.MULTILINE)
    assert code is not None, told.text
    assert stored(ledger, chat) == []
    done = stack.cli("pairing", "approve", code[0])
    assert (done.returncode, "may write to telegram/shut" in done.stdout) == (0, True), done.stderr
    assert "You may write to me now" in chat.wait_shown(2)[1].text
    assert chat.write("hello!", account="telegram/shut").body["accepted"] == 1
    chat.wait_shown(3)
