"""Programs that agents run on a node: what its user approved, bounded, and ended when nobody waits."""

from __future__ import annotations

import os
import shutil
import sys
import threading
from pathlib import Path
from typing import Any

import psutil
import pytest

from openclaw.errors import ConfigError, NotFound
from openclaw.nodes.approvals import Approvals
from openclaw.nodes.job import Job, NodeRefused
from openclaw.nodes.shell import MAX_OUTPUT, Shell
from tests.waiting import wait_until

pytestmark = pytest.mark.spec("B5", "E9")

SH = str(Path(shutil.which("sh")).resolve())
PYTHON = str(Path(sys.executable).resolve())


@pytest.fixture
def approvals(tmp_path: Path) -> Approvals:
    return Approvals(tmp_path / "node" / "allow.json")


@pytest.fixture
def shell(approvals: Approvals) -> Shell:
    approvals.allow("sh")
    approvals.allow(PYTHON)
    return Shell(approvals)


def run(shell: Shell, *command: str, job: Job | None = None, **params: Any) -> dict[str, Any]:
    return shell.run({"command": list(command), **params}, job or Job(seconds=60))


def test_nothing_runs_that_was_not_approved(approvals: Approvals) -> None:
    shell = Shell(approvals)
    with pytest.raises(NodeRefused, match=f"openclaw node allow {SH}") as refused:
        run(shell, "sh", "-c", "true")
    assert refused.value.code == "SYSTEM_RUN_DENIED"
    approvals.allow("sh")
    assert run(shell, "sh", "-c", "true")["success"]
    approvals.forbid("sh")
    with pytest.raises(NodeRefused):
        run(shell, "sh", "-c", "true")


def test_a_program_is_known_by_where_it_lies(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = tmp_path / "sh"
    fake.write_text("#!/bin/sh\necho fake\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(NodeRefused, match="not approved"):
        run(shell, "sh", "-c", "true")
    link = tmp_path / "innocent"
    link.symlink_to("/usr/bin/env")
    with pytest.raises(NodeRefused, match="not approved"):
        run(shell, str(link), "true")


def test_patterns_and_names_are_kept_and_a_broken_list_allows_nothing(approvals: Approvals) -> None:
    assert approvals.allow("/opt/tools/*") == "/opt/tools/*"
    assert approvals.allow("sh") == SH
    approvals.allow("sh")
    assert approvals.patterns() == ["/opt/tools/*", SH]
    assert approvals.allows(Path("/opt/tools/drill"))
    assert not approvals.allows(Path("/opt/other/drill"))
    with pytest.raises(NotFound, match="no program"):
        approvals.allow("no-such-program-here")
    with pytest.raises(NotFound, match="not on the list"):
        approvals.forbid("nothing")
    approvals.path.write_text('{"programs": 5}')
    with pytest.raises(ConfigError):
        run(Shell(approvals), "sh", "-c", "true")


def test_output_and_exit_code_come_back(shell: Shell) -> None:
    done = run(shell, "sh", "-c", "echo out; echo err >&2; exit 3")
    assert (done["exitCode"], done["success"], done["stdout"], done["stderr"]) == (3, False, "out\n", "err\n")
    assert (done["timedOut"], done["truncated"]) == (False, False)


def test_what_a_program_sees_holds_no_secrets(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENCLAW_GATEWAY_TOKEN", "hush")
    done = run(shell, "sh", "-c", "env", env={"COLOUR": "blue"})
    assert "hush" not in done["stdout"]
    assert "COLOUR=blue" in done["stdout"]
    for name in ("PATH", "LD_PRELOAD", "DYLD_INSERT_LIBRARIES"):
        with pytest.raises(NodeRefused, match=name):
            run(shell, "sh", "-c", "env", env={name: "/tmp/evil"})


def test_a_long_output_is_read_to_its_end_and_cut(shell: Shell) -> None:
    done = run(shell, PYTHON, "-c", f"print('x' * {MAX_OUTPUT * 2})")
    assert (done["exitCode"], len(done["stdout"]), done["truncated"]) == (0, MAX_OUTPUT, True)


def test_what_a_program_says_is_told_while_it_runs(shell: Shell) -> None:
    told: list[str] = []
    job = Job(seconds=600)
    said = threading.Event()

    def progress(text: str) -> None:
        told.append(text)
        said.set()

    job.progress = progress
    running = threading.Thread(
        target=lambda: run(shell, PYTHON, "-uc", "import time; print('a', flush=True); time.sleep(600)", job=job)
    )
    running.start()
    assert said.wait(20)
    job.cancelled.set()
    running.join(20)
    assert ("".join(told).strip(), running.is_alive()) == ("a", False)


def _cancel_once(started: Path, job: Job) -> None:
    wait_until(lambda: started.exists() and started.read_text().strip(), what="a start")
    job.cancelled.set()


@pytest.mark.parametrize("how", ["timeout", "cancel"])
def test_a_program_that_nobody_waits_for_ends_with_all_that_it_started(shell: Shell, tmp_path: Path, how: str) -> None:
    note = tmp_path / "pid"
    script = f"sleep 600 & echo $! > {note}; wait"
    job = Job(seconds=600)
    if how == "cancel":
        threading.Thread(target=_cancel_once, args=(note, job)).start()
    done = run(shell, "sh", "-c", script, job=job, timeoutMs=300 if how == "timeout" else 600_000)
    assert (done["timedOut"], done["success"]) == (True, False)
    child = int(note.read_text())
    wait_until(lambda: not psutil.pid_exists(child), what="the child's end")


@pytest.mark.parametrize(
    "params",
    [{}, {"command": "sh"}, {"command": []}, {"command": ["sh", 5]}, {"command": ["a\0b"]}, {"command": ["sh"], "env": 1},
     {"command": ["sh"], "cwd": "/no/such/folder"}, {"command": ["no-such-program-here"]}],
)  # fmt: skip
def test_what_cannot_be_run_is_refused(shell: Shell, params: dict[str, Any]) -> None:
    with pytest.raises(NodeRefused):
        shell.run(params, Job(seconds=5))


def test_programs_are_found_and_said_to_be_allowed_or_not(shell: Shell) -> None:
    found = shell.which({"bins": ["sh", "env", "no-such-program-here"]}, Job(seconds=5))
    assert set(found["bins"]) == {"sh", "env"}
    assert found["allowed"] == ["sh"]
