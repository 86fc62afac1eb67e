"""``openclaw sessions``: listed, made, filed, found and deleted at a real gateway over a real database."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from openclaw.coordination.memory_stream import MemoryRunStream
from tests.integration.cli.in_process import Cli, Done, cli
from tests.integration.web.serving import serving
from tests.integration.web.sql_parts import sql_parts
from tests.integration.web.twins import TOKEN, Desk

__all__ = ["cli"]
pytestmark = pytest.mark.spec("A4", "K5")

Run = Callable[..., Done]


@pytest.fixture
def run(cli: Cli, tmp_path: Path) -> Iterator[Run]:
    state = tmp_path / "gateway"
    state.mkdir()
    stream = MemoryRunStream(tick_seconds=0.05)
    database, parts = sql_parts(stream, state)
    with serving(Desk(stream), state, **parts) as served:
        yield lambda *arguments, **options: cli(
            *arguments,
            OPENCLAW_GATEWAY_URL=f"ws://127.0.0.1:{served.port}",
            OPENCLAW_GATEWAY_TOKEN=TOKEN,
            **options,
        )
    database.close()


def test_a_session_from_its_beginning_to_its_end(run: Run) -> None:
    assert "no sessions yet" in run("sessions").out
    assert run("sessions", "create", "talk", "--label", "Plans", "-m", "buy some milk").out.strip() == "agent:main:talk"
    assert "Plans" in run("sessions").out
    assert (
        run("sessions", "edit", "talk", "--pin", "--label", "").out.strip() == "changed agent:main:talk: label, pinned"
    )
    shown = json.loads(run("sessions", "show", "talk", "--json").out)
    assert (shown["session"]["pinned"], shown["session"]["label"]) == (True, None)
    assert "pinned" in run("sessions", "show", "talk").out
    run("sessions", "edit", "talk", "--archive")
    assert "talk" not in run("sessions", "list").out
    assert "talk" in run("sessions", "--all").out
    assert run("sessions", "delete", "talk", "--yes").out.strip() == "deleted agent:main:talk"
    gone = run("sessions", "delete", "talk", "--yes")
    assert (gone.code, "no session talk" in gone.err) == (1, True)
    assert run("sessions", "show", "talk").code == 1


def test_words_are_found(run: Run) -> None:
    run("sessions", "create", "talk")
    assert (
        run("gateway", "call", "chat.inject", "--params", '{"sessionKey": "talk", "message": "The Nile is blue."}').code
        == 0
    )
    assert "The Nile is blue." in run("sessions", "search", "blue", "NILE").out
    assert "Nothing was found." in run("sessions", "search", "green").out
    found = json.loads(run("sessions", "search", "nile", "--session", "talk", "--json").out)
    assert found["results"][0]["sessionKey"] == "agent:main:talk"


def test_an_edit_of_nothing_says_so(run: Run) -> None:
    done = run("sessions", "edit", "talk")
    assert (done.code, "nothing to change" in done.err) == (2, True)


def test_tasks_are_listed_shown_and_cancelled(run: Run) -> None:
    assert "no such tasks" in run("tasks", "list").out
    made = json.loads(run("sessions", "create", "talk", "-m", "count the stars", "--json").out)
    assert "count the stars" in run("tasks", "list", "--status", "queued", "--session", "talk").out
    assert "status: queued" in run("tasks", "show", made["runId"]).out
    assert run("tasks", "cancel", made["runId"]).out.strip() == f"cancelled {made['runId']}"
    again = run("tasks", "cancel", made["runId"])
    assert (again.code, "it is cancelled already" in again.err) == (1, True)
    assert json.loads(run("tasks", "list", "--json").out)["tasks"][0]["status"] == "cancelled"
