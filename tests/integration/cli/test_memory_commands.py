"""``openclaw memory``: indexed on this machine, searched and looked at through a real gateway."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.integration.cli.in_process import Cli, Done, cli
from tests.integration.web.serving import serving
from tests.integration.web.twins import TOKEN, Desk, memory_desk
from tests.sqlite_file import open_file

__all__ = ["cli"]
pytestmark = pytest.mark.spec("A4", "H7")

Run = Callable[..., Done]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "oc"
    (folder / "workspace" / "memory").mkdir(parents=True)
    (folder / "config.toml").write_text('[memory]\nprovider = "demo"\n')
    (folder / "workspace" / "MEMORY.md").write_text("# People\n\nRose likes green tea.\n")
    return folder


@pytest.fixture
def run(cli: Cli, home: Path, tmp_path: Path) -> Iterator[Run]:
    database = open_file(home / "openclaw.db")
    before = os.umask(0o077)  # what a part of the program sets for its whole process
    state = tmp_path / "gateway"
    state.mkdir()
    with serving(Desk(), state, memory=memory_desk(database, home)) as served:
        yield lambda *arguments: cli(
            *arguments,
            OPENCLAW_HOME=str(home),
            OPENCLAW_GATEWAY_URL=f"ws://127.0.0.1:{served.port}",
            OPENCLAW_GATEWAY_TOKEN=TOKEN,
        )
    database.close()
    os.umask(before)


def test_memory_is_indexed_searched_and_looked_at(run: Run, home: Path) -> None:
    said = run("memory", "index").out
    assert said == "main: 1 files taken in, 1 vectors made; now 1 files, 1 chunks, 1 with a vector\n"
    (home / "workspace" / "memory" / "today.md").write_text("Bought oat milk.")
    (done,) = json.loads(run("memory", "index", "--agent", "main", "--json").out)["agents"]
    assert (done["changed"], done["vectors"], done["files"], done["problem"]) == (1, 1, 2, "")
    assert "MEMORY.md:1-3  1.00" in run("memory", "search", "green", "tea").out
    found = json.loads(run("memory", "search", "milk", "--max-results", "1", "--json").out)
    assert [hit["path"] for hit in found["results"]] == ["memory/today.md"]
    assert run("memory", "search", "nothing").out == "Nothing was found.\n"
    assert "agent main: 2 files, 2 chunks" in run("memory", "status").out
    assert json.loads(run("memory", "status", "--json").out)["files"] == 2


def test_what_cannot_be_indexed_is_said(run: Run, home: Path) -> None:
    def refused(*arguments: str) -> str:
        done = run("memory", "index", *arguments)
        assert done.code == 2
        return done.err

    assert "no agent 'x'; known: main" in refused("--agent", "x")
    (home / "config.toml").write_text("[memory]\nenabled = false\n")
    assert "memory is not enabled" in refused()
    (home / "config.toml").write_text("")
    shutil.move(home / "openclaw.db", home / "old.db")
    assert "openclaw database upgrade" in refused()
