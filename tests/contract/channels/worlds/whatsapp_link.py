"""WhatsApp as a linked device: a link process that the test plays."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from openclaw.channels.whatsapp.manifest import WhatsAppPlugin
from openclaw.domain.envelope import ReplyRoute
from openclaw.ports.channel import AccountPlace
from tests.connections import HeldConnection, ListInbox
from tests.wire.whatsapp.link import PlayedLink


class WhatsAppLinkWorld:
    refused_chars = 8_192
    plugin = WhatsAppPlugin()
    route = ReplyRoute("whatsapp", "default", "16505551234")

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._link = PlayedLink()
        self._link.__enter__()
        self._link.answer = self._answer
        self._next: dict[str, Any] | None = None
        self._swallow = False
        self._taken: list[str] = []
        section = {"mode": "link", "command": self._link.command}
        place = AccountPlace(Path(self._folder.name) / "account")
        self.account = self.plugin.open_account("default", section, place)
        self._connection = HeldConnection(self.account, ListInbox())
        self._connection.__enter__()
        self._link.connected()
        self._connection.inbox.wait_for(lambda inbox: inbox.identities)

    def taken(self) -> list[str]:
        return self._taken

    def typing_notes(self) -> int:
        return len([request for request in self._link.requests if request["op"] == "typing"])

    def rate_limit(self, seconds: int) -> None:
        self._next = {"kind": "rate-limited", "message": "rate-overlimit", "retry_after": seconds}

    def refuse(self) -> None:
        self._next = {"kind": "rejected", "message": "you're not participating in that group"}

    def unplug(self) -> None:
        self._connection.tenure.end()
        self._connection.join()

    def swallow_the_answer(self) -> None:
        self._swallow = True

    def close(self) -> None:
        self.unplug()
        self._link.__exit__()
        self._folder.cleanup()

    def _answer(self, request: dict[str, Any]) -> dict[str, Any] | None:
        error, self._next = self._next, None
        if error is not None:
            return {"error": error}
        self._taken += [request["text"]] if request["op"] == "text" else []
        if self._swallow:
            self._link.tell(die=3)
            return None
        return {"ok": {"message_id": f"3EB0{request['id']:04}"}}


WORLD = WhatsAppLinkWorld
