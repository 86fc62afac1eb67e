"""A long answer is shown in the chat while it is written, and the reply takes that message's place."""

from __future__ import annotations

import pytest

from tests.chaos.ledger import Ledger
from tests.e2e.configs import ONE_BY_ONE, telegram
from tests.e2e.telegram_chat import Chat
from tests.stack import running_stack
from tests.waiting import wait_until
from tests.wire.telegram.server import BotApiServer

pytestmark = pytest.mark.spec("C10", "E10")


def test_an_answer_in_the_making_is_one_message_that_grows_into_the_reply():
    with BotApiServer() as bot, running_stack(ONE_BY_ONE + telegram(bot.url)) as stack:
        chat, ledger = Chat(stack, bot), Ledger(stack.home / "openclaw.db")
        chat.write("a story [[slow:4]][[tokens:60]]")
        chat.wait_shown()
        wait_until(lambda: ledger.unfinished() == 0, what="the reply is delivered")
        (reply,) = chat.shown
        (sent,) = chat.calls("sendMessage")
        edits = [call["text"] for call in chat.calls("editMessageText")]
        assert len(sent["text"]) < len(reply.text), "it was shown before it was whole"
        assert (edits[-1], {len(edit) > len(sent["text"]) for edit in edits}) == (reply.text, {True})
        assert {row["state"] for row in ledger.query("SELECT state FROM outbox")} == {"sent"}
