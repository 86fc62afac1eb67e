"""iMessage: an imsg that the test plays."""

from __future__ import annotations

import tempfile
from pathlib import Path

from openclaw.channels.imessage.limits import MAX_TEXT_CHARS
from openclaw.channels.imessage.manifest import IMessagePlugin
from openclaw.domain.envelope import ReplyRoute
from openclaw.ports.channel import AccountPlace
from tests.connections import HeldConnection, ListInbox
from tests.wire.imessage.imsg import ADA, PlayedImsg


class IMessageWorld:
    plugin = IMessagePlugin()
    route = ReplyRoute("imessage", "default", ADA)
    refused_chars = MAX_TEXT_CHARS + 1
    #: imsg says that it is busy, and not how long.
    own_wait_seconds = 5

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        folder = Path(self._folder.name)
        self._imsg = PlayedImsg(folder).__enter__()
        section = {"imsg_path": str(self._imsg.program)}
        self.account = self.plugin.open_account("default", section, AccountPlace(folder / "account"))
        self._held = HeldConnection(self.account, ListInbox()).__enter__()
        self._held.inbox.wait_for(lambda inbox: inbox.identities)

    def taken(self) -> list[str]:
        return [params["text"] for params in self._imsg.sent]

    def typing_notes(self) -> int:
        return len(self._imsg.requests_of("typing"))

    def rate_limit(self, seconds: int) -> None:
        del seconds
        self._imsg.fail("send", {"code": -32000, "message": "Server busy", "data": "too many requests"})

    def refuse(self) -> None:
        self._imsg.fail("send", {"code": -32602, "message": "Invalid params", "data": "unknown chat_id 42"})

    def unplug(self) -> None:
        self._held.tenure.end()
        self._held.join()

    def swallow_the_answer(self) -> None:
        self._imsg.fail("send", None)

    def close(self) -> None:
        self.unplug()
        self.account.close()
        self._imsg.__exit__()
        self._folder.cleanup()


WORLD = IMessageWorld
