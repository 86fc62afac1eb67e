"""Messages in, faults in, and the wait until everything has settled."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import threading
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import redis
import websocket

from tests.chaos.ledger import MARK, Ledger
from tests.stack import CallError, Client, Stack

#: Faults by name; chosen at random.
FAULTS = ("worker", "worker", "worker", "gateway", "beat", "redis", "flushall")


@dataclass
class Storm:
    """Sends ``messages`` messages into ``sessions`` sessions while faults strike."""

    stack: Stack
    seed: int
    sessions: int = 40
    messages: int = 200
    fault_pause: tuple[float, float] = (0.5, 2.0)
    text: str = ""
    faults: list[str] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self._lock = threading.Lock()

    # --- messages ---------------------------------------------------------------------------------------------

    def send_all(self, seconds: float) -> None:
        """Spread the messages over ``seconds``: half by webhook, half by WebSocket, each session in order."""
        plans: dict[int, list[int]] = {}
        for number in range(self.messages):
            plans.setdefault(number % self.sessions, []).append(number)
        threads = [
            threading.Thread(target=self._speak, args=(session, numbers, seconds), daemon=True)
            for session, numbers in plans.items()
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(seconds + 120)
            if thread.is_alive():
                self.errors.append("a sender is stuck")

    def _speak(self, session: int, numbers: list[int], seconds: float) -> None:
        pause = threading.Event()
        own = random.Random(self.seed * 1000 + session)
        for number in numbers:
            pause.wait(own.random() * 2 * seconds / max(1, len(numbers)))
            mark = f"{MARK}{number}!"
            with self._lock:
                self.marks.append(mark)
            try:
                (self._by_webhook if session % 2 else self._by_socket)(session, number, f"{self.text} {mark}")
            except (AssertionError, TimeoutError) as error:
                self.errors.append(f"{mark} could not be delivered: {error}")

    def _by_webhook(self, session: int, number: int, text: str) -> None:
        """As the platform does it: again and again until it hears 200."""
        update = {
            "update_id": 1_000_000 + number,
            "message": {
                "message_id": number + 1,
                "date": int(time.time()),
                "chat": {"id": 5000 + session, "type": "private", "first_name": "Ada"},
                "from": {"id": 5000 + session, "is_bot": False, "first_name": "Ada"},
                "text": text,
            },
        }
        body = json.dumps(update).encode()

        def post() -> bool:
            request = urllib.request.Request(
                f"{self.stack.url}/webhooks/telegram/default",
                data=body,
                headers={"content-type": "application/json", "x-telegram-bot-api-secret-token": "hook-secret"},
            )
            with contextlib.suppress(OSError), urllib.request.urlopen(request, timeout=10) as response:
                return bool(response.status == 200)
            return False

        until(post, 90, "webhook")

    def _by_socket(self, session: int, number: int, text: str) -> None:
        """As a client does it: the same key again until the gateway has answered."""

        def send() -> bool:
            try:
                client = Client(self.stack.facts["ws_url"], self.stack.token, timeout=10)
            except (OSError, AssertionError, ValueError, CallError, websocket.WebSocketException):
                return False  # the gateway is down or starting: try again
            try:
                client.call(
                    "chat.send",
                    sessionKey=f"agent:main:chaos-{session}",
                    message=text,
                    idempotencyKey=f"chaos-{number}",
                    queueMode="followup",
                )
                return True
            except (CallError, ConnectionError, AssertionError, OSError):
                return False
            finally:
                with contextlib.suppress(OSError, websocket.WebSocketException):
                    client.close()

        until(send, 90, "chat.send")

    # --- faults -----------------------------------------------------------------------------------------------

    def strike_until(self, stopped: threading.Event) -> None:
        """Strike at random moments until told to stop."""
        while not stopped.wait(self.random.uniform(*self.fault_pause)):
            fault = self.random.choice(FAULTS)
            try:
                self.strike(fault)
            except (OSError, IndexError, redis.RedisError, ValueError):
                continue  # the victim is already down
            self.faults.append(fault)

    def strike(self, fault: str) -> None:
        if fault == "flushall":
            with redis.Redis(unix_socket_path=str(self.redis_socket()), socket_timeout=2) as client:
                client.flushall()
            return
        os.kill(self.random.choice(self.stack.pids(fault)), signal.SIGKILL)

    def redis_socket(self) -> Any:
        found = list((self.stack.home / "redis").glob("*.sock"))
        if not found:
            raise OSError("no socket")
        return found[0]

    # --- settling ---------------------------------------------------------------------------------------------

    def settle(self, seconds: float) -> Ledger:
        """Wait until nothing is unfinished."""
        ledger = Ledger(self.stack.home / "openclaw.db")
        until(lambda: ledger.unfinished() == 0, seconds, f"settling: {ledger.unfinished()} unfinished")
        return ledger


def until(condition: Callable[[], bool], seconds: float, what: str) -> None:
    """Poll until true; AssertionError past the deadline."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < deadline, f"{what} took longer than {seconds} s"
        pause.wait(0.2)
