"""What becomes of messages beside being sent: files fetched, edits, deletions, reactions, over real HTTP."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from openclaw.channels.telegram.account import TelegramAccount
from openclaw.channels.telegram.limits import MAX_DOWNLOAD_BYTES, MAX_UPLOAD_BYTES
from openclaw.channels.telegram.manifest import TelegramPlugin
from openclaw.domain.envelope import RemoteFile, ReplyRoute
from openclaw.errors import ChannelRateLimited, ChannelRejected, ChannelUnreachable
from openclaw.ports.channel import (
    AccountPlace,
    ButtonSender,
    ChannelAccount,
    FileFetcher,
    FileSender,
    MessageEditor,
    OutboundFile,
    Probeable,
    Reactor,
    WebhookRegistrar,
    WebhookRequest,
)
from tests.wire.telegram import updates
from tests.wire.telegram.server import BotApiServer, Fault

TOKEN = "8123456:AAF-very_secret_token"
ROUTE = ReplyRoute("telegram", "default", "42")
pytestmark = pytest.mark.spec("C1")


@pytest.fixture
def server() -> Iterator[BotApiServer]:
    with BotApiServer(token=TOKEN) as running:
        yield running


def open_account(api_base: str) -> TelegramAccount:
    section = {"token": TOKEN, "webhook_secret": "hook", "api_base": api_base}
    return TelegramPlugin().open_account("default", section, AccountPlace(Path("/nowhere")))


@pytest.fixture
def account(server: BotApiServer) -> Iterator[TelegramAccount]:
    opened = open_account(server.url)
    yield opened
    opened.close()


@pytest.mark.parametrize(
    "protocol", [ButtonSender, FileFetcher, FileSender, MessageEditor, Probeable, Reactor, WebhookRegistrar]
)
def test_the_account_can_do_what_its_capabilities_say(account, protocol):
    checked: ChannelAccount = account
    assert isinstance(checked, protocol)


def test_the_file_of_a_message_is_fetched(server, account):
    server.hold_file("AgACAgIB", b"\x89PNG and more")
    update = updates.message(5, text=None, photo=updates.PHOTO)
    request = WebhookRequest({"x-telegram-bot-api-secret-token": "hook"}, updates.body(update), {})
    (envelope,) = account.receive(request).envelopes
    assert account.fetch_file(envelope.files[0], 100_000) == b"\x89PNG and more"


def test_a_file_below_a_path_is_fetched(server):
    opened = open_account(f"{server.url}/prefix")
    server.hold_file("A", b"content")
    assert opened.fetch_file(RemoteFile("A"), 1000) == b"content"
    opened.close()


def test_a_file_that_is_larger_than_it_said_is_not_read_to_its_end(server, account):
    server.hold_file("A", b"x" * 2000)
    with pytest.raises(ChannelRejected, match="larger than 1000 bytes"):
        account.fetch_file(RemoteFile("A"), 1000)


@pytest.mark.parametrize("size", [0, MAX_DOWNLOAD_BYTES + 1])
def test_a_file_that_telegram_gives_no_bot_is_refused_for_good(server, account, size):
    server.hold_file("A", b"x" * (MAX_DOWNLOAD_BYTES + 1))
    with pytest.raises(ChannelRejected):
        account.fetch_file(RemoteFile("A", size_bytes=size), 10 * MAX_DOWNLOAD_BYTES)
    assert server.calls("file") == []
    # What is known to be too large is not even asked for.
    assert len(server.calls("getFile")) == (0 if size else 1)


def test_a_file_that_is_gone_is_refused_for_good(account):
    with pytest.raises(ChannelRejected, match="wrong file_id"):
        account.fetch_file(RemoteFile("gone"), 1000)


def test_the_token_is_in_no_log_and_no_error_of_a_file(server, account, caplog):
    server.hold_file("A", b"content")
    with caplog.at_level(logging.DEBUG):
        assert account.fetch_file(RemoteFile("A"), 1000) == b"content"
        server.fail(Fault("refuse", description=f"no /file/bot{TOKEN}/documents/A", method="getFile"))
        with pytest.raises(ChannelRejected) as refused:
            account.fetch_file(RemoteFile("A"), 1000)
    assert "/file/bot*/documents/A" in caplog.text
    for shown in (caplog.text, str(refused.value)):
        assert "very_secret" not in shown


def test_a_server_that_is_away_is_a_reason_to_ask_for_the_file_again(server, account):
    server.stop()
    with pytest.raises(ChannelUnreachable):
        account.fetch_file(RemoteFile("A"), 1000)


def test_a_download_that_breaks_off_is_a_reason_to_ask_for_the_file_again(server, account):
    server.hold_file("A", b"content")
    server.fail(Fault("close-after-request", method="file"))
    with pytest.raises(ChannelUnreachable) as broken:
        account.fetch_file(RemoteFile("A"), 1000)
    assert "very_secret" not in f"{broken.value} {broken.value.__cause__!r}"
    assert account.fetch_file(RemoteFile("A"), 1000) == b"content"


def test_a_path_on_the_servers_own_disk_is_no_file_for_us(server, account):
    server.hold_file("A", b"content")
    server.answer = lambda *_: {"file_id": "A", "file_path": "/var/lib/telegram/A"}
    with pytest.raises(ChannelRejected, match="local mode"):
        account.fetch_file(RemoteFile("A"), 1000)


def test_a_message_gets_another_text(server, account):
    message_id = account.send(ROUTE, "thinking").provider_message_id
    account.edit(ROUTE, message_id, "**done**")
    assert [sent.text for sent in server.sent] == ["done"]
    (call,) = server.calls("editMessageText")
    assert call == {"chat_id": 42, "message_id": 1, "text": "<b>done</b>", "parse_mode": "HTML"}


def test_the_same_text_again_is_no_error(server, account):
    message_id = account.send(ROUTE, "first").provider_message_id
    for _ in range(2):
        account.edit(ROUTE, message_id, "second")
    assert [sent.text for sent in server.sent] == ["second"]


def test_an_edit_whose_markup_cannot_be_parsed_is_plain(server, account):
    message_id = account.send(ROUTE, "first").provider_message_id
    server.fail(Fault("refuse", description="Bad Request: can't parse entities: x", method="editMessageText"))
    account.edit(ROUTE, message_id, "**bold**")
    assert [sent.text for sent in server.sent] == ["**bold**"]


def test_an_edit_of_a_message_that_is_gone_is_refused_and_its_deletion_is_no_error(server, account):
    message_id = account.send(ROUTE, "first").provider_message_id
    for _ in range(2):
        account.delete(ROUTE, message_id)
    assert server.sent == []
    with pytest.raises(ChannelRejected, match="not found"):
        account.edit(ROUTE, message_id, "second")


def test_a_deletion_that_telegram_forbids_is_refused(server, account):
    server.fail(Fault("refuse", description="Bad Request: message can't be deleted", method="deleteMessage"))
    with pytest.raises(ChannelRejected, match="can't be deleted"):
        account.delete(ROUTE, "1")


def test_an_edit_may_have_to_wait(server, account):
    server.fail(Fault("rate-limit", retry_after=3, method="editMessageText"))
    with pytest.raises(ChannelRateLimited) as raised:
        account.edit(ROUTE, "1", "x")
    assert raised.value.retry_after_seconds == 3


@pytest.mark.parametrize(
    ("emoji", "as_listed"), [("👀", "👀"), ("❤\ufe0f", "❤"), ("🤷\u200d♂\ufe0f", "🤷\u200d♂\ufe0f")]
)
def test_a_reaction_is_put_and_taken_away(server, account, emoji, as_listed):
    account.react(ROUTE, "1365", emoji)
    assert server.reactions == {(42, 1365): [as_listed]}
    account.react(ROUTE, "1365", emoji, remove=True)
    assert server.reactions == {(42, 1365): []}


def test_an_emoji_that_telegram_does_not_list_is_refused(account):
    with pytest.raises(ChannelRejected, match="REACTION_INVALID"):
        account.react(ROUTE, "1365", "🦜")


def test_a_group_that_became_a_supergroup_is_followed_by_edits_too(server, account):
    moved = {"description": "group chat was upgraded", "parameters": {"migrate_to_chat_id": -100777}}
    server.fail(Fault("refuse", method="setMessageReaction", **moved))
    account.react(ROUTE, "1365", "👀")
    assert server.reactions == {(-100777, 1365): ["👀"]}


def test_a_file_that_bots_may_not_send_is_refused_before_it_leaves(server, account):
    file = OutboundFile(bytes(MAX_UPLOAD_BYTES + 1), "application/zip", "big.zip")
    with pytest.raises(ChannelRejected, match=r"big\.zip has more than"):
        account.send_file(ROUTE, file, "")
    assert server.calls("sendDocument") == []


def test_a_groups_new_id_is_told_in_the_log(account, caplog):
    update = updates.message(5, text=None, chat=updates.SUPERGROUP, migrate_to_chat_id=-100777)
    request = WebhookRequest({"x-telegram-bot-api-secret-token": "hook"}, updates.body(update), {})
    assert account.receive(request).envelopes == ()
    assert "the group -1001234567890 is now the supergroup -100777" in caplog.text
