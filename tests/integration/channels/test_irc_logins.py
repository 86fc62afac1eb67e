"""What the real servers do only with services behind them: SASL and accounts; and what breaks in the middle."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from openclaw.channels.irc.manifest import IrcPlugin
from openclaw.domain.envelope import ReplyRoute
from openclaw.errors import ChannelOutcomeUnknown, ChannelRejected, ChannelUnreachable
from openclaw.ports.channel import AccountPlace
from tests.certificates import self_signed
from tests.connections import HeldConnection, ListInbox
from tests.waiting import wait_until
from tests.wire.irc.server import IrcServer

pytestmark = pytest.mark.spec("C4")
ROUTE = ReplyRoute("irc", "default", "#den")


@pytest.fixture
def server() -> Iterator[IrcServer]:
    with IrcServer(accounts={"claw": "pass-word 1", "long": "x" * 290}) as running:
        yield running


def account_on(server: IrcServer, **keys):
    section = {"host": "127.0.0.1", "port": server.port, "tls": False, "nick": "claw", "lines_per_second": 9999}
    return IrcPlugin().open_account("default", section | keys, AccountPlace(Path("/nowhere")))


@contextmanager
def connected(server: IrcServer, **keys) -> Iterator[HeldConnection]:
    """A connection that is there when the block begins."""
    with HeldConnection(account_on(server, **keys), ListInbox()) as held:
        held.inbox.wait_for(lambda inbox: inbox.identities)
        yield held


def failed(server: IrcServer, **keys) -> BaseException | None:
    with HeldConnection(account_on(server, **keys), ListInbox()) as held:
        held.join()
    return held.error


def test_sasl_plain(server):
    with connected(server, sasl="plain", sasl_password="pass-word 1"):
        assert server.logins == ["claw"]
    said = [line for line in server.received if not line.startswith(("NICK", "USER"))]
    assert said[:2] == ["CAP LS 302", "CAP REQ :account-tag message-tags server-time sasl"]


def test_an_answer_of_sasl_that_fills_a_line_goes_in_pieces(server):
    with connected(server, sasl="plain", sasl_account="long", sasl_password="x" * 290):
        assert server.logins == ["long"]
    # name, NUL, name, NUL, 290 bytes: 300 bytes, which are 400 of base64 exactly.
    assert "AUTHENTICATE +" in server.received


def test_sasl_external_is_the_certificate_that_we_show(tmp_path):
    ours, theirs = self_signed("claw"), self_signed()
    for name, content in (("ca", theirs.certificate), ("ours", ours.certificate), ("key", ours.key)):
        (tmp_path / name).write_bytes(content)
    files = {"ca_file": "ca", "certificate_file": "ours", "key_file": "key"}
    keys = {name: str(tmp_path / file) for name, file in files.items()} | {"tls": True, "sasl": "external"}
    with IrcServer(tls=(theirs, ours.certificate)) as server:
        with connected(server, **keys):
            assert server.logins == ["by-certificate"]
        assert "AUTHENTICATE +" in server.received
        assert isinstance(failed(server, **keys | {"key_file": str(tmp_path / "ca")}), ChannelRejected)


def test_a_wrong_password_is_a_reason_to_stop_and_is_not_shown(server):
    error = failed(server, sasl="plain", sasl_password="guess-0815")
    assert isinstance(error, ChannelRejected)
    assert "guess-0815" not in str(error)


@pytest.mark.parametrize("caps", ["", "message-tags", "sasl=SCRAM-SHA-256"])
def test_nobody_goes_in_without_the_login_that_was_asked_for(caps):
    with IrcServer(caps=caps) as server:
        assert isinstance(failed(server, sasl="plain", sasl_password="x"), ChannelUnreachable)
        assert not server.logins


def test_nickserv_is_told_where_there_is_no_sasl(server):
    with connected(server, nickserv_password="pass-word 1", channels=["#den"]):
        server.wait_for_line("JOIN #den")
    said = server.received
    assert said.index("PRIVMSG NickServ :IDENTIFY claw pass-word 1") < said.index("JOIN #den")


def test_a_sender_is_whom_the_server_vouches_for(server):
    with connected(server) as held:
        server.post("@account=alice;msgid=m1 :Al!a@h PRIVMSG claw :hello")
        server.post(":Al!a@h PRIVMSG claw :hello again")
        held.inbox.wait_for(lambda inbox: len(inbox.envelopes) == 2)
    assert [each.sender.id for each in held.inbox.envelopes] == ["alice", "Al!a@h"]


def test_two_connections_never_give_two_messages_the_same_id(server):
    ids = []
    for _ in range(2):
        with connected(server) as held:
            server.post(":Al!a@h PRIVMSG claw :hello")
            held.inbox.wait_for(lambda inbox: inbox.envelopes)
        ids.append(held.inbox.envelopes[0].event_id)
    assert len(set(ids)) == 2


def test_messages_wait_for_a_database_that_is_away_and_keep_their_order(server):
    with connected(server) as held:
        held.inbox.broken = True
        server.post(":Al!a@h PRIVMSG claw :one")
        server.post(":Al!a@h PRIVMSG claw :two")
        server.post("PING :still-there")
        server.wait_for_line("PONG still-there")
        held.inbox.broken = False
        held.inbox.wait_for(lambda inbox: len(inbox.envelopes) == 2)
    assert [each.text for each in held.inbox.envelopes] == ["one", "two"]
    assert held.error is None


def test_garbage_is_left_out(server):
    with connected(server) as held:
        for line in ("", ":", "@a=b", ":x PRIVMSG", ":x PRIVMSG claw", "005", ":s 001", ":x KICK", "PING"):
            server.post(line)
        server.post(":Al!a@h PRIVMSG claw :hello")
        held.inbox.wait_for(lambda inbox: inbox.envelopes)
    assert held.error is None


def test_a_connection_that_breaks_within_a_message_leaves_it_unknown(server):
    with connected(server, burst_lines=1, lines_per_second=0.05) as held:
        found: list[BaseException] = []

        def send() -> None:
            try:
                held._account.send(ROUTE, "one\ntwo\nthree")
            except Exception as error:  # noqa: BLE001 - the test looks at it
                found.append(error)

        sender = threading.Thread(target=send)
        sender.start()
        server.wait_for_line("PRIVMSG #den :one")
        server.stop()
        sender.join(20)
    assert isinstance(found[0], ChannelOutcomeUnknown)
    assert isinstance(held.error, ChannelUnreachable)


def test_a_message_on_its_way_is_confirmed_before_the_connection_is_given_up(server):
    with connected(server, burst_lines=1, lines_per_second=4) as held:
        receipts = []
        sender = threading.Thread(target=lambda: receipts.append(held._account.send(ROUTE, "one")))
        sender.start()
        server.wait_for_line("PRIVMSG #den :one")
        held.tenure.end()
        held.join(2)
        sender.join(2)
    assert receipts
    assert server.messages == [("#den", "one")]


def test_a_server_that_confirms_nothing_leaves_the_outcome_unknown(server):
    server.fail("hang")
    with connected(server, confirm_timeout_seconds=0.1) as held, pytest.raises(ChannelOutcomeUnknown):
        held._account.send(ROUTE, "one")


def test_a_silent_server_is_asked_whether_it_lives_and_the_wanted_nick_is_tried_again():
    with IrcServer(taken_nicks=("claw",)) as server, connected(server, ping_seconds=1) as held:
        assert held.inbox.identities[0] == "claw_"
        server.taken_nicks.clear()
        server.wait_for_line("PING alive")
        held.inbox.wait_for(lambda inbox: inbox.identities[-1] == "claw")


def test_the_wanted_nick_is_taken_when_whoever_had_it_leaves():
    with IrcServer(taken_nicks=("claw",)) as server, connected(server) as held:
        server.taken_nicks.clear()
        server.post(":claw!a@h QUIT :bye")
        held.inbox.wait_for(lambda inbox: inbox.identities[-1] == "claw")


def test_all_nicks_in_use_are_a_reason_to_try_again_later():
    with IrcServer(taken_nicks=("claw", "other")) as server:
        assert isinstance(failed(server, nick_alternatives=["other"]), ChannelUnreachable)


def test_a_refused_room_is_tried_again(server):
    server.refused_joins.extend(["474", "471"])
    with connected(server, channels=["#den"], rejoin_seconds=0.02):
        server.wait_for_line("JOIN #den", times=3)
        wait_until(lambda: server.joined == ["#den"])


def test_a_connection_is_given_up_while_nothing_answers():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        section = {"host": "127.0.0.1", "port": listener.getsockname()[1], "nick": "claw"}
        account = IrcPlugin().open_account("default", section, AccountPlace(Path("/nowhere")))
        with HeldConnection(account, ListInbox()) as held, listener.accept()[0]:
            held.tenure.end()
            held.join(2)
    assert held.error is None
