"""Lines are read as the server meant them, and none can be smuggled into another."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openclaw.channels.irc.backlog import Backlog
from openclaw.channels.irc.config import load_config
from openclaw.channels.irc.identity import Identity
from openclaw.channels.irc.inbound import ctcp_request, names, read_message
from openclaw.channels.irc.line import NotALine, fold, format_line, parse_line
from openclaw.channels.irc.pace import Pace
from openclaw.channels.irc.refusals import concerns, refusal
from openclaw.channels.irc.rooms import Rooms
from openclaw.errors import ChannelRateLimited, ChannelRejected, ChannelUnreachable, StoreUnavailable
from tests.connections import ListInbox


def me(**known):
    return Identity("claw", "claw", "host.test", **known)


def read(raw: str, **known):
    return read_message(parse_line(raw.encode()), me(**known), "default", "n:1")


def test_a_line_in_parts():
    line = parse_line(b"@time=x;msgid=a\\sb\\:c;+flag :nick!user@host PRIVMSG  #room :hello :there ")
    assert (line.command, line.params) == ("PRIVMSG", ("#room", "hello :there "))
    assert (line.prefix, line.nick) == ("nick!user@host", "nick")
    assert line.tags == {"time": "x", "msgid": "a b;c", "+flag": ""}


@pytest.mark.parametrize("raw", [b"", b"   ", b":prefix", b"@tags", b":p  "])
def test_what_has_no_command_is_none(raw):
    assert parse_line(raw) is None


def test_what_is_no_utf8_is_latin1():
    assert parse_line(b"PRIVMSG a :caf\xe9").params[1] == "café"


@given(st.binary(max_size=200))
def test_any_bytes_can_be_read(raw):
    line = parse_line(raw)
    assert line is None or line.command


@pytest.mark.parametrize("evil", ["a\r\nQUIT", "a\nQUIT", "a\x00b"])
def test_no_parameter_ends_the_line(evil):
    with pytest.raises(NotALine):
        format_line("PRIVMSG", "#room", evil)
    with pytest.raises(NotALine):
        format_line("PRIVMSG", evil, "text")


@pytest.mark.parametrize("target", ["", "a b", ":a"])
def test_no_parameter_becomes_two(target):
    with pytest.raises(NotALine):
        format_line("PRIVMSG", target, "text")


def test_what_counts_as_the_same_letter():
    assert fold("[A]~", "rfc1459") == "{a}^"
    assert fold("[A]~", "rfc1459-strict") == "{a}~"
    assert fold("[A]~", "ascii") == "[a]~"


def test_a_private_message():
    envelope = read(":Alice!al@host PRIVMSG claw :\x02hello\x02")
    assert (envelope.peer.kind, envelope.peer.id, envelope.route.target) == ("direct", "alice", "Alice")
    assert (envelope.sender.id, envelope.sender.name) == ("Alice!al@host", "Alice")
    assert (envelope.text, envelope.mentioned, envelope.event_id) == ("hello", None, "n:1")


def test_the_server_vouches_for_an_account_and_names_the_message():
    tags = "@account=al;msgid=m1;time=2026-11-28T01:02:03.500Z"
    envelope = read(f"{tags} :Alice!al@host PRIVMSG #Room :claw, /status")
    assert envelope.sender.id == "al"
    assert (envelope.event_id, envelope.message_id) == ("m1", "m1")
    assert envelope.extra == {"chat_title": "#Room", "sender_username": "Alice", "sent_at_ms": 1795827723500}
    assert (envelope.peer.kind, envelope.peer.id, envelope.route.target) == ("group", "#room", "#Room")
    assert (envelope.text, envelope.mentioned) == ("/status", True)


@pytest.mark.parametrize(
    "raw",
    [
        ":Alice!a@h NOTICE claw :hello",
        ":claw!c@h PRIVMSG #room :my own words",
        ":Alice!a@h PRIVMSG somebody :not for us",
        ":Alice!a@h PRIVMSG claw :\x01VERSION\x01",
        ":Alice!a@h PRIVMSG claw :\x02\x02 ",
        "@bot :Robot!a@h PRIVMSG claw :I am a bot",
        "@inspircd.org/bot= :Robot!a@h PRIVMSG claw :me too",
        "PRIVMSG claw :from nobody",
    ],
)
def test_what_is_not_answered(raw):
    assert read(raw) is None


def test_an_action_is_text():
    assert read(":Alice!a@h PRIVMSG #room :\x01ACTION waves at claw\x01").text == "* Alice waves at claw"


def test_other_requests_of_ctcp():
    assert ctcp_request(parse_line(b":a!b@c PRIVMSG claw :\x01ping 1 2\x01")) == ("PING", "1 2")
    assert ctcp_request(parse_line(b":a!b@c PRIVMSG claw :\x01ACTION x\x01")) is None
    assert ctcp_request(parse_line(b":a!b@c NOTICE claw :\x01PING x\x01")) is None


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("claw: hi", True),
        ("CLAW hi", True),
        ("hi @claw!", True),
        ("so claw, what", True),
        ("clawed", False),
        ("my-claw is", False),
        ("claw_ hi", False),
        ("claw-2", False),
        ("", False),
    ],
)
def test_a_nick_is_a_word(text, named):
    assert names(text, "claw") is named


def test_what_the_server_tells_of_us():
    mine = Identity("claw")
    unknown = mine.room_for("#room")
    for raw in (
        ":irc 001 claw2 :Welcome claw2!~claw@some.host",
        ":irc 005 claw2 CASEMAPPING=ascii CHANTYPES=# STATUSMSG=@+ :are supported",
        ":claw2!~claw@some.host NICK :claw3",
        ":irc 396 claw3 hidden.host :is now your host",
    ):
        mine.learn(parse_line(raw.encode()))
    assert (mine.nick, mine.user, mine.host) == ("claw3", "~claw", "hidden.host")
    assert (mine.casemapping, mine.room_marks, mine.status_marks) == ("ascii", "#", "@+")
    assert mine.room_for("#room") == 512 - len(":claw3!~claw@hidden.host PRIVMSG #room :\r\n") > unknown


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        (":s 401 claw bob :No such nick", ChannelRejected),
        (":s 404 claw #room :Cannot send to channel", ChannelRejected),
        (":s 451 claw :You have not registered", ChannelUnreachable),
        (":s 439 claw bob :Please wait 12 seconds", ChannelRateLimited),
        (":s 263 claw PRIVMSG :Please wait a while and try again", ChannelRateLimited),
    ],
)
def test_refusals(raw, error):
    line = parse_line(raw.encode())
    assert type(refusal(line)) is error
    assert concerns(line, "#room" if "#room" in raw else "Bob")


def test_a_refusal_says_how_long_to_wait_or_a_default():
    assert refusal(parse_line(b":s 439 c bob :wait 12 seconds")).retry_after_seconds == 12
    assert refusal(parse_line(b":s 263 c PRIVMSG :later")).retry_after_seconds == 30


def test_what_is_about_others_is_not_about_this_message():
    assert refusal(parse_line(b":s 332 claw #room :a topic")) is None
    assert not concerns(parse_line(b":s 401 claw carol :No such nick"), "bob")
    assert not concerns(parse_line(b":s 263 claw LIST :later"), "bob")


def test_a_bucket_of_lines():
    now = [0.0]
    pace = Pace(2, 1.0, lambda: now[0])
    assert [pace.take(0) for _ in range(4)] == [0, 0, 1, 2]
    assert not pace.take_now(0)
    now[0] = 4.0
    assert pace.take_now(0)
    now[0] = 100.0
    assert pace.take(512) == 0
    assert pace.take(512) == 2, "long lines count for more"


def test_many_rooms_are_joined_with_few_lines_and_those_with_a_key_first():
    section = {"host": "h", "nick": "claw", "channels": ["#a", "#b", "#c"], "channel_keys": {"#c": "k"}}
    assert list(Rooms(load_config("d", section), me()).joins(0)) == [b"JOIN #c,#a,#b k\r\n"]
    many = [f"#{'x' * 90}{number}" for number in range(12)]
    lines = list(Rooms(load_config("d", {"host": "h", "nick": "claw", "channels": many}), me()).joins(0))
    assert all(len(line) <= 512 for line in lines)
    assert b",".join(line.split()[1] for line in lines).decode().split(",") == many
    assert len(lines) == 3


def test_who_waits_too_long_for_the_database_ends_the_connection():
    inbox = ListInbox()
    inbox.broken = True
    backlog = Backlog(inbox)
    envelope = read(":Alice!al@host PRIVMSG claw :hello")
    backlog.store(envelope, 10.0)
    backlog.flush(130.0)
    with pytest.raises(StoreUnavailable):
        backlog.flush(131.0)
    inbox.broken = False
    backlog.flush(132.0)
    assert (inbox.envelopes, len(backlog)) == ([envelope], 0)


def test_a_room_is_tried_again_after_longer_and_longer_waits():
    config = load_config("d", {"host": "h", "nick": "claw", "channels": ["#A"], "rejoin_seconds": 10})
    rooms = Rooms(config, me())

    def hear(raw: str, now: float) -> None:
        rooms.hear(parse_line(raw.encode()), now)

    assert list(rooms.joins(0)) == [b"JOIN #A\r\n"]
    hear(":s 471 claw #a :is full", 1)
    assert (rooms.next_due(1), list(rooms.joins(2))) == (10, [])
    assert list(rooms.joins(11)) == [b"JOIN #A\r\n"]
    hear(":s 474 claw #a :banned", 12)
    assert rooms.next_due(12) == 20
    hear(":op!o@h INVITE claw :#a", 13)
    assert list(rooms.joins(13)) == [b"JOIN #A\r\n"]
    hear(":claw!c@h JOIN #a", 14)
    assert list(rooms.joins(10_000)) == []
    hear(":op!o@h KICK #a claw :out", 20)
    assert rooms.next_due(20) == 10
    hear(":op!o@h KICK #other claw :out", 20)
    hear(":op!o@h KICK #a somebody :out", 20)
    assert rooms.next_due(20) == 10
