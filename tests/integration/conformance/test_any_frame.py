"""200,000 frames that no client means: no crash, no hang, and without a login no trace.

Most go straight into a connection's own code, of a fresh one each, so that none is passed over because an earlier one has
closed it; others through its reader and writer with a stand-in for the socket, and a smaller part over real ones. The same
seed gives the same frames.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from openclaw.store.models import metadata
from tests.integration.conformance.conftest import EVERY_SCOPE, Everything
from tests.integration.conformance.frame_mutations import Frames, every_method, recorded_requests
from tests.integration.web.client import BACKEND, Client, Closed
from tests.integration.web.devices import node
from tests.integration.web.twins import TOKEN
from web.auth.peer import Peer
from web.ws.connection import Connection
from web.ws.socket import PeerClosed

pytestmark = [pytest.mark.spec("B3", "B4"), pytest.mark.timeout(280)]

WITHOUT_LOGIN, THROUGH_THE_READER, WITH_LOGIN, OVER_SOCKETS = 126_000, 4_000, 69_999, 1_000
ENVIRON = {"REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "127.0.0.1:1", "PATH_INFO": "/"}
#: What a gateway may close a connection with.
CODES = {1000, 1002, 1008, 1009, 1013, 4001}


class Frontage:
    """In a socket's place: hands frames to the connection, and looks at what it sends."""

    def __init__(self, frames: Iterator[str]) -> None:
        self._frames = frames
        self.max_message_bytes = 0
        self.heard_at = time.monotonic()
        self.writing_since = 0.0
        self.taken = 0
        self.codes: list[int] = []
        self.last = b""

    def incoming(self) -> Iterator[Any]:
        for frame in self._frames:
            self.taken += 1
            yield frame
            if self.codes:
                break
        yield PeerClosed(1000, "")

    def write_text(self, payload: bytes) -> None:
        self.last = payload

    def write_close(self, code: int, _reason: str) -> None:
        self.codes.append(code)

    def write_ping(self) -> None:
        return None

    def write_pong(self, _payload: bytes) -> None:
        return None

    def abort(self) -> None:
        return None

    def release(self) -> None:
        return None


class Bugs(logging.Handler):
    """Whatever the gateway's own code reports as its own mistake."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        cause = record.exc_info[1] if record.exc_info else None
        self.found.append(f"{record.getMessage()}: {cause!r}")


@pytest.fixture
def bugs() -> Iterator[Bugs]:
    handler = Bugs()
    logger = logging.getLogger("web")
    logger.addHandler(handler)
    yield handler
    logger.removeHandler(handler)
    assert handler.found == []


def state(made: Everything) -> dict[str, Any]:
    """Everything that lasts: rows of every table, the configuration, files."""
    with made.world.database.read() as connection:
        rows = {
            t.name: connection.execute(select(func.count()).select_from(t)).scalar() for t in metadata.sorted_tables
        }
    home = made.served.gateway.services.state_dir
    files = {
        str(path.relative_to(home)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(Path(home).rglob("*"))
        if path.is_file() and not path.name.startswith(("openclaw.db", "cluster.db"))
    }
    return {"rows": rows, "files": files, "board": len(made.served.gateway.services.node_board.read().entries)}


def feed(made: Everything, frames: Iterator[str]) -> Frontage:
    frontage = Frontage(frames)
    made.served.gateway.serve(frontage, ENVIRON)  # type: ignore[arg-type]
    return frontage


def login(**changes: Any) -> str:
    params = {
        "minProtocol": 4,
        "maxProtocol": 4,
        "client": BACKEND,
        "caps": [],
        "role": "operator",
        "scopes": EVERY_SCOPE,
        "auth": {"token": TOKEN},
        **changes,
    }
    return json.dumps({"type": "req", "id": "login", "method": "connect", "params": params})


def test_without_a_login_no_frame_leaves_a_trace(everything: Everything, bugs: Bugs) -> None:
    gateway = everything.served.gateway
    frames = iter(Frames(20_261_127, recorded_requests() + every_method()))
    peer = Peer.from_environ(ENVIRON, gateway.services.facts.auth)
    before, taken = state(everything), 0
    for frame in itertools.islice(frames, WITHOUT_LOGIN):
        connection = Connection(gateway, Frontage(iter(())), peer)  # type: ignore[arg-type]
        connection._text(frame)  # a frame that is too much for it raises here
        assert not connection.admitted
        taken += 1
    while taken < WITHOUT_LOGIN + THROUGH_THE_READER:
        frontage = feed(everything, itertools.islice(frames, 1))
        taken += frontage.taken
        assert set(frontage.codes) <= CODES
        assert b'"hello-ok"' not in frontage.last
    assert state(everything) == before
    assert gateway.hub.connections == ()


@pytest.mark.parametrize("scopes", [[], ["operator.read"], EVERY_SCOPE], ids=["no scope", "reading", "every scope"])
def test_after_a_login_every_frame_is_answered_or_ignored(
    everything: Everything, bugs: Bugs, scopes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.ws.methods.message.ABORT_GRACE_SECONDS", 0.01)
    frames = iter(Frames(len(scopes), every_method()))
    before, taken = state(everything), 0
    while taken < WITH_LOGIN // 3:
        frontage = feed(everything, itertools.chain([login(scopes=scopes)], itertools.islice(frames, 500)))
        taken += frontage.taken - 1
        assert set(frontage.codes) <= CODES
    if "operator.admin" not in scopes:
        assert state(everything) == before
    with everything.client() as client:
        assert client.result("health", {})["ok"]


def test_over_real_sockets_the_gateway_survives_too(everything: Everything, bugs: Bugs) -> None:
    frames = iter(Frames(7, recorded_requests() + every_method()))
    sent = 0
    while sent < OVER_SOCKETS:
        with everything.served.stranger() as over:
            sent += _send_until_closed(over, frames)
    with everything.served.stranger() as over:
        assert everything.node.connect(over, **node())["ok"]
        for frame in itertools.islice(frames, 200):
            over.ws.send(frame.encode("utf-8", "replace"), 1)
        assert over.result("node.pending.pull", {})["nodeId"] == everything.node.id


def _send_until_closed(over: Client, frames: Iterator[str]) -> int:
    for number, frame in enumerate(itertools.islice(frames, 5), start=1):
        try:
            over.ws.send(frame.encode("utf-8", "replace"), 1)
            over.ws.settimeout(0.001)
            over.frame()
        except (Closed, OSError):
            return number
        except Exception as error:  # noqa: BLE001 - websocket-client's own kinds of a closed or quiet connection
            if "timed out" not in str(error):
                return number
    return 5
