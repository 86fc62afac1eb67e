"""The section of an iMessage account, and what imsg's errors mean."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openclaw.channels.imessage.config import IMessageConfig, load_config
from openclaw.channels.imessage.limits import CAPABILITIES, MAX_TEXT_CHARS
from openclaw.channels.imessage.refusals import ImsgBlocked, ImsgTooOld, refusal
from openclaw.channels.imessage.render import plain_text
from openclaw.errors import (
    ChannelOutcomeUnknown,
    ChannelRateLimited,
    ChannelRejected,
    ChannelUnreachable,
    ConfigError,
)
from openclaw.reply.plan import plan_replies


def test_nothing_is_needed_on_the_mac_itself():
    assert load_config("default", {}) == IMessageConfig()
    assert IMessageConfig().command == ("imsg", "rpc")


def test_another_mac_is_reached_by_ssh_that_asks_nobody():
    section = {"ssh_host": "me@mac.local", "ssh_command": ["ssh", "-p", "2222"], "imsg_path": "/opt/homebrew/bin/imsg"}
    command = load_config("default", section | {"database_path": "/Users/me/chat.db"}).command
    assert command[0] == "ssh"
    assert "BatchMode=yes" in command
    rest = ("-p", "2222", "me@mac.local", "/opt/homebrew/bin/imsg", "rpc", "--db", "/Users/me/chat.db")
    assert command[-len(rest) :] == rest


@pytest.mark.parametrize(
    ("section", "named"),
    [
        ({"ssh_host": "-oProxyCommand=sh"}, "ssh_host"),
        ({"ssh_host": "mac; reboot"}, "ssh_host"),
        ({"ssh_command": []}, "ssh_command"),
        ({"ssh_command": "ssh -v"}, "ssh_command"),
        ({"imsg_path": "imsg; reboot"}, "imsg_path"),
        ({"database_path": "$(reboot)"}, "database_path"),
        ({"attachments_path": "Attachments"}, "attachments_path"),
        ({"outgoing_path": "/tmp/$HOME"}, "outgoing_path"),
        ({"service": "fax"}, "service"),
        ({"region": "de"}, "region"),
        ({"max_download_bytes": -1}, "max_download_bytes"),
        ({"sshhost": "mac"}, "did you mean 'ssh_host'"),
    ],
)
def test_an_error_names_the_key(section, named):
    with pytest.raises(ConfigError, match=named):
        load_config("default", section)


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        ({"code": -32000}, ChannelRateLimited),
        ({"code": -32001, "data": {"retry_safe": False, "disposition": "may_have_completed"}}, ChannelOutcomeUnknown),
        ({"code": -32603, "data": {"retry_safe": True, "disposition": "not_started"}}, ChannelUnreachable),
        ({"code": -32603, "data": "AppleScript failed"}, ChannelOutcomeUnknown),
        ({"code": -32002, "data": {"path": "/x", "detail": "no access", "retryable": True}}, ChannelUnreachable),
        ({"code": -32003}, ChannelRejected),
        ({"code": -32004, "data": {"retry_safe": False}}, ImsgBlocked),
        ({"code": -32601}, ImsgTooOld),
        ({"code": -32602, "data": "unknown chat_id 9"}, ChannelRejected),
        ({}, ChannelRejected),
    ],
)
def test_each_code_has_a_meaning(error, meaning):
    assert type(refusal("send", error)) is meaning


def test_an_operator_reads_what_to_do():
    said = str(
        refusal("watch.subscribe", {"code": -32002, "message": "Database unavailable", "data": {"detail": "denied"}})
    )
    assert said.endswith("Database unavailable denied (give Full Disk Access to the program that starts imsg)")


def test_markdown_leaves_as_plain_text():
    assert plain_text("# Hi\n\n**bold** [x](http://c) `code`\n\n- one") == "Hi\n\nbold x (http://c) code\n\n• one"


@settings(max_examples=20, deadline=None)
@given(st.lists(st.text(max_size=40) | st.just(f"| {'h' * 900} | b |\n|-|-|\n" + "| 1 | 2 |\n" * 100), max_size=4))
def test_every_chunk_of_any_reply_fits_into_a_message(parts):
    for chunk in plan_replies("\n\n".join(parts), CAPABILITIES):
        assert len(plain_text(chunk.text)) <= MAX_TEXT_CHARS
