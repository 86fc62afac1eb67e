"""An IRC account on servers that others wrote: ngIRCd and InspIRCd."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from openclaw.channels.irc.manifest import IrcPlugin
from openclaw.domain.envelope import ReplyRoute
from openclaw.errors import ChannelOutcomeUnknown, ChannelRejected, ChannelUnreachable
from openclaw.ports.channel import AccountPlace
from tests.certificates import SelfSigned, self_signed
from tests.connections import HeldConnection, ListInbox
from tests.stack import free_port
from tests.waiting import wait_until
from tests.wire.irc.person import Person
from tests.wire.irc.programs import INSPIRCD, NGIRCD, running_inspircd, running_ngircd

pytestmark = pytest.mark.spec("C4")
needs_ngircd = pytest.mark.skipif(NGIRCD is None, reason="no ngircd on this machine")
needs_inspircd = pytest.mark.skipif(INSPIRCD is None, reason="no inspircd on this machine")


def account_on(port: int, **keys):
    section = {
        "host": "localhost",
        "port": port,
        "tls": False,
        "nick": "claw",
        "channels": ["#den"],
        "rejoin_seconds": 0.05,
        "lines_per_second": 1000.0,
        "burst_lines": 50,
    }
    return IrcPlugin().open_account("default", section | keys, AccountPlace(Path("/nowhere")))


@pytest.fixture(scope="module")
def ngircd() -> Iterator[int]:
    port = free_port()
    with running_ngircd(port):
        yield port


@pytest.fixture
def alice(ngircd: int) -> Iterator[Person]:
    with Person(ngircd, "Alice") as person:
        person.join("#den")
        yield person


@pytest.fixture
def held(ngircd: int, alice: Person) -> Iterator[HeldConnection]:
    with HeldConnection(account_on(ngircd), ListInbox()) as connection:
        alice.hears(came("claw"))
        yield connection


def came(nick: str, room: str = "#den") -> str:
    """What the room is told when an account of ours comes in; ngIRCd marks names of users that it cannot check."""
    return f":{nick}!~openclaw@127.0.0.1 JOIN :{room}"


def account_of(held: HeldConnection):
    return held._account


def first(inbox: ListInbox):
    inbox.wait_for(lambda inbox: inbox.envelopes)
    return inbox.envelopes[0]


@needs_ngircd
def test_a_person_and_the_assistant_talk_in_private(alice, held):
    alice.says("claw", "hello \x02there\x0f")
    envelope = first(held.inbox)
    assert (envelope.peer.kind, envelope.peer.id, envelope.text) == ("direct", "alice", "hello there")
    assert envelope.sender.id.startswith("Alice!~alice@")
    assert (envelope.sender.name, envelope.mentioned, envelope.route.target) == ("Alice", None, "Alice")
    account_of(held).send(envelope.route, "**Hi** you")
    alice.hears(" PRIVMSG Alice :\x02Hi\x02 you")


@needs_ngircd
def test_a_room_is_joined_heard_and_answered(alice, held):
    alice.says("#den", "nobody in particular")
    alice.says("#DEN", "claw: /status now")
    held.inbox.wait_for(lambda inbox: len(inbox.envelopes) == 2)
    by_the_way, spoken_to = held.inbox.envelopes
    assert (by_the_way.mentioned, spoken_to.mentioned) == (False, True)
    assert spoken_to.text == "/status now"
    assert {(each.peer.kind, each.peer.id) for each in held.inbox.envelopes} == {("group", "#den")}
    assert by_the_way.event_id != spoken_to.event_id
    account_of(held).send(ReplyRoute("irc", "default", "#den"), "one\n\ntwo")
    wait_until(lambda: alice.texts("claw") == ["one", "two"])


@needs_ngircd
def test_every_byte_of_a_long_line_arrives_although_the_server_cuts_at_512(alice, held):
    text = "\N{SNOWMAN}\N{VARIATION SELECTOR-16}ü" * 250
    account_of(held).send(ReplyRoute("irc", "default", "#den"), text)
    wait_until(lambda: "".join(alice.texts("claw")) == text, what="the whole text")
    assert len(alice.texts("claw")) > 2
    assert all(len(line.encode()) <= 510 for line in alice.lines)
    longest = max(len(line.encode()) for line in alice.lines)
    assert longest > 495, "lines are as long as they may be"


@needs_ngircd
@pytest.mark.parametrize("target", ["nobody", "#elsewhere"])
def test_a_message_to_nobody_is_refused_for_good(held, target):
    with pytest.raises(ChannelRejected, match="401"):
        account_of(held).send(ReplyRoute("irc", "default", target), "hello")


@needs_ngircd
def test_a_room_that_silences_us_refuses_for_good(alice, held):
    alice.write("MODE #den +m")
    alice.hears("MODE #den +m")
    with pytest.raises(ChannelRejected, match="404"):
        account_of(held).send(ReplyRoute("irc", "default", "#den"), "hello")


@needs_ngircd
def test_notices_are_never_answered_and_ctcp_is_answered_by_one(alice, held):
    alice.write("NOTICE claw :hello", "NOTICE #den :claw: hello")
    alice.write("PRIVMSG claw :\x01VERSION\x01", "PRIVMSG claw :\x01PING 12 34\x01")
    alice.hears(" NOTICE Alice :\x01VERSION OpenClaw\x01")
    alice.hears(" NOTICE Alice :\x01PING 12 34\x01")
    alice.says("#den", "\x01ACTION pokes claw\x01")
    envelope = first(held.inbox)
    assert (envelope.text, envelope.mentioned) == ("* Alice pokes claw", True)


@needs_ngircd
def test_whoever_was_kicked_comes_back(alice, held):
    alice.write("KICK #den claw :out")
    wait_until(lambda: sum("JOIN :#den" in line and line.startswith(":claw!") for line in alice.lines) == 2)
    alice.says("#den", "claw: still there?")
    assert first(held.inbox).text == "still there?"


@needs_ngircd
def test_a_locked_room_is_joined_with_its_key(ngircd):
    with Person(ngircd, "Keeper") as keeper:
        keeper.write("JOIN #vault", "MODE #vault +k sesame")
        keeper.hears("MODE #vault +k")
        account = account_on(ngircd, nick="keyed", channels=["#vault"], channel_keys={"#vault": "sesame"})
        with HeldConnection(account, ListInbox()):
            keeper.hears(came("keyed", "#vault"))


@needs_ngircd
def test_a_nick_in_use_gives_way_to_an_alternative(ngircd, alice):
    with Person(ngircd, "taken"), Person(ngircd, "taken_"):
        account = account_on(ngircd, nick="taken", nick_alternatives=["taken_", "second"])
        with HeldConnection(account, ListInbox()) as held:
            held.inbox.wait_for(lambda inbox: "second" in inbox.identities)
            alice.hears(came("second"))
            alice.says("#den", "second, are you there?")
            assert first(held.inbox).text == "are you there?"


@needs_ngircd
def test_a_server_that_restarts_is_unreachable_and_then_there_again():
    port = free_port()
    account = account_on(port, server_password="let-me-in")
    route = ReplyRoute("irc", "default", "claw")
    with running_ngircd(port, password="let-me-in"):
        held = HeldConnection(account, ListInbox()).__enter__()
        held.inbox.wait_for(lambda inbox: inbox.identities)
    held.join()
    assert isinstance(held.error, ChannelUnreachable)
    with pytest.raises(ChannelUnreachable):
        account.send(route, "hello")
    with running_ngircd(port, password="let-me-in"), HeldConnection(account, ListInbox()) as again:
        again.inbox.wait_for(lambda inbox: inbox.identities)
        account.send(route, "hello")


@needs_ngircd
def test_a_wrong_server_password_is_a_reason_to_stop():
    port = free_port()
    account = account_on(port, server_password="guess-0815")
    with running_ngircd(port, password="let-me-in"), HeldConnection(account, ListInbox()) as held:
        held.join()
    assert isinstance(held.error, ChannelRejected)
    assert "guess-0815" not in str(held.error)


@needs_ngircd
def test_a_connection_that_is_given_up_takes_leave(alice, held):
    held.tenure.end()
    held.join(2)
    alice.hears(":claw!~openclaw@127.0.0.1 QUIT")
    assert held.error is None


@pytest.fixture(scope="module")
def certificate() -> SelfSigned:
    return self_signed()


@pytest.fixture(scope="module")
def inspircd(certificate: SelfSigned) -> Iterator[tuple[int, int]]:
    port, tls_port = free_port(), free_port()
    with running_inspircd(port, tls_port, certificate.certificate, certificate.key):
        yield port, tls_port


@needs_inspircd
def test_tags_and_tls(inspircd, certificate, tmp_path):
    port, tls_port = inspircd
    (tmp_path / "ca.pem").write_bytes(certificate.certificate)
    account = account_on(tls_port, tls=True, ca_file=str(tmp_path / "ca.pem"))
    with Person(port, "Alice") as alice, HeldConnection(account, ListInbox()) as held:
        alice.join("#den")
        held.inbox.wait_for(lambda inbox: inbox.identities)
        alice.says("claw", "hello")
        envelope = first(held.inbox)
        assert envelope.text == "hello"
        assert envelope.event_id == envelope.message_id
        assert envelope.event_id.startswith("00A~")
        assert envelope.extra["sent_at_ms"] > 1_700_000_000_000
        account.send(envelope.route, "Hi yourself")
        alice.hears(" PRIVMSG Alice :Hi yourself")
        with pytest.raises(ChannelRejected, match="403"):
            account.send(ReplyRoute("irc", "default", "#elsewhere"), "hello")


@needs_inspircd
def test_a_certificate_that_nobody_vouches_for_is_not_taken(inspircd):
    with HeldConnection(account_on(inspircd[1], tls=True), ListInbox()) as held:
        held.join()
    assert isinstance(held.error, ChannelUnreachable)
    assert "certificate verify failed" in str(held.error)


@needs_inspircd
def test_what_only_operators_may_read_is_answered_to_operators(inspircd):
    with HeldConnection(account_on(inspircd[0]), ListInbox()) as held, Person(inspircd[0], "Alice") as alice:
        wait_until(lambda: alice.write("NAMES #den") or any(" #den :@claw" in line for line in alice.lines))
        alice.join("#den")
        alice.says("@#den", "claw: between us")
        envelope = first(held.inbox)
        assert (envelope.text, envelope.peer.id, envelope.route.target) == ("between us", "#den", "@#den")


@needs_inspircd
def test_a_long_reply_is_paced_so_that_a_strict_server_keeps_us(inspircd, certificate, tmp_path):
    port, tls_port = inspircd
    (tmp_path / "ca.pem").write_bytes(certificate.certificate)
    keys = {"tls": True, "ca_file": str(tmp_path / "ca.pem"), "channels": []}
    lines = [f"line {number}" for number in range(12)]
    with Person(port, "Alice") as alice:
        route = ReplyRoute("irc", "default", "Alice")
        steady = account_on(tls_port, nick="steady", burst_lines=3, lines_per_second=14.0, **keys)
        with HeldConnection(steady, ListInbox()) as held:
            held.inbox.wait_for(lambda inbox: inbox.identities)
            steady.send(route, "\n".join(lines))
        assert held.error is None
        assert alice.texts("steady") == lines
        hasty = account_on(tls_port, nick="hasty", burst_lines=100, **keys)
        with HeldConnection(hasty, ListInbox()) as held:
            held.inbox.wait_for(lambda inbox: inbox.identities)
            with pytest.raises(ChannelOutcomeUnknown):
                hasty.send(route, "\n".join(lines * 4))
            held.join()
        assert "flood" in str(held.error).lower()
