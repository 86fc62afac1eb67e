"""What a library that is not ours makes of our updates and of our calls: python-telegram-bot's models and signatures."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import telegram

from openclaw.channels.telegram.limits import ALLOWED_UPDATES
from openclaw.channels.telegram.manifest import TelegramPlugin
from openclaw.domain.chat_commands import menu
from openclaw.domain.envelope import RemoteFile, ReplyRoute
from openclaw.ports.channel import AccountPlace, OutboundFile
from tests.connections import HeldConnection, ListInbox
from tests.wire.telegram import updates
from tests.wire.telegram.server import BotApiServer

pytestmark = pytest.mark.spec("C1")

TOKEN = "8123456:AAF-very_secret_token"
ROUTE = ReplyRoute("telegram", "default", "42", thread_id="9", reply_to="5")
UPDATES = {
    "message": updates.message(),
    "topic": updates.message(chat=updates.FORUM, message_thread_id=9, is_topic_message=True),
    "reply": updates.message(reply_to_message=updates.message(9)["message"]),
    "channel post": updates.channel_post(),
    "edit": updates.edited(updates.message()),
    "edited post": updates.edited(updates.channel_post()),
    "reaction": updates.reaction(old=["👎"], new=["👍"]),
    "migration": updates.message(text=None, chat=updates.SUPERGROUP, migrate_to_chat_id=-100777),
    **{kind: updates.message(text=None, **fields) for kind, fields in updates.MEDIA.items()},
}
#: Parameters that are objects, and what reads them.
OBJECTS: dict[str, Callable[[Any], Any]] = {
    "reply_parameters": lambda data: telegram.ReplyParameters.de_json(data, None),
    "reply_markup": lambda data: telegram.InlineKeyboardMarkup.de_json(data, None),
    "reaction": lambda data: telegram.ReactionType.de_list(data, None),
    "commands": lambda data: telegram.BotCommand.de_list(data, None),
}


@pytest.fixture(autouse=True)
def durations_as_the_library_will_have_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")


def strangers(read: Any) -> dict[str, Any]:
    """Fields that the library does not know, anywhere in what it has read."""
    found: dict[str, Any] = {}
    if isinstance(read, telegram.TelegramObject):
        found |= dict(read.api_kwargs)
        for name in read.to_dict(recursive=False):
            found |= strangers(getattr(read, name, None))
    elif isinstance(read, list | tuple):
        for each in read:
            found |= strangers(each)
    return found


@pytest.mark.parametrize("update", UPDATES.values(), ids=UPDATES.keys())
def test_the_updates_that_our_tests_are_made_of_are_telegrams(update):
    read = telegram.Update.de_json(update, None)
    assert strangers(read) == {}
    assert read.update_id == update["update_id"]


def test_the_kinds_of_updates_that_we_ask_for_exist():
    assert set(ALLOWED_UPDATES) <= set(telegram.Update.ALL_TYPES)


def every_call_of(server: BotApiServer) -> list[tuple[str, dict[str, Any]]]:
    """Let an account do all it can; what it called."""
    hook = {"token": TOKEN, "webhook_secret": "hook", "webhook_url": "https://a.example/hook", "api_base": server.url}
    account = TelegramPlugin().open_account("default", hook, AccountPlace(Path("/nowhere")))
    server.hold_file("A", b"content")
    sent = account.send(ROUTE, "**Hello**").provider_message_id
    account.send_with_buttons(ROUTE, "Run it?", [("Yes", "/approve ab yes")])
    for mime, voice in (("image/png", False), ("audio/ogg", True), ("audio/mpeg", False), ("text/plain", False)):
        account.send_file(ROUTE, OutboundFile(b"content", mime, "name", voice_note=voice), "caption")
    account.typing(ROUTE)
    account.edit(ROUTE, sent, "Hello again")
    account.react(ROUTE, sent, "👀")
    account.react(ROUTE, sent, "👀", remove=True)
    account.delete(ROUTE, sent)
    account.fetch_file(RemoteFile("A"), 1000)
    account.register_webhook()
    account.offer_commands(menu())
    assert account.probe(5).ok
    account._acknowledge("9001")
    account.close()
    poll = TelegramPlugin().open_account(
        "default", {"token": TOKEN, "mode": "poll", "api_base": server.url}, AccountPlace(Path("/nowhere"))
    )
    server.post(updates.message(7))
    with HeldConnection(poll, ListInbox()) as held:
        held.inbox.wait_for(lambda inbox: inbox.envelopes)
    poll.close()
    with server._lock:
        return [(method, payload) for method, payload in server._calls if method != "file"]


def test_every_call_is_one_that_the_library_would_make():
    with BotApiServer(token=TOKEN) as server:
        calls = every_call_of(server)
    assert len({method for method, _ in calls}) == 17
    for method, payload in calls:
        name = re.sub(r"([A-Z])", lambda found: "_" + found[1].lower(), method)
        known = inspect.signature(getattr(telegram.Bot, name)).parameters
        needed = {each for each, what in known.items() if what.default is inspect.Parameter.empty} - {"self"}
        assert needed <= set(payload) <= set(known), (method, payload)
        for parameter in OBJECTS.keys() & payload.keys():
            assert strangers(OBJECTS[parameter](payload[parameter])) == {}, (method, parameter)
