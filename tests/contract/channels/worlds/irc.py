"""IRC: a server, and the connection that messages leave over."""

from __future__ import annotations

from openclaw.channels.irc.limits import MAX_TEXT_BYTES
from openclaw.channels.irc.manifest import IrcPlugin
from openclaw.channels.irc.render import without_codes
from openclaw.domain.envelope import ReplyRoute
from tests.connections import HeldConnection, ListInbox
from tests.contract.channels.worlds import NO_PLACE
from tests.wire.irc.server import IrcServer


class IrcWorld:
    plugin = IrcPlugin()
    route = ReplyRoute("irc", "default", "42")
    refused_chars = MAX_TEXT_BYTES + 1

    def __init__(self) -> None:
        self.server = IrcServer().__enter__()
        section = {
            "host": "127.0.0.1",
            "port": self.server.port,
            "tls": False,
            "nick": "claw",
            "lines_per_second": 9999,
        }
        self.account = self.plugin.open_account("default", section, NO_PLACE)
        self.held = HeldConnection(self.account, ListInbox()).__enter__()
        self.held.inbox.wait_for(lambda inbox: inbox.identities)

    def taken(self) -> list[str]:
        return [without_codes(text) for _, text in self.server.messages]

    def typing_notes(self) -> int:
        return 0

    def rate_limit(self, seconds: int) -> None:
        self.server.wait_seconds = seconds
        self.server.fail("wait")

    def refuse(self) -> None:
        self.server.fail("refuse")

    def unplug(self) -> None:
        self.server.stop()
        self.held.join()

    def swallow_the_answer(self) -> None:
        self.server.fail("swallow")

    def close(self) -> None:
        self.held.__exit__()
        self.account.close()
        self.server.stop()


WORLD = IrcWorld
