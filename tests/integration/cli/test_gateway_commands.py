"""``openclaw gateway status | probe | call | …``, against a real gateway and against none."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from openclaw.errors import StoreUnavailable
from tests.integration.cli.fake_gateway import FakeGateway
from tests.integration.cli.in_process import Cli, Done, cli
from tests.integration.web.serving import Served, serving
from tests.integration.web.twins import TOKEN, Desk
from tests.waiting import wait_until

__all__ = ["cli"]
pytestmark = pytest.mark.spec("A4")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("gateway")
    with serving(Desk(), folder) as running:
        yield running


@pytest.fixture
def ask(served: Served, cli: Cli) -> Cli:
    def run(*arguments: str, **options: str) -> Done:
        here = {"OPENCLAW_GATEWAY_URL": f"ws://127.0.0.1:{served.port}", "OPENCLAW_GATEWAY_TOKEN": TOKEN}
        return cli("gateway", *arguments, **{**here, **options})

    return run


def test_a_gateway_that_is_ready_says_so_with_its_start(ask: Cli) -> None:
    found = json.loads(ask("status", "--json").out)
    assert (found["reachable"], found["ready"], found["version"]) == (True, True, "1.2.3")
    assert [step["step"] for step in found["startup"]][-1] == "reload"
    done = ask("status")
    assert (done.code, "ready at ws://127.0.0.1" in done.out, "broadcast" in done.out) == (0, True, True)


def test_a_gateway_that_lacks_a_part_is_not_ready(ask: Cli, served: Served) -> None:
    served.desk.trouble = StoreUnavailable()
    try:
        # What was found is told again for up to a second.
        wait_until(lambda: "not ready" in ask("status").out)
        done = ask("status")
        assert (done.code, "database" in done.out) == (1, True)
    finally:
        served.desk.trouble = None
    wait_until(lambda: ask("status").code == 0)


def test_a_wrong_token_is_told_beside_what_needs_none(ask: Cli) -> None:
    done = ask("status", OPENCLAW_GATEWAY_TOKEN="wrong")
    assert (done.code, "ready at" in done.out, "token mismatch" in done.err) == (1, True, True)


def test_without_a_gateway_it_says_how_to_start_one(cli: Cli) -> None:
    done = cli("gateway", "status", "--url", "ws://127.0.0.1:9")
    assert (done.code, "not running" in done.out, "openclaw up" in done.err) == (1, True, True)
    assert json.loads(cli("gateway", "status", "--json", "--url", "ws://127.0.0.1:9").out)["reachable"] is False
    assert cli("gateway", "probe", "--url", "ws://127.0.0.1:9").code == 1


class _Stranger(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, *_: object) -> None:
        return None


def test_something_else_on_the_port_is_no_gateway(cli: Cli) -> None:
    server = HTTPServer(("127.0.0.1", 0), _Stranger)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        done = cli("gateway", "status", "--url", f"ws://127.0.0.1:{server.server_port}")
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert (done.code, "is no gateway" in done.err) == (1, True)


def test_a_port_that_says_nothing_is_given_up(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("openclaw.cli.commands.gateway.state._READY_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert cli("gateway", "status", "--url", f"ws://127.0.0.1:{silent.getsockname()[1]}").code == 1


def test_a_probe_says_what_this_client_may_do(ask: Cli, served: Served) -> None:
    found = json.loads(ask("probe", "--json").out)
    assert (found["ok"], found["scopes"]) == (True, ["operator.read"])
    results = {check["method"]: check["result"] for check in found["checks"]}
    assert (results["health"], results["system-presence"]) == ("ok", "ok")
    assert results["config.get"] == "unknown method: config.get"
    assert "scopes   operator.read" in ask("probe").out
    refused = json.loads(ask("probe", "--json", OPENCLAW_GATEWAY_TOKEN="wrong").out)
    assert (refused["ok"], "mismatch" in refused["error"]) == (False, True)


def test_any_method_is_called_with_the_scope_it_takes(ask: Cli) -> None:
    assert json.loads(ask("call", "agents.list").out)["defaultId"] == "main"
    node = ("call", "device.pair.setupCode", "--params", '{"bootstrapProfile": "node"}')
    done = ask(*node)
    assert (done.code, "missing scope" in done.err) == (1, True)
    assert json.loads(ask(*node, "--scope", "operator.admin").out)["access"] == "node"
    assert json.loads(ask("call", "sessions.list", "--params", "-", stdin='{"limit": 1}').out)["sessions"] == []


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("call", "no.such"), 1, "unknown method: no.such"),
        (("call", "health", "--params", "[1]"), 2, "must be a JSON object"),
        (("call", "health", "--params", "{"), 2, "is no JSON"),
        (("call", "node.event"), 2, "for nodes"),
    ],
)
def test_what_cannot_be_called_says_why(ask: Cli, arguments: tuple[str, ...], code: int, says: str) -> None:
    done = ask(*arguments)
    assert (done.code, says in done.err) == (code, True), done.err


def test_health_is_also_a_question_to_the_gateway(ask: Cli) -> None:
    assert ask("health").out.startswith("ok\n")


USAGE = {
    "days": 30,
    "daily": [
        {"date": "2026-11-22", "input": 0, "output": 0, "totalTokens": 0, "totalCost": 0},
        {"date": "2026-11-23", "input": 10, "output": 5, "totalTokens": 15, "totalCost": 0.25},
    ],
    "totals": {"input": 10, "output": 5, "totalTokens": 15, "totalCost": 0.25},
}
STABILITY = {
    "events": [{"seq": 1, "ts": 1, "type": "session.state", "outcome": "processing", "reason": "message_start"}],
    "summary": {"byType": {"session.state": 4, "message.queued": 9}},
}


@pytest.fixture
def fake() -> Iterator[FakeGateway]:
    gateway = FakeGateway()
    yield gateway
    gateway.close()


def test_what_was_counted_is_shown_as_tables(fake: FakeGateway, cli: Cli, tmp_path: Path) -> None:
    fake.answers = {"usage.cost": USAGE, "diagnostics.stability": STABILITY}
    here = {"OPENCLAW_GATEWAY_URL": fake.url, "OPENCLAW_GATEWAY_TOKEN": "right-token"}
    lines = cli("gateway", "usage-cost", "--days", "7", **here).out.splitlines()
    assert [line.split() for line in lines[1:]] == [
        ["2026-11-23", "10", "5", "15", "0.2500"],
        ["in", "all", "10", "5", "15", "0.2500"],
    ]
    assert fake.params_of("usage.cost") == {"days": 7}
    unpriced = {**USAGE["totals"], "totalCost": 0, "missingCostEntries": 2}
    partly = {**unpriced, "totalCost": 0.25}
    fake.answers["usage.cost"] = {"daily": [{**unpriced, "date": "2026-11-24"}], "totals": partly}
    lines = cli("gateway", "usage-cost", **here).out.splitlines()
    assert [line.split()[-3:] for line in lines[1:]] == [["5", "15", "unknown"], ["0.2500", "and", "more"]]
    shown = cli("gateway", "stability", **here).out
    assert "message_start" in shown
    assert shown.index("message.queued") < shown.rindex("session.state")
    assert json.loads(cli("gateway", "stability", "--json", **here).out) == STABILITY
