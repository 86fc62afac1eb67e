"""A Discord account's connection: the real discord.py against a local gateway."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import discord
import pytest

from openclaw.channels.discord.manifest import DiscordPlugin
from openclaw.domain.envelope import InboundEnvelope, Peer, ReplyRoute
from openclaw.errors import ChannelRateLimited, ChannelRejected, ChannelUnreachable, StoreUnavailable
from tests.connections import HeldConnection, ListInbox, OpenTenure
from tests.contract.channels.worlds import NO_PLACE
from tests.wire.discord import payloads
from tests.wire.discord.payloads import ADA_ID, BOT_ID, CHANNEL_ID, DIRECT_ID, GUILD_ID, THREAD_ID
from tests.wire.discord.server import DiscordServer

TOKEN = "a.secret-token"
IDENTIFY, RESUME = 2, 6
IN_GUILD = {"guild_id": GUILD_ID}
Connect = Callable[..., HeldConnection]


@pytest.fixture
def server() -> Iterator[DiscordServer]:
    with DiscordServer(TOKEN) as running:
        yield running


@pytest.fixture
def inbox() -> ListInbox:
    return ListInbox()


@pytest.fixture
def connect(server: DiscordServer, inbox: ListInbox) -> Iterator[Connect]:
    """Connections that end with the test, and of which nothing is left."""
    before = set(threading.enumerate())
    held, accounts = [], []

    def open_connection(into: ListInbox = inbox, **changes: object) -> HeldConnection:
        section = {"token": TOKEN, "api_base": server.url} | changes
        accounts.append(DiscordPlugin().open_account("default", section, NO_PLACE))
        held.append(HeldConnection(accounts[-1], into, OpenTenure()))
        return held[-1].__enter__()

    yield open_connection
    for connection in held:
        connection.__exit__()
    for account in accounts:
        account.close()
    assert {thread.name for thread in set(threading.enumerate()) - before} == set()


class AwayAtFirst(ListInbox):
    """Cannot store messages so many times."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times = times

    def accept(self, *envelopes: InboundEnvelope, cursor: str | None = None) -> None:
        if envelopes and self.times:
            self.times -= 1
            raise StoreUnavailable("away")
        super().accept(*envelopes, cursor=cursor)


def connected(server: DiscordServer, times: int = 1) -> None:
    server.wait_for(lambda s: s.connected == 1 and len(s.opcodes) >= times)


def leave(connection: HeldConnection) -> None:
    connection.tenure.end()
    connection.join(5)


def texts(inbox: ListInbox) -> list[str]:
    return [envelope.text for envelope in inbox.envelopes]


@pytest.mark.spec("C3")
def test_messages_arrive_with_what_routing_goes_by(server, inbox, connect):
    connect()
    connected(server)
    server.say("Hello")
    server.say(
        "<@!9000000000000000001> and you", **IN_GUILD, mentions=[payloads.BOT], member=payloads.member(roles=["5"])
    )
    inbox.wait_for(lambda i: len(i.envelopes) == 2)
    direct, channel = inbox.envelopes
    assert (direct.peer, direct.text, direct.mentioned) == (Peer("direct", ADA_ID), "Hello", None)
    assert direct.route == ReplyRoute("discord", "default", DIRECT_ID)
    assert (channel.peer, channel.text, channel.mentioned) == (Peer("channel", CHANNEL_ID), "and you", True)
    assert channel.extra["guild_id"] == GUILD_ID
    assert channel.extra["role_ids"] == ["5"]
    assert "claw" in inbox.identities


def test_a_thread_is_asked_for_once(server, inbox, connect):
    connect()
    connected(server)
    for word in ("one", "two"):
        server.say(word, **IN_GUILD, channel_id=THREAD_ID, channel_type=11)
    inbox.wait_for(lambda i: len(i.envelopes) == 2)
    envelope = inbox.envelopes[0]
    assert (envelope.peer, envelope.thread_id) == (Peer("channel", THREAD_ID), THREAD_ID)
    assert envelope.extra["parent_peer"] == {"kind": "channel", "id": CHANNEL_ID}
    assert len(server.called("GET", f"/channels/{THREAD_ID}")) == 1


def test_a_role_of_the_bot_mentions_it(server, inbox, connect):
    server.members[BOT_ID] = payloads.member(roles=[payloads.BOT_ROLE])
    connect()
    connected(server)
    server.say("helpers", **IN_GUILD, mention_roles=[payloads.BOT_ROLE])
    server.say("others", **IN_GUILD, mention_roles=["3"])
    inbox.wait_for(lambda i: len(i.envelopes) == 2)
    assert [envelope.mentioned for envelope in inbox.envelopes] == [True, False]


