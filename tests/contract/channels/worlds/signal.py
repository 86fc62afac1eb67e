"""Signal: a number at a signal-cli daemon."""

from __future__ import annotations

import tempfile
from pathlib import Path

from openclaw.channels.signal.manifest import SignalPlugin
from openclaw.domain.envelope import ReplyRoute
from openclaw.ports.channel import AccountPlace
from tests.wire.signal.envelopes import ADA, ME
from tests.wire.signal.server import Fault, SignalServer


class SignalWorld:
    plugin = SignalPlugin()
    route = ReplyRoute("signal", "default", ADA)
    refused_chars = 64 * 1024 + 1

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.server = SignalServer().start()
        section = {"account": ME, "api_base": self.server.url, "read_timeout_seconds": 10}
        self.account = self.plugin.open_account("default", section, AccountPlace(Path(self._folder.name) / "account"))

    def taken(self) -> list[str]:
        return [params["message"] for params in self.server.sent]

    def typing_notes(self) -> int:
        return len(self.server.params_of("sendTyping"))

    def rate_limit(self, seconds: int) -> None:
        result = {"type": "RATE_LIMIT_FAILURE", "retryAfterSeconds": seconds}
        self.server.fail(Fault(code=-5, message="Failed to send message due to rate limiting", results=(result,)))

    def refuse(self) -> None:
        self.server.fail(Fault(results=({"type": "UNREGISTERED_FAILURE"},)))

    def unplug(self) -> None:
        self.server.stop()

    def swallow_the_answer(self) -> None:
        self.server.fail(Fault("swallow"))

    def close(self) -> None:
        self.account.close()
        self.server.stop()
        self._folder.cleanup()


WORLD = SignalWorld
