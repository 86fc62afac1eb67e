"""A Telegram account against a Bot API server: real HTTP, real failures."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from openclaw.channels.telegram.manifest import TelegramPlugin
from openclaw.domain.chat_commands import menu
from openclaw.domain.envelope import ReplyRoute
from openclaw.errors import (
    ChannelError,
    ChannelOutcomeUnknown,
    ChannelRejected,
    ChannelUnreachable,
)
from openclaw.ports.channel import AccountPlace, WebhookRequest
from tests.waiting import wait_until
from tests.wire.telegram import updates
from tests.wire.telegram.server import BotApiServer, Fault

TOKEN = "8123456:AAF-very_secret_token"
NO_PLACE = AccountPlace(Path("/nowhere"))
ROUTE = ReplyRoute("telegram", "default", "42")


@pytest.fixture
def server() -> Iterator[BotApiServer]:
    with BotApiServer(token=TOKEN) as running:
        yield running


@pytest.fixture
def opened(server: BotApiServer) -> Iterator[Any]:
    accounts = []

    def open_account(**changes: Any) -> Any:
        section = {"token": TOKEN, "webhook_secret": "hook", "api_base": server.url}
        accounts.append(TelegramPlugin().open_account("default", section | changes, NO_PLACE))
        return accounts[-1]

    yield open_account
    for account in accounts:
        account.close()


@pytest.mark.spec("C1", "C10")
def test_a_webhook_message_is_answered_in_its_own_topic_with_the_dialect_of_the_platform(server, opened):
    account = opened()
    update = updates.message(5, chat=updates.FORUM, message_thread_id=9, is_topic_message=True, text="code please")
    request = WebhookRequest({"x-telegram-bot-api-secret-token": "hook"}, updates.body(update), {})
    (envelope,) = account.receive(request).envelopes
    account.typing(envelope.route)
    receipt = account.send(
        replace(envelope.route, reply_to=envelope.message_id), "**Here**:\n```python\nprint(1 < 2)\n```"
    )
    (sent,) = server.sent
    assert receipt.provider_message_id == str(sent.message_id)
    assert sent.payload == {
        "chat_id": updates.FORUM["id"],
        "message_thread_id": 9,
        "reply_parameters": {"message_id": 1365, "allow_sending_without_reply": True},
        "text": '<b>Here</b>:\n\n<pre><code class="language-python">print(1 &lt; 2)</code></pre>',
        "parse_mode": "HTML",
    }
    assert server.calls("sendChatAction") == [
        {"chat_id": updates.FORUM["id"], "message_thread_id": 9, "action": "typing"}
    ]


@pytest.mark.spec("C1")
def test_the_general_topic_is_left_out_of_messages_and_named_for_typing(server, opened):
    account = opened()
    route = ReplyRoute("telegram", "default", "-100", thread_id="1")
    account.send(route, "Hello")
    account.typing(route)
    assert "message_thread_id" not in server.sent[0].payload
    assert server.calls("sendChatAction")[0]["message_thread_id"] == 1


@pytest.mark.spec("C10")
def test_markup_that_telegram_cannot_parse_goes_out_as_plain_text(server, opened):
    server.fail(Fault("refuse", description="Bad Request: can't parse entities: Can't find end tag"))
    opened().send(ROUTE, "**bold**")
    (sent,) = server.sent
    assert sent.text == "**bold**"
    assert "parse_mode" not in sent.payload


def test_markdown_that_renders_to_nothing_is_sent_as_it_is(server, opened):
    opened().send(ROUTE, "[only]: http://a.link.definition")
    assert [sent.text for sent in server.sent] == ["[only]: http://a.link.definition"]


def test_a_table_that_would_grow_past_the_limit_is_sent_as_it_is(server, opened):
    rows = "\n".join(f"| {'x' * (600 if i == 0 else 1)} | {i} |" for i in range(30))
    table = f"| a | b |\n|---|---|\n{rows}"
    opened().send(ROUTE, table)
    assert [sent.text for sent in server.sent] == [table]


def test_a_group_that_became_a_supergroup_is_followed(server, opened):
    server.fail(
        Fault(
            "refuse",
            description="Bad Request: group chat was upgraded to a supergroup chat",
            parameters={"migrate_to_chat_id": -100777},
        )
    )
    opened().send(ROUTE, "Hello")
    assert [sent.chat_id for sent in server.sent] == [-100777]


@pytest.mark.spec("C1")
def test_a_read_timeout_leaves_the_outcome_unknown(server, opened):
    server.fail(Fault("hang"))
    with pytest.raises(ChannelOutcomeUnknown):
        opened(read_timeout_seconds=0.3).send(ROUTE, "Hello")


def test_an_answer_that_cannot_be_read_leaves_the_outcome_unknown(server, opened):
    server.fail(Fault("garbage"))
    with pytest.raises(ChannelOutcomeUnknown):
        opened().send(ROUTE, "Hello")


def test_a_port_that_takes_connections_and_never_answers_is_not_mistaken_for_unreachable(opened):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        account = opened(api_base=f"http://127.0.0.1:{silent.getsockname()[1]}", read_timeout_seconds=0.3)
        with pytest.raises(ChannelOutcomeUnknown):
            account.send(ROUTE, "Hello")


def test_a_wrong_token_is_permanent(opened):
    with pytest.raises(ChannelRejected, match="401"):
        opened(token="9:other").send(ROUTE, "Hello")


def test_a_target_that_is_no_chat_is_permanent(opened):
    with pytest.raises(ChannelRejected, match="not a number"):
        opened().send(ReplyRoute("telegram", "default", "nobody"), "Hello")


def test_a_channel_may_be_addressed_by_its_name(server, opened):
    opened().send(ReplyRoute("telegram", "default", "@news"), "Hello")
    assert server.sent[0].chat_id == "@news"


def test_a_server_below_a_path_is_reached(server, opened):
    opened(api_base=f"{server.url}/prefix").send(ROUTE, "Hello")
    assert len(server.sent) == 1


@pytest.mark.spec("C1")
def test_the_token_is_in_no_log_and_no_error(server, opened, caplog):
    account = opened(read_timeout_seconds=0.3)
    errors: list[BaseException] = []
    with caplog.at_level(logging.DEBUG):
        account.send(ROUTE, "fine")
        for fault in (
            Fault("refuse", code=400, description=f"Bad Request: no such method /bot{TOKEN}/sendMessage"),
            Fault("close-after-request"),
            Fault("hang"),
            Fault("garbage"),
            Fault("rate-limit"),
        ):
            server.fail(fault)
            with pytest.raises(ChannelError) as raised:
                account.send(ROUTE, "fails")
            errors.append(raised.value)
        server.stop()
        with pytest.raises(ChannelUnreachable) as unreachable:
            opened().send(ROUTE, "fails")
        errors.append(unreachable.value)
    seen = caplog.text
    for error in errors:
        chain: BaseException | None = error
        while chain is not None:
            seen += f"{chain!s} {chain!r} {getattr(chain, 'request', '')!r}"
            request = getattr(chain, "_request", None)
            seen += str(request.url) if request is not None else ""
            chain = chain.__cause__ or chain.__context__
    assert "sendMessage" in seen
    assert TOKEN not in seen
    assert "very_secret" not in seen


@pytest.mark.spec("C1", "E1")
def test_every_command_that_is_listed_fits_into_the_menu_beside_the_text_field(server, opened):
    opened().offer_commands(menu())
    (call,) = server.calls("setMyCommands")
    assert {"command": "status", "description": "Model, context, usage and queue of this session"} in call["commands"]


@pytest.mark.spec("C1", "I2")
def test_buttons_stand_below_a_message_and_a_press_is_acknowledged(server, opened):
    account = opened()
    account.send_with_buttons(ROUTE, "Run it?", [("Yes", "/approve ab yes"), ("Too long", "x" * 65)])
    (sent,) = server.sent
    assert sent.payload["reply_markup"] == {"inline_keyboard": [[{"text": "Yes", "callback_data": "/approve ab yes"}]]}
    below = updates.message(5)["message"]
    press = {"id": "9001", "from": updates.ANN, "message": below, "data": "/approve ab yes"}
    request = WebhookRequest(
        {"x-telegram-bot-api-secret-token": "hook"}, updates.body({"update_id": 6, "callback_query": press}), {}
    )
    (envelope,) = account.receive(request).envelopes
    assert envelope.text == "/approve ab yes"
    wait_until(lambda: server.calls("answerCallbackQuery") == [{"callback_query_id": "9001"}])