def test_what_cannot_be_stored_is_kept_in_order_until_it_can(server, connect):
    inbox = AwayAtFirst(times=3)
    connect(inbox)
    connected(server)
    for word in ("one", "two", "three"):
        server.say(word)
    inbox.wait_for(lambda i: len(i.envelopes) == 3)
    assert texts(inbox) == ["one", "two", "three"]
    assert inbox.times == 0


def test_a_malformed_event_ends_nothing(server, inbox, connect):
    connect()
    connected(server)
    server.dispatch("MESSAGE_CREATE", {"id": 5})
    server.dispatch("MESSAGE_CREATE", "no object")
    server.dispatch("CHANNEL_UPDATE", {"id": None})
    server.dispatch("INTERACTION_CREATE", {"type": 2, "id": ["x"]})
    server.say("after")
    inbox.wait_for(lambda i: i.envelopes)
    assert texts(inbox) == ["after"]
    assert server.opcodes == [IDENTIFY]


@pytest.mark.parametrize(
    "disturb",
    [
        lambda server: server.close_sockets(4000),
        lambda server: server.close_sockets(1001),
        lambda server: server.ask_to_reconnect(),
    ],
    ids=["dropped", "going away", "asked to reconnect"],
)
def test_a_connection_that_ends_is_resumed_and_nothing_is_missed(server, inbox, connect, disturb):
    connect()
    connected(server)
    disturb(server)
    server.say("meanwhile")
    connected(server, times=2)
    inbox.wait_for(lambda i: i.envelopes)
    assert texts(inbox) == ["meanwhile"]
    assert server.opcodes == [IDENTIFY, RESUME]


def test_a_session_that_discord_ends_begins_anew(server, inbox, connect):
    connect()
    connected(server)
    server.invalidate()
    connected(server, times=2)
    server.say("Hello again")
    inbox.wait_for(lambda i: i.envelopes)
    assert server.opcodes == [IDENTIFY, IDENTIFY]


def test_a_connection_that_has_gone_silent_is_resumed(inbox, connect, server):
    server.heartbeat_seconds = 0.1
    connect(heartbeat_timeout_seconds=0.4)
    connected(server)
    server.fall_silent()
    connected(server, times=2)
    server.say("back")
    inbox.wait_for(lambda i: i.envelopes)
    assert server.opcodes == [IDENTIFY, RESUME]


@pytest.mark.parametrize("code", [4007, 4009])
def test_a_session_that_cannot_be_resumed_is_given_up(server, inbox, connect, code):
    first = connect()
    connected(server)
    server.say("first")
    inbox.wait_for(lambda i: i.envelopes)
    leave(first)
    server.wait_for(lambda s: s.connected == 0)
    server.turn_away.extend([code, code])
    begun = len(server.opcodes)
    connect()
    connected(server, times=begun + 3)
    assert server.opcodes[begun:] == [RESUME, RESUME, IDENTIFY]


def test_accounts_of_one_process_keep_to_their_own_addresses(server, inbox, connect):
    other = ListInbox()
    with DiscordServer("another.token") as elsewhere:
        connect()
        second = connect(other, token="another.token", api_base=elsewhere.url)
        connected(server)
        connected(elsewhere)
        server.say("here")
        elsewhere.say("there")
        inbox.wait_for(lambda i: i.envelopes)
        other.wait_for(lambda i: i.envelopes)
        leave(second)
    assert (texts(inbox), texts(other)) == (["here"], ["there"])


@pytest.mark.spec("C3")
def test_the_next_holder_goes_on_where_the_last_one_was(server, inbox, connect):
    first = connect()
    connected(server)
    server.say("first")
    inbox.wait_for(lambda i: i.envelopes)
    leave(first)
    server.wait_for(lambda s: s.close_codes == [4000])
    message = server.say("between")
    server.dispatch("MESSAGE_DELETE", {"id": message["id"], "channel_id": DIRECT_ID})
    connect()
    inbox.wait_for(lambda i: len(i.envelopes) == 3)
    assert [(each.event, each.text) for each in inbox.envelopes] == [
        ("message", "first"),
        ("message", "between"),
        ("delete", ""),
    ]
    assert server.opcodes == [IDENTIFY, RESUME]


def test_what_the_last_holder_could_not_store_comes_again(server, inbox, connect):
    first = connect()
    connected(server)
    server.say("first")
    inbox.wait_for(lambda i: i.envelopes)
    inbox.broken = True
    server.say("lost?")
    leave(first)
    server.wait_for(lambda s: s.connected == 0)
    inbox.broken = False
    connect()
    inbox.wait_for(lambda i: len(i.envelopes) == 2)
    assert texts(inbox) == ["first", "lost?"]


