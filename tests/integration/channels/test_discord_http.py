"""A Discord account against a local REST API: real HTTP, real refusals."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from openclaw.channels.discord.limits import MAX_FILE_BYTES
from openclaw.channels.discord.manifest import DiscordPlugin
from openclaw.channels.discord.refusals import DiscordRefused
from openclaw.domain.chat_commands import menu
from openclaw.domain.envelope import RemoteFile, ReplyRoute
from openclaw.errors import (
    ChannelOutcomeUnknown,
    ChannelRateLimited,
    ChannelRejected,
    ChannelUnreachable,
)
from openclaw.ports.channel import (
    ButtonSender,
    CommandMenu,
    FileFetcher,
    FileSender,
    MessageEditor,
    OutboundFile,
    Probeable,
    Reactor,
    WebhookReceiver,
)
from openclaw.ports.channel_connection import ConnectingAccount
from tests.contract.channels.worlds import NO_PLACE
from tests.wire.discord import payloads
from tests.wire.discord.payloads import APPLICATION_ID, DIRECT_ID, THREAD_ID
from tests.wire.discord.server import DiscordServer, Fault

TOKEN = "a.secret-token"
ROUTE = ReplyRoute("discord", "default", DIRECT_ID)
MESSAGES = f"/channels/{DIRECT_ID}/messages"
QUIET = {"allowed_mentions": {"parse": []}}


@pytest.fixture
def server() -> Iterator[DiscordServer]:
    with DiscordServer(TOKEN) as running:
        yield running


@pytest.fixture
def opened(server: DiscordServer) -> Iterator[Callable[..., Any]]:
    accounts = []

    def open_account(**changes: Any) -> Any:
        section = {"token": TOKEN, "api_base": server.url} | changes
        accounts.append(DiscordPlugin().open_account("default", section, NO_PLACE))
        return accounts[-1]

    yield open_account
    for account in accounts:
        account.close()


def test_the_account_does_what_its_capabilities_say(opened):
    account = opened()
    for port in (
        ButtonSender,
        CommandMenu,
        ConnectingAccount,
        FileFetcher,
        FileSender,
        MessageEditor,
        Probeable,
        Reactor,
    ):
        assert isinstance(account, port)
    assert (account.keeps_connection, account.sends_over_connection) == (True, False)
    assert not isinstance(account, WebhookReceiver)


def test_a_thread_is_written_into_as_a_channel_of_its_own(server, opened):
    opened().send(ReplyRoute("discord", "default", "1", thread_id=THREAD_ID), "**Here**")
    assert server.called("POST", f"/channels/{THREAD_ID}/messages") == [{"content": "**Here**", **QUIET}]


def test_a_person_is_written_to_in_one_channel(server, opened):
    account = opened()
    for word in ("one", "two"):
        account.send(ReplyRoute("discord", "default", f"user:{payloads.ADA_ID}"), word)
    assert server.called("POST", "/users/@me/channels") == [{"recipient_id": payloads.ADA_ID}]
    assert len(server.called("POST", MESSAGES)) == 2


def test_a_channel_may_be_named_as_one(server, opened):
    opened().send(ReplyRoute("discord", "default", f"channel:{DIRECT_ID}"), "Hi")
    assert len(server.called("POST", MESSAGES)) == 1


@pytest.mark.parametrize("target", ["", "general", "../users/@me", "user:ada", "42/messages"])
def test_what_is_no_id_goes_nowhere(server, opened, target):
    with pytest.raises(ChannelRejected):
        opened().send(ReplyRoute("discord", "default", target), "Hi")
    assert server.calls == []


def test_a_reply_refers_to_its_message_even_when_that_is_gone(server, opened):
    opened().send(replace(ROUTE, reply_to="12"), "Hi")
    (sent,) = server.called("POST", MESSAGES)
    assert sent["message_reference"] == {"message_id": "12", "fail_if_not_exists": False}


def test_buttons_say_what_they_say(server, opened):
    opened().send_with_buttons(ROUTE, "Well?", [("Yes", "/approve 1"), ("No", "/deny 1"), ("Long", "x" * 101)])
    (sent,) = server.called("POST", MESSAGES)
    assert sent["components"] == [
        {
            "type": 1,
            "components": [
                {"type": 2, "style": 2, "label": "Yes", "custom_id": "/approve 1"},
                {"type": 2, "style": 2, "label": "No", "custom_id": "/deny 1"},
            ],
        }
    ]


def test_a_file_leaves_with_its_caption(server, opened):
    receipt = opened().send_file(ROUTE, OutboundFile(b"\x89PNG", "image/png", "chart.png"), "*The* chart")
    (sent,) = server.called("POST", MESSAGES)
    assert sent == {
        "content": "*The* chart",
        **QUIET,
        "files": [{"name": "chart.png", "mime": "image/png", "content": b"\x89PNG"}],
    }
    assert receipt.provider_message_id == server.messages[-1]["id"]


def test_a_file_needs_no_words(server, opened):
    opened().send_file(ROUTE, OutboundFile(b"data", "text/plain", "a.txt"), "")
    assert server.called("POST", MESSAGES)[0]["content"] == ""


def test_a_file_that_discord_does_not_take_is_refused_here(server, opened):
    with pytest.raises(ChannelRejected, match="10 MiB"):
        opened().send_file(ROUTE, OutboundFile(b"x" * (MAX_FILE_BYTES + 1), "video/mp4", "a.mp4"), "")
    assert server.calls == []


def test_a_message_can_be_changed_and_taken_back(server, opened):
    account = opened()
    message_id = account.send(ROUTE, "Hel").provider_message_id
    account.edit(ROUTE, message_id, "Hello")
    account.edit(ROUTE, message_id, "Hello")
    assert server.messages[0]["content"] == "Hello"
    account.delete(ROUTE, message_id)
    account.delete(ROUTE, message_id)
    assert server.messages == []
    with pytest.raises(DiscordRefused) as raised:
        account.edit(ROUTE, message_id, "Hello?")
    assert raised.value.code == 10008


@pytest.mark.parametrize(
    ("emoji", "name"), [("\U0001f440", "\U0001f440"), ("claw:123", "claw:123"), ("<a:claw:123>", "claw:123")]
)
def test_reactions_are_put_and_taken_away(server, opened, emoji, name):
    account = opened()
    message_id = account.send(ROUTE, "Hi").provider_message_id
    account.react(ROUTE, message_id, emoji)
    account.react(ROUTE, message_id, emoji, remove=True)
    path = f"{MESSAGES}/{message_id}/reactions/{name}/@me"
    assert [call[:2] for call in server.calls[1:]] == [("PUT", path), ("DELETE", path)]


def test_an_unknown_emoji_is_refused_and_one_that_is_not_there_can_be_taken_away(server, opened):
    account = opened()
    message_id = account.send(ROUTE, "Hi").provider_message_id
    with pytest.raises(ChannelRejected):
        account.react(ROUTE, message_id, "nonsense")
    account.react(ROUTE, message_id, "nonsense", remove=True)


def test_the_menu_of_commands_becomes_slash_commands(server, opened):
    opened().offer_commands([*menu(), ("long", "x" * 300)])
    (commands,) = server.called("PUT", f"/applications/{APPLICATION_ID}/commands")
    assert {"status", "new", "long"} <= {command["name"] for command in commands}
    assert all(command["contexts"] == [0, 1] for command in commands)
    assert commands[0]["options"][0] | {"description": ""} == {
        "type": 3,
        "name": "args",
        "description": "",
        "required": False,
    }


def test_a_fetched_file_is_asked_for_without_the_token(server, opened):
    server.files["a.png"] = b"picture"
    file = RemoteFile(f"{server.origin}/files/a.png", "image")
    assert opened().fetch_file(file, 100) == b"picture"


@pytest.mark.parametrize(
    "ref",
    [
        "https://example.org/a.png",
        "http://cdn.discordapp.com/a.png",
        "https://cdn.discordapp.com.example.org/a.png",
        "https://cdn.discordapp.com@example.org/a.png",
        "http://127.0.0.1:1/files/a.png",
        "file:///etc/passwd",
        "http://[",
    ],
)
def test_files_are_fetched_from_discord_only(opened, ref):
    with pytest.raises(ChannelRejected):
        opened().fetch_file(RemoteFile(ref), 100)


def test_a_file_that_is_gone_or_too_large_is_refused(server, opened):
    account = opened()
    with pytest.raises(ChannelRejected):
        account.fetch_file(RemoteFile(f"{server.origin}/files/gone"), 100)
    server.files["big"] = b"x" * 101
    with pytest.raises(ChannelRejected, match="larger"):
        account.fetch_file(RemoteFile(f"{server.origin}/files/big"), 100)


def test_a_probe_says_who_the_bot_is(opened):
    probe = opened().probe(5)
    assert (probe.ok, probe.identity) == (True, "claw")


def test_a_probe_says_where_the_missing_intent_is_switched_on(server, opened):
    server.application["flags"] = 0
    probe = opened().probe(5)
    assert not probe.ok
    assert "Message Content Intent" in probe.error
    assert opened(message_content=False).probe(5).ok


def test_a_probe_with_a_wrong_token_says_so_without_it(opened):
    probe = opened(token="wrong.token").probe(5)
    assert not probe.ok
    assert "token" in probe.error
    assert "wrong.token" not in probe.error


def test_a_rate_limit_waits_for_fractions_of_a_second(server, opened):
    server.fail(Fault("rate-limit", retry_after=0.35))
    with pytest.raises(ChannelRateLimited) as raised:
        opened().send(ROUTE, "Hi")
    assert raised.value.retry_after_seconds == 0.35


def test_a_refusal_says_what_to_do(server, opened):
    server.fail(Fault("refuse", body={"code": 50013, "message": "Missing Permissions"}))
    with pytest.raises(DiscordRefused, match="Send Messages") as raised:
        opened().send(ROUTE, "Hi")
    assert raised.value.code == 50013


def test_a_server_that_fails_has_taken_nothing(server, opened):
    server.fail(Fault("refuse", status=502, body={}))
    with pytest.raises(ChannelUnreachable):
        opened().send(ROUTE, "Hi")


def test_an_answer_that_cannot_be_read_leaves_the_outcome_unknown(server, opened):
    server.fail(Fault("garbage"))
    with pytest.raises(ChannelOutcomeUnknown):
        opened().send(ROUTE, "Hi")


def test_the_token_is_in_no_log_and_no_error(server, opened, caplog):
    caplog.set_level(logging.DEBUG)
    account = opened()
    account.send(ROUTE, "Hi")
    server.fail(Fault("refuse", body={"code": 0, "message": f"bad {TOKEN}"}))
    with pytest.raises(ChannelRejected) as raised:
        account.send(ROUTE, "Hi")
    assert TOKEN not in str(raised.value)
    assert TOKEN not in caplog.text
