"""Signal through a daemon that speaks signal-cli's HTTP: what leaves, and what is asked for."""

from __future__ import annotations

import pytest

from openclaw.channels.signal.manifest import SignalPlugin
from openclaw.domain.envelope import RemoteFile, ReplyRoute
from openclaw.errors import ChannelOutcomeUnknown, ChannelRejected, ChannelUnreachable
from openclaw.ports.channel import AccountPlace, OutboundFile, WebhookReceiver
from tests.wire.signal.envelopes import ADA, GROUP, ME, TIME
from tests.wire.signal.server import Fault, SignalServer

pytestmark = pytest.mark.spec("C7", "C10")

ROUTE = ReplyRoute("signal", "default", ADA, reply_to=f"~{ADA}:{TIME}")
GROUP_ROUTE = ReplyRoute("signal", "default", f"group:{GROUP}", reply_to=f"{ADA}:{TIME}")


@pytest.fixture
def server():
    with SignalServer() as running:
        yield running


@pytest.fixture
def account(server, tmp_path):
    section = {"account": ME, "api_base": server.url, "read_timeout_seconds": 10}
    made = SignalPlugin().open_account("default", section, AccountPlace(tmp_path))
    yield made
    made.close()


def test_a_reply_has_styles_and_a_receipt_by_its_time(server, account):
    receipt = account.send(ROUTE, "**Hi** there")
    (sent,) = server.sent
    assert (sent["recipient"], sent["message"], sent["textStyle"]) == ([ADA], "Hi there", ["0:2:BOLD"])
    assert "quoteTimestamp" not in sent
    assert receipt.provider_message_id.isdecimal()


def test_a_reply_into_a_group_quotes_what_it_answers(server, account):
    account.send(GROUP_ROUTE, "Hi")
    (sent,) = server.sent
    assert (sent["groupId"], sent["quoteTimestamp"], sent["quoteAuthor"]) == (GROUP, TIME, ADA)


def test_a_file_leaves_with_its_name_and_its_text(server, account):
    account.send_file(ROUTE, OutboundFile(b"\x00cat", "image/jpeg", "my; cät.jpg"), "A **cat**")
    account.send_file(ROUTE, OutboundFile(b"voice", "audio/ogg; codecs=opus", "v.ogg", voice_note=True), "")
    picture, voice = server.sent
    assert (picture["files"], picture["message"]) == ([("image/jpeg", "my; cät.jpg", b"\x00cat")], "A cat")
    assert "voiceNote" not in picture
    assert (voice["files"], voice["voiceNote"]) == ([("audio/ogg", "v.ogg", b"voice")], True)


def test_a_message_can_be_changed_and_taken_back(server, account):
    account.edit(ROUTE, str(TIME), "Better")
    account.delete(GROUP_ROUTE, str(TIME))
    assert server.sent[0]["editTimestamp"] == TIME
    assert server.params_of("remoteDelete") == [{"account": ME, "groupId": GROUP, "targetTimestamp": TIME}]


def test_reactions_name_the_author_who_may_be_us(server, account):
    account.react(ROUTE, f"{ADA}:{TIME}", "👀")
    account.react(ROUTE, str(TIME), "👀", remove=True)
    first, second = server.params_of("sendReaction")
    assert (first["targetAuthor"], first["targetTimestamp"], first["remove"]) == (ADA, TIME, False)
    assert (second["targetAuthor"], second["remove"]) == (ME, True)


def test_a_message_is_marked_as_read_once_however_often_typing_is_shown(server, account):
    account.typing(ROUTE)
    account.typing(ROUTE)
    assert len(server.params_of("sendTyping")) == 2
    assert server.params_of("sendReceipt") == [
        {"account": ME, "recipient": ADA, "targetTimestamp": [TIME], "type": "read"}
    ]


def test_no_receipt_leaves_where_the_account_says_so(server, tmp_path):
    section = {"account": ME, "api_base": server.url, "read_receipts": False}
    account = SignalPlugin().open_account("default", section, AccountPlace(tmp_path))
    account.typing(ROUTE)
    assert server.params_of("sendReceipt") == []
    account.close()


def test_an_attachment_is_fetched_from_the_daemon_up_to_its_limit(server, account):
    server.attachments["Zx.jpg"] = b"12345"
    for chat in (ADA, f"group:{GROUP}"):
        assert account.fetch_file(RemoteFile(f"{chat}/Zx.jpg"), 5) == b"12345"
    for file in (RemoteFile(f"{ADA}/Zx.jpg"), RemoteFile(f"{ADA}/Zx.jpg", size_bytes=9)):
        with pytest.raises(ChannelRejected):
            account.fetch_file(file, 4)
    with pytest.raises(ChannelRejected, match="Could not find attachment"):
        account.fetch_file(RemoteFile(f"{ADA}/gone"), 5)
    server.attachments["huge"] = bytes(200_000)
    with pytest.raises(ChannelRejected, match="larger than"):
        account.fetch_file(RemoteFile(f"{ADA}/huge"), 1000)
    server.fail(Fault("status", "getAttachment"))
    with pytest.raises(ChannelUnreachable):
        account.fetch_file(RemoteFile(f"{ADA}/Zx.jpg"), 5)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault("status", status=421), ChannelRejected),
        (Fault("status", status=503), ChannelUnreachable),
        (Fault("garbage"), ChannelOutcomeUnknown),
    ],
)
def test_other_answers_are_errors_of_their_kind(server, account, fault, error):
    server.fail(fault)
    with pytest.raises(error):
        account.send(ROUTE, "Hi")


def test_what_may_be_done_twice_is_never_of_an_unknown_outcome(server, account):
    server.fail(Fault("swallow", "sendReaction"))
    with pytest.raises(ChannelUnreachable):
        account.react(ROUTE, str(TIME), "👀")


def test_the_probe_tells_the_version_and_whether_the_daemon_has_the_number(server, account, tmp_path):
    assert account.probe(5).identity == f"{ME} by signal-cli 0.14.6"
    section = {"account": "+15559998888", "api_base": server.url}
    other = SignalPlugin().open_account("other", section, AccountPlace(tmp_path))
    found = other.probe(5)
    other.close()
    assert (found.ok, found.error) == (False, "signal: the daemon has no account +15559998888")


def test_the_probe_of_a_daemon_of_one_number_asks_no_list(tmp_path):
    with SignalServer(many_accounts=False) as server:
        section = {"account": ME, "api_base": server.url}
        account = SignalPlugin().open_account("default", section, AccountPlace(tmp_path))
        assert account.probe(5).ok
        account.close()


def test_the_probe_of_a_daemon_that_is_away_says_so(server, account):
    server.stop()
    assert not account.probe(5).ok


def test_there_are_no_webhooks(account):
    assert not isinstance(account, WebhookReceiver)