def test_once_the_session_is_forgotten_the_known_channels_are_read(server, inbox, connect):
    server.members[ADA_ID] = payloads.member(roles=["5"], user=payloads.ADA)
    first = connect()
    connected(server)
    server.say("direct")
    server.say("channel", **IN_GUILD)
    server.say("thread", **IN_GUILD, channel_id=THREAD_ID, channel_type=11)
    inbox.wait_for(lambda i: len(i.envelopes) == 3)
    leave(first)
    server.wait_for(lambda s: s.connected == 0)
    server.invalidate()
    server.say("direct, missed")
    server.say("channel, missed", **IN_GUILD)
    server.say("channel, missed too", **IN_GUILD)
    server.say("thread, missed", **IN_GUILD, channel_id=THREAD_ID, channel_type=11)
    before = list(inbox.envelopes)
    connect()
    inbox.wait_for(lambda i: len(i.envelopes) == 7)
    missed = inbox.envelopes[3:]
    assert [each.text for each in missed] == [
        "direct, missed",
        "channel, missed",
        "channel, missed too",
        "thread, missed",
    ]
    # Sessions and routes are those of a message that came in time.
    for was, now in ((before[0], missed[0]), (before[1], missed[1]), (before[2], missed[3])):
        assert (now.peer, now.thread_id, now.route) == (was.peer, was.thread_id, was.route)
    assert missed[1].extra["role_ids"] == ["5"]
    assert server.opcodes == [IDENTIFY, RESUME, IDENTIFY]
    assert len(server.called("GET", f"/guilds/{GUILD_ID}/members/{ADA_ID}")) == 1


def test_a_message_that_is_read_again_is_the_same_event(server, inbox, connect):
    first = connect()
    connected(server)
    server.say("seen")
    inbox.wait_for(lambda i: i.envelopes)
    leave(first)
    again = ListInbox()
    first = connect(again)
    connected(server, times=2)
    server.dispatch("MESSAGE_CREATE", server.messages[0])
    again.wait_for(lambda i: i.envelopes)
    leave(first)
    assert again.envelopes[0].event_id == inbox.envelopes[0].event_id


def test_a_cursor_of_another_bot_is_left_alone(server, inbox, connect):
    inbox.cursors.append('{"bot":"1","channels":{"42":"5"},"session":{"id":"x","url":"ws://127.0.0.1:1/","seq":1}}')
    connect()
    connected(server)
    assert server.opcodes == [IDENTIFY]


def test_a_command_is_deferred_and_then_shows_what_was_asked(server, inbox, connect):
    connect()
    connected(server)
    data = {"id": "1", "name": "model", "type": 1, "options": [{"name": "args", "type": 3, "value": "fast_one"}]}
    server.dispatch("INTERACTION_CREATE", payloads.interaction("77", 2, data))
    inbox.wait_for(lambda i: i.envelopes)
    assert (inbox.envelopes[0].text, inbox.envelopes[0].mentioned) == ("/model fast_one", True)
    original = f"/webhooks/{payloads.APPLICATION_ID}/token-77/messages/@original"
    server.wait_for(lambda s: s.called("PATCH", original))
    assert server.called("POST", "/interactions/77/token-77/callback") == [{"type": 5}]
    assert server.called("PATCH", original) == [{"content": r"/model fast\_one", "allowed_mentions": {"parse": []}}]


def test_a_pressed_button_is_acknowledged_once_it_is_stored(server, inbox, connect):
    connect()
    connected(server)
    press = payloads.interaction("78", 3, {"custom_id": "yes", "component_type": 2}, message=payloads.in_guild("55"))
    server.dispatch("INTERACTION_CREATE", press)
    inbox.wait_for(lambda i: i.envelopes)
    assert (inbox.envelopes[0].text, inbox.envelopes[0].message_id) == ("yes", "55")
    server.wait_for(lambda s: s.called("POST", "/interactions/78/token-78/callback") == [{"type": 6}])


