"""A Slack account against a local Slack: real HTTP by Slack's own SDK, real failures."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from openclaw.channels.slack.manifest import SlackPlugin
from openclaw.domain.envelope import RemoteFile, ReplyRoute
from openclaw.errors import (
    ChannelError,
    ChannelOutcomeUnknown,
    ChannelRateLimited,
    ChannelRejected,
    ChannelUnreachable,
)
from openclaw.ports.channel import AccountPlace, OutboundFile, Probe
from tests.wire.slack.methods import MAX_STREAM
from tests.wire.slack.server import BOT_TOKEN, Fault, SlackServer

NO_PLACE = AccountPlace(Path("/nowhere"))
THREAD = "1700000000.000900"
DM = ReplyRoute("slack", "default", "D42")
CHANNEL = ReplyRoute("slack", "default", "C100")
IN_THREAD = ReplyRoute("slack", "default", "C100", THREAD)
PICTURE = OutboundFile(b"\x89PNG", "image/png", "chart.png")


@pytest.fixture
def server() -> Iterator[SlackServer]:
    with SlackServer() as running:
        yield running


@pytest.fixture
def opened(server: SlackServer) -> Iterator[Callable[..., Any]]:
    accounts = []

    def open_account(**changes: Any) -> Any:
        section = {"bot_token": BOT_TOKEN, "mode": "http", "signing_secret": "s", "api_base": server.url}
        accounts.append(SlackPlugin().open_account("default", section | changes, NO_PLACE))
        return accounts[-1]

    yield open_account
    for account in accounts:
        account.close()


@pytest.mark.spec("C6", "C10")
def test_a_reply_stands_in_its_thread_in_slacks_dialect(server, opened):
    receipt = opened().send(IN_THREAD, "**Here** & [there](https://x.org)\n```python\nprint(1 < 2)\n```")
    (call,) = server.calls("chat.postMessage")
    assert call == {
        "channel": "C100",
        "thread_ts": THREAD,
        "text": "*Here* &amp; <https://x.org|there>\n\n```\nprint(1 &lt; 2)\n```",
    }
    assert ("C100", receipt.provider_message_id) in server.workspace.messages


def test_an_answer_to_a_message_outside_of_threads_begins_one(server, opened):
    opened().send(ReplyRoute("slack", "default", "C100", reply_to="1700000000.000777"), "Hello")
    assert server.calls("chat.postMessage")[0]["thread_ts"] == "1700000000.000777"


def test_a_text_that_no_message_holds_does_not_leave(server, opened):
    with pytest.raises(ChannelRejected, match="12001 characters"):
        opened().send(DM, "x" * 12_001)
    assert server.calls("chat.postMessage") == []


@pytest.mark.spec("C6", "C10")
def test_a_text_that_slack_would_tear_apart_goes_in_a_block(server, opened):
    words = "**R&D** <!channel> " * 200
    opened().send(DM, words)
    (call,) = server.calls("chat.postMessage")
    assert call["blocks"] == [{"type": "markdown", "text": words.replace("<!channel", "<\u200b!channel")}]
    assert call["text"].startswith("**R&amp;D** &lt;!channel&gt;")


@pytest.mark.spec("C6", "I2")
def test_buttons_stand_below_a_message_and_say_what_they_say(server, opened):
    opened().send_with_buttons(
        DM, "Run **it**?", [("Yes", "/approve ab yes"), ("Too much", "x" * 2001), ("N" * 80, "n")]
    )
    (call,) = server.calls("chat.postMessage")
    assert call["text"] == "Run *it*?"
    section, row = call["blocks"]
    assert section == {"type": "section", "text": {"type": "mrkdwn", "text": "Run *it*?"}}
    assert [(each["action_id"], each["value"]) for each in row["elements"]] == [
        ("openclaw:0", "/approve ab yes"),
        ("openclaw:2", "n"),
    ]


def test_a_long_text_has_its_buttons_below_it_too(server, opened):
    opened().send_with_buttons(DM, "**words** " * 390, [("Yes", "y")])
    (call,) = server.calls("chat.postMessage")
    text, row = call["blocks"]
    assert (text["type"], text["text"]) == ("markdown", "**words** " * 390)
    assert row["type"] == "actions"


@pytest.mark.spec("C6")
def test_a_message_can_be_changed_and_taken_back(server, opened):
    account = opened()
    sent = account.send_with_buttons(DM, "Run it?", [("Yes", "y")]).provider_message_id
    account.edit(DM, sent, "**Approved**")
    account.edit(DM, sent, "**Approved**")
    message = server.workspace.messages["D42", sent]
    assert (message.text, message.blocks) == ("*Approved*", [])
    account.delete(DM, sent)
    account.delete(DM, sent)
    assert server.workspace.messages == {}


@pytest.mark.spec("C6")
def test_an_edit_that_would_lose_its_end_goes_in_a_block_and_comes_out_of_it_again(server, opened):
    account = opened()
    sent = account.send(DM, "…").provider_message_id
    message = server.workspace.messages["D42", sent]
    account.edit(DM, sent, "语" * 1_400)
    assert message.visible == "语" * 1_400
    account.edit(DM, sent, "done")
    assert (message.visible, message.blocks) == ("done", [])


def test_what_is_gone_cannot_be_changed(opened):
    with pytest.raises(ChannelRejected, match="message_not_found"):
        opened().edit(DM, "1700000000.999999", "x")


@pytest.mark.spec("C6")
def test_reactions_come_and_go_and_twice_is_no_error(server, opened):
    account = opened()
    for _ in range(2):
        account.react(DM, "1700000000.000001", "👀")
    assert server.workspace.reactions == {("D42", "1700000000.000001", "eyes")}
    for _ in range(2):
        account.react(DM, "1700000000.000001", ":eyes:", remove=True)
    assert server.workspace.reactions == set()


def test_an_emoji_without_a_known_name_is_refused(opened):
    with pytest.raises(ChannelRejected, match=":name:"):
        opened().react(DM, "1700000000.000001", "🫥")


@pytest.mark.spec("C6", "C10")
def test_writing_is_shown_in_threads_alone(server, opened):
    account = opened()
    account.typing(DM)
    account.typing(IN_THREAD)
    (call,) = server.calls("assistant.threads.setStatus")
    assert (call["channel_id"], call["thread_ts"]) == ("C100", THREAD)


@pytest.mark.spec("C6")
def test_a_stream_grows_in_a_thread_of_a_direct_message(server, opened):
    stream = opened().start_stream(ReplyRoute("slack", "default", "D42", THREAD))
    stream.append("**Hello** <!channel> ")
    stream.append("x" * (MAX_STREAM + 10))
    receipt = stream.finish()
    message = server.workspace.messages["D42", receipt.provider_message_id]
    assert message.text == "**Hello** <\u200b!channel> " + "x" * (MAX_STREAM + 10)
    assert (message.streaming, message.thread_ts) == (False, THREAD)
    assert len(server.calls("chat.appendStream")) == 3


@pytest.mark.parametrize("route", [DM, CHANNEL, IN_THREAD])
def test_where_slack_cannot_stream_nothing_is_begun(server, opened, route):
    assert opened().start_stream(route) is None
    assert server.calls("chat.startStream") == []


def test_a_stream_that_slack_has_ended_is_an_error(server, opened):
    stream = opened().start_stream(ReplyRoute("slack", "default", "D42", THREAD))
    stream.finish()
    with pytest.raises(ChannelRejected, match="message_not_in_streaming_state"):
        stream.append("more")


# --- files --------------------------------------------------------------------------------------------------------


@pytest.mark.spec("C6", "C10")
def test_a_file_is_uploaded_and_shared_with_its_text(server, opened):
    receipt = opened().send_file(IN_THREAD, PICTURE, "The **chart**")
    assert server.workspace.uploaded == {receipt.provider_message_id: b"\x89PNG"}
    (shared,) = server.workspace.shared
    assert (shared["channel_id"], shared["thread_ts"], shared["initial_comment"]) == ("C100", THREAD, "The *chart*")


def test_a_file_for_a_person_goes_into_their_direct_message(server, opened):
    opened().send_file(ReplyRoute("slack", "default", "U42"), PICTURE, "")
    (shared,) = server.workspace.shared
    assert shared["channel_id"] == "D42"
    assert "initial_comment" not in shared


def test_words_that_are_too_long_to_stand_beside_a_file_follow_it(server, opened):
    receipt = opened().send_file(IN_THREAD, PICTURE, "& " * 2_000)
    assert "initial_comment" not in server.workspace.shared[0]
    assert server.workspace.messages["C100", receipt.provider_message_id].visible == "& " * 2_000


@pytest.mark.parametrize("method", ["files.getUploadURLExternal", "conversations.open"])
def test_a_lost_answer_before_a_file_is_shared_means_that_nothing_was(server, opened, method):
    server.fail(Fault("close-after-request", method))
    with pytest.raises(ChannelUnreachable):
        opened().send_file(ReplyRoute("slack", "default", "U42"), PICTURE, "")


def test_a_lost_answer_to_the_sharing_leaves_the_outcome_unknown(server, opened):
    server.fail(Fault("close-after-request", "files.completeUploadExternal"))
    with pytest.raises(ChannelOutcomeUnknown):
        opened().send_file(DM, PICTURE, "")


@pytest.mark.spec("C6", "H3")
def test_a_file_is_fetched_with_the_token_wherever_slack_sends_it_on_to(server, opened):
    server.files["/files-pri/cat"] = "/files-edge/cat"
    server.files["/files-edge/cat"] = ("image/png", b"\x89PNG")
    file = RemoteFile(f"{server.base}/files-pri/cat", "image", "image/png")
    assert opened().fetch_file(file, 100) == b"\x89PNG"
    assert server.file_tokens == [("/files-pri/cat", BOT_TOKEN), ("/files-edge/cat", BOT_TOKEN)]


def test_a_file_of_another_workspace_is_asked_for_by_its_id(server, opened):
    server.files["/files-pri/shared"] = ("text/plain", b"hi")
    assert opened().fetch_file(RemoteFile("F0SHARED"), 100) == b"hi"


@pytest.mark.spec("H3")
@pytest.mark.parametrize(
    "ref",
    [
        "https://evil.example/files-pri/cat",
        "http://files.slack.com/cat",
        "https://files.slack.com.evil.example/cat",
        "https://notslack.com/cat",
        "https://files.slack.com:8443/cat",
        "http://127.0.0.1:1/cat",
        "http://[::1/cat",
        "file:///etc/passwd",
    ],
)
def test_the_token_goes_to_nobody_else(server, opened, ref):
    account = opened()
    with pytest.raises(ChannelRejected, match="no host of Slack's"):
        account.fetch_file(RemoteFile(ref), 100)
    server.files["/files-pri/cat"] = ref
    with pytest.raises(ChannelRejected, match="no host of Slack's"):
        account.fetch_file(RemoteFile(f"{server.base}/files-pri/cat"), 100)


@pytest.mark.parametrize(
    ("answer", "size", "words"),
    [
        (("text/html; charset=utf-8", b"<html>sign in</html>"), 0, "files:read"),
        (("image/png", b"x" * 101), 0, "larger than 100 bytes"),
        (("image/png", b"x"), 101, "101 bytes"),
        (None, 0, "404"),
        ("/files-pri/cat", 0, "sent on too often"),
    ],
)
def test_a_file_that_cannot_be_had(server, opened, answer, size, words):
    if answer is not None:
        server.files["/files-pri/cat"] = answer
    file = RemoteFile(f"{server.base}/files-pri/cat", "image", "image/png", size_bytes=size)
    with pytest.raises(ChannelRejected, match=words):
        opened().fetch_file(file, 100)


# --- failures -----------------------------------------------------------------------------------------------------


def test_a_read_timeout_leaves_the_outcome_unknown_and_posts_once(server, opened):
    server.fail(Fault("hang"))
    with pytest.raises(ChannelOutcomeUnknown):
        opened(read_timeout_seconds=0.3).send(DM, "Hello")
    assert len(server.calls("chat.postMessage")) == 1


@pytest.mark.parametrize("body", [b"<html>", b"", b"[1]", b"null", b'"text"', b"\xff", b"[" * 20000])
def test_an_answer_that_cannot_be_read_leaves_the_outcome_unknown(server, opened, body):
    server.fail(Fault("garbage", body=body))
    with pytest.raises(ChannelOutcomeUnknown, match="cannot be read"):
        opened().send(DM, "Hello")


@pytest.mark.parametrize(("status", "expected"), [(502, ChannelUnreachable), (504, ChannelOutcomeUnknown)])
def test_what_stands_between_us_and_slack_speaks_by_its_status(server, opened, status, expected):
    server.fail(Fault("status", status=status))
    with pytest.raises(expected):
        opened().send(DM, "Hello")


@pytest.mark.parametrize(
    ("route", "words"), [("C200", "archived"), ("C999", "not in it"), ("nobody", "channel_not_found")]
)
def test_conversations_that_cannot_be_written_to(opened, route, words):
    with pytest.raises(ChannelRejected, match=words):
        opened().send(ReplyRoute("slack", "default", route), "Hello")


def test_a_wrong_token_is_permanent(opened):
    with pytest.raises(ChannelRejected, match="invalid_auth"):
        opened(bot_token="xoxb-other").send(DM, "Hello")


@pytest.mark.spec("C6")
def test_a_probe_names_the_bot_and_never_raises(server, opened):
    assert opened().probe(5) == Probe(ok=True, identity="clawd in Reef")
    assert "token is wrong" in opened(bot_token="xoxb-other").probe(5).error
    server.stop()
    assert opened().probe(5).ok is False


@pytest.mark.spec("C6")
def test_the_token_is_in_no_log_and_no_error(server, opened, caplog):
    account = opened(read_timeout_seconds=0.3)
    errors: list[BaseException] = []
    with caplog.at_level(logging.DEBUG):
        account.send(DM, "fine")
        for fault in (
            Fault("refuse", error="missing_scope", extra={"needed": BOT_TOKEN}),
            Fault("status", status=500, body=BOT_TOKEN.encode()),
            Fault("close-after-request"),
            Fault("hang"),
            Fault("garbage", body=BOT_TOKEN.encode()),
            Fault("rate-limit"),
        ):
            server.fail(fault)
            with pytest.raises(ChannelError) as raised:
                account.send(DM, "fails")
            errors.append(raised.value)
        server.stop()
        with pytest.raises(ChannelUnreachable) as unreachable:
            account.send(DM, "fails")
        errors.append(unreachable.value)
    seen = caplog.text
    for error in errors:
        chain: BaseException | None = error
        while chain is not None:
            seen += f"{chain!s} {chain!r}"
            chain = chain.__cause__ or (None if chain.__suppress_context__ else chain.__context__)
    assert isinstance(errors[-2], ChannelRateLimited)
    assert "chat.postMessage" in seen
    assert "very-secret" not in seen