def test_reactions_to_the_bots_own_messages_arrive_and_others_do_not(server, inbox, connect):
    connect()
    connected(server)
    server.say("mine", author=payloads.BOT)
    mine = server.messages[-1]["id"]
    server.dispatch("MESSAGE_REACTION_ADD", payloads.reaction("1", message_author_id=ADA_ID))
    server.dispatch("MESSAGE_REACTION_ADD", payloads.reaction(mine, message_author_id=BOT_ID))
    server.dispatch("MESSAGE_REACTION_REMOVE", payloads.reaction(mine))
    server.dispatch("MESSAGE_REACTION_ADD", payloads.reaction(mine, message_author_id=BOT_ID))
    inbox.wait_for(lambda i: len(i.envelopes) == 3)
    assert [each.event for each in inbox.envelopes] == ["reaction", "unreaction", "reaction"]
    assert {each.message_id for each in inbox.envelopes} == {mine}
    assert len({each.event_id for each in inbox.envelopes}) == 3


@pytest.mark.parametrize(("code", "words"), [(4004, "token"), (4014, "Message Content Intent"), (4011, "servers")])
def test_what_the_gateway_refuses_for_good_is_not_tried_again(server, inbox, connect, code, words):
    server.turn_away.append(code)
    connection = connect()
    connection.join()
    assert isinstance(connection.error, ChannelRejected)
    assert words in str(connection.error)


def test_a_missing_intent_says_where_it_is_switched_on(server, inbox, connect):
    server.application["flags"] = 0
    connection = connect()
    connection.join()
    assert isinstance(connection.error, ChannelRejected)
    assert "discord.com/developers" in str(connection.error)


def test_without_the_text_of_messages_the_intent_is_not_needed(server, inbox, connect):
    server.application["flags"] = 0
    connect(message_content=False)
    connected(server)


def test_a_wrong_token_is_not_tried_again(server, inbox, connect):
    connection = connect(token="another.token")
    connection.join()
    assert isinstance(connection.error, ChannelRejected)
    assert "another.token" not in str(connection.error)


def test_no_more_sessions_are_begun_than_discord_allows(server, inbox, connect):
    server.starts_left = 0
    connection = connect()
    connection.join()
    assert isinstance(connection.error, ChannelRateLimited)
    assert connection.error.retry_after_seconds == 7
    assert server.opcodes == []


def test_a_gateway_that_ends_every_connection_is_left_to_the_back_off(server, inbox, connect):
    server.turn_away.extend([4000] * 20)
    connection = connect()
    connection.join()
    assert isinstance(connection.error, ChannelUnreachable)


def test_a_platform_that_is_away_is_unreachable(server, inbox, connect):
    connection = connect(api_base="http://127.0.0.1:9/api/v10")
    connection.join()
    assert isinstance(connection.error, ChannelUnreachable)


def test_a_tenure_that_ends_while_nothing_can_be_stored_ends_the_connection(server, inbox, connect):
    connection = connect()
    connected(server)
    inbox.broken = True
    server.say("stuck")
    connection.tenure.end()
    connection.join(5)
    assert connection.error is None


def test_a_tenure_that_is_over_before_it_begins_connects_to_nothing(server, inbox):
    tenure = OpenTenure()
    tenure.end()
    account = DiscordPlugin().open_account("default", {"token": TOKEN, "api_base": server.url}, NO_PLACE)
    account.connect(inbox, tenure)
    account.close()
    assert server.opcodes == []


def test_the_route_of_what_arrived_leads_back(server, inbox, connect):
    connect()
    connected(server)
    said = server.say("Hello")
    inbox.wait_for(lambda i: i.envelopes)
    account = DiscordPlugin().open_account("default", {"token": TOKEN, "api_base": server.url}, NO_PLACE)
    account.send(replace(inbox.envelopes[0].route, reply_to=inbox.envelopes[0].message_id), "Hi")
    account.close()
    assert server.called("POST", f"/channels/{DIRECT_ID}/messages") == [
        {
            "content": "Hi",
            "allowed_mentions": {"parse": []},
            "message_reference": {"message_id": said["id"], "fail_if_not_exists": False},
        }
    ]


def test_the_samples_of_these_tests_are_what_discord_py_reads():
    async def read() -> list[str]:
        client = discord.Client(intents=discord.Intents.all())
        await client._async_setup_hook()
        state, told = client._connection, []
        state.user = discord.ClientUser(state=state, data=payloads.BOT)
        state.dispatch = lambda event, *_: told.append(event)
        state.parse_guild_create(payloads.GUILD)
        state.parse_message_create(
            payloads.message("5", attachments=[payloads.attachment("a", "image/png", "http://x")])
        )
        state.parse_message_create(payloads.in_guild("6"))
        state.parse_interaction_create(payloads.interaction("7", 2, {"id": "1", "name": "status", "type": 1}))
        state.parse_message_reaction_add(payloads.reaction("5"))
        return told

    assert asyncio.run(read()) == [
        "guild_available",
        "message",
        "message",
        "interaction",
        "raw_reaction_add",
        "reaction_add",
    ]
