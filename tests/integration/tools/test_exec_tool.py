"""Commands run contained, limited and once, and go on when their worker does not."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from openclaw.errors import RunAborted, ToolError
from openclaw.ports.cancel import CancelToken
from openclaw.ports.secrets import Secret
from openclaw.ports.skills import SkillSnapshot
from openclaw.ports.tool import Suspension, ToolContext, ToolOutcome
from openclaw.sandbox import probe
from openclaw.sandbox.jobs import KEPT_SECONDS, Jobs
from openclaw.sandbox.limits import Limits
from openclaw.tools.exec import ExecSettings, ExecTool, job_id_of
from openclaw.tools.process import ProcessTool
from tests.integration.agent.scripted import answers, one_call, world_of
from tests.stack import ROOT
from tests.waiting import wait_until

pytestmark = [
    pytest.mark.spec("E9"),
    pytest.mark.skipif(shutil.which("bwrap") is None, reason="no bubblewrap on this machine"),
]

SETTINGS = ExecSettings(yield_seconds=20.0, limits=Limits(cpu_seconds=20, memory_mb=256, processes=48, file_mb=4))


class OpenGate:
    """Lets every command pass."""

    def check(self, command: object, context: object) -> None: ...


class Shell:
    """The tools over one folder of jobs, and a workspace beside a secret."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.workspace = folder / "workspace"
        self.workspace.mkdir()
        (folder / "secret.txt").write_text("keep out")
        self.jobs = Jobs(folder / "jobs")
        self._numbers = itertools.count()

    def context(self, session: str = "agent:main:main", wait_id: str = "") -> ToolContext:
        return ToolContext(
            "r", session, "main", self.workspace, "m", CancelToken(), wait_id=wait_id or f"r:{next(self._numbers)}"
        )

    def tool(self, **changes: object) -> ExecTool:
        return ExecTool(self.jobs, OpenGate(), replace(SETTINGS, **changes))  # type: ignore[arg-type]

    def run(self, command: str, *, settings: dict[str, object] | None = None, **arguments: object) -> ToolOutcome:
        found = self.tool(**settings or {}).run({"command": command, **arguments}, self.context())
        assert isinstance(found, ToolOutcome)
        return found

    def process(self, action: str, session: str = "agent:main:main", **arguments: object) -> str:
        return ProcessTool(self.jobs).run({"action": action, **arguments}, self.context(session)).text

    def in_background(self, command: str, **arguments: object) -> str:
        said = self.run(command, background=True, **arguments).text
        return said.partition(" as job ")[2].partition(".")[0]


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    made = Shell(tmp_path)
    yield made
    for job in made.jobs.all():
        job.kill()


def test_a_command_says_its_output_and_its_exit_code(shell: Shell) -> None:
    done = shell.run("echo out; echo err >&2; exit 3")
    assert done.is_error
    assert done.text.startswith("Exit code 3 after ")
    assert done.text.endswith("out\nerr")
    assert not shell.run("true").is_error


@pytest.mark.parametrize(
    ("wanted", "enabled", "gets_out"),
    [("off", True, False), ("on", True, True), ("ask", True, True), ("full", True, True), ("full", False, False)],
)
def test_only_where_the_operator_allows_it_a_command_of_the_owner_leaves_the_sandbox(
    shell: Shell, wanted: str, enabled: bool, gets_out: bool
) -> None:
    tool = shell.tool(host="sandbox", elevated=enabled)
    found = tool.run({"command": "cat ../secret.txt"}, replace(shell.context(), elevated=wanted))
    assert isinstance(found, ToolOutcome)
    assert ("keep out" in found.text) is gets_out


@pytest.mark.parametrize("host", ["sandbox", "host"])
def test_in_a_contained_session_no_command_leaves_the_sandbox(shell: Shell, host: str) -> None:
    tool = shell.tool(host=host, elevated=True, elevated_full=True)
    context = replace(shell.context(), elevated="full", contained=True)
    found = tool.run({"command": "cat ../secret.txt"}, context)
    assert isinstance(found, ToolOutcome)
    assert "keep out" not in found.text


def test_it_works_in_the_workspace(shell: Shell) -> None:
    shell.run("mkdir -p a && echo hi > a/b.txt && pwd")
    assert (shell.workspace / "a/b.txt").read_text() == "hi\n"
    assert shell.run("cat b.txt", cwd="a").text.endswith("hi")


@pytest.mark.parametrize(
    "escape",
    [
        "cat ../secret.txt",
        "ln -s ../secret.txt link; cat link",
        "cat /proc/1/root/../secret.txt",
        "cat /etc/shadow /etc/passwd",
        "ls /home /root /work /srv /opt",
        "cat /proc/*/environ | tr '\\0' '\\n' | grep OPENCLAW_PROBE",
        "touch /usr/bin/mine /etc/mine",
        "mount -t tmpfs none /usr",
        "kill -9 -1; cat /proc/sys/kernel/hostname | grep -v sandbox; false",
    ],
)
def test_what_lies_outside_is_not_there(shell: Shell, escape: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENCLAW_PROBE", "keep out")
    done = shell.run(escape)
    assert done.is_error
    assert "keep out" not in done.text
    assert "root:" not in done.text
    assert (shell.folder / "secret.txt").read_text() == "keep out"


def test_there_is_no_network(shell: Shell) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert shell.run(f"exec 3<>/dev/tcp/127.0.0.1/{port}").is_error
        assert not shell.run(f"exec 3<>/dev/tcp/127.0.0.1/{port}", settings={"network": True}).is_error


def test_a_fork_bomb_stays_in_its_box(shell: Shell) -> None:
    done = shell.run("for i in $(seq 200); do sleep 1 & done; wait", timeout_seconds=2)
    assert "Resource temporarily unavailable" in done.text


def test_memory_and_files_have_an_end(shell: Shell) -> None:
    assert shell.run("head -c 400M /dev/zero | tail -c 399M > /dev/null").is_error
    shell.run("head -c 40M /dev/zero > big")
    assert (shell.workspace / "big").stat().st_size <= 4 * 1024 * 1024


def test_what_detaches_itself_ends_with_the_command(shell: Shell) -> None:
    shell.run("setsid sh -c 'sleep 30; touch late' & echo left")
    job = next(shell.jobs.all())
    assert job.end() is not None
    alive = subprocess.run(["pgrep", "-f", "sleep 30; touch late"], capture_output=True, check=False)
    assert alive.returncode == 1


def test_the_time_that_it_may_take(shell: Shell) -> None:
    done = shell.run("echo begun; sleep 60", timeout_seconds=1)
    assert done.is_error
    assert "its time was up" in done.text
    assert done.text.endswith("begun")


def test_whoever_ends_the_turn_ends_the_command(shell: Shell) -> None:
    context = shell.context()
    threading.Timer(0.3, context.cancel.cancel, ("stop",)).start()
    with pytest.raises(RunAborted):
        shell.tool().run({"command": "sleep 60"}, context)
    job = shell.jobs.find(job_id_of(context))
    assert job is not None
    wait_until(lambda: job.end() is not None, 10)
    assert job.end().killed  # type: ignore[union-attr]


def test_a_worker_that_hands_its_turn_on_leaves_the_command_running(shell: Shell) -> None:
    context = shell.context(wait_id="run:1")
    threading.Timer(0.3, context.cancel.cancel, ("drain",)).start()
    command = {"command": "echo x >> count; sleep 1; echo done"}
    with pytest.raises(RunAborted):
        shell.tool().run(command, context)
    found = shell.tool().recover(command, shell.context(wait_id="run:1"))
    assert found is not None
    assert found.text.endswith("done")
    assert (shell.workspace / "count").read_text() == "x\n"


def test_a_command_outlives_the_process_that_started_it(shell: Shell) -> None:
    code = f"""
        import sys
        from pathlib import Path
        from tests.integration.tools.test_exec_tool import Shell, SETTINGS
        shell = Shell.__new__(Shell)
        from openclaw.sandbox.jobs import Jobs
        shell.workspace, shell.jobs = Path({str(shell.workspace)!r}), Jobs(Path({str(shell.folder / "jobs")!r}))
        print("starting", flush=True)
        shell.tool().run({{"command": "echo x >> count; sleep 2; echo survived"}}, shell.context(wait_id="run:7"))
    """
    starter = subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], cwd=ROOT, stdout=subprocess.PIPE)
    count = shell.workspace / "count"
    wait_until(count.exists, 20)
    starter.send_signal(signal.SIGKILL)
    starter.wait()
    assert starter.stdout is not None
    starter.stdout.close()
    found = shell.tool().recover({"command": "whatever"}, shell.context(wait_id="run:7"))
    assert found is not None
    assert found.text.endswith("survived")
    assert count.read_text() == "x\n"


def test_a_call_that_no_machine_knows_is_not_recovered(shell: Shell) -> None:
    assert shell.tool().recover({"command": "true"}, shell.context(wait_id="elsewhere:1")) is None


def test_the_same_call_starts_its_command_once(shell: Shell) -> None:
    for _ in range(2):
        shell.tool().run({"command": "echo x >> count"}, shell.context(wait_id="run:9"))
    assert (shell.workspace / "count").read_text() == "x\n"


def test_a_job_whose_process_was_killed_is_called_lost(shell: Shell) -> None:
    job_id = shell.in_background("touch begun; sleep 60; touch late")
    job = shell.jobs.find(job_id)
    assert job is not None
    wait_until((shell.workspace / "begun").exists, 10)
    os.kill(int((job.folder / "pid").read_text()), signal.SIGKILL)
    wait_until(lambda: job.end() is not None, 10)
    assert "nobody knows how it ended" in shell.process("log", id=job_id)


def test_much_output_is_kept_at_both_ends(shell: Shell) -> None:
    done = shell.run("echo first; seq 200000; echo last", settings={"output_bytes": 10_000})
    assert "first" in done.text
    assert done.text.endswith("last")
    assert "bytes left out" in done.text
    assert len(done.text) < 60_000


def test_a_slow_command_goes_on_in_the_background(shell: Shell) -> None:
    said = shell.run("echo begun; sleep 1; echo over", settings={"yield_seconds": 0.3}).text
    job_id = said.partition(" as job ")[2].partition(".")[0]
    assert said.endswith("begun")
    assert job_id in shell.process("list")
    polled = shell.process("poll", id=job_id, offset=6, wait_seconds=10)
    assert "over" in polled
    assert "begun" not in polled


def test_keys_reach_a_program_in_its_terminal(shell: Shell) -> None:
    job_id = shell.in_background(
        "trap 'echo interrupted; exit 5' INT; test -t 0 && echo term''inal; sleep 30 & wait", pty=True
    )
    # The log shows the command too: only what it said counts.
    wait_until(lambda: "terminal" in shell.process("log", id=job_id), 30)
    shell.process("send_keys", id=job_id, keys=["C-c"])
    wait_until(lambda: "Exit code 5" in shell.process("log", id=job_id), 30)


def test_lines_reach_a_program_without_a_terminal(shell: Shell) -> None:
    job_id = shell.in_background("read name; echo hello $name")
    shell.process("submit", id=job_id, text="you")
    assert "hello you" in shell.process("poll", id=job_id, wait_seconds=10)


def test_another_session_does_not_see_a_job(shell: Shell) -> None:
    job_id = shell.in_background("sleep 30")
    assert "no jobs" in shell.process("list", "agent:main:other")
    for action in ("poll", "log", "kill", "write", "remove"):
        with pytest.raises(ToolError, match="This session has no job"):
            shell.process(action, "agent:main:other", id=job_id)
    assert "somebody ended it" in shell.process("kill", id=job_id)
    assert "forgotten" in shell.process("remove", id=job_id)


def test_a_session_may_leave_ten_jobs(shell: Shell) -> None:
    for _ in range(10):
        shell.in_background("sleep 30")
    with pytest.raises(ToolError, match="10 commands of this session are running already"):
        shell.run("true")


def test_old_jobs_are_forgotten_and_running_ones_are_not(shell: Shell) -> None:
    shell.run("true")
    running = shell.in_background("sleep 30")
    later = (KEPT_SECONDS + 3600) * 1000
    now = max(job.folder.stat().st_mtime_ns for job in shell.jobs.all()) // 1_000_000
    assert shell.jobs.sweep(now) == 0
    assert shell.jobs.sweep(now + later) == 1
    assert [job.id for job in shell.jobs.all()] == [running]


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ({"env": {"LD_PRELOAD": "x"}}, "may not be set: LD_PRELOAD"),
        ({"env": {"PATH": "/evil"}}, "may not be set: PATH"),
        ({"env": {"BASH_ENV": "/evil"}}, "may not be set: BASH_ENV"),
        ({"cwd": "../"}, r"'\.\.' is not allowed"),
        ({"cwd": "/etc"}, "outside the workspace"),
        ({"cwd": "missing"}, "there is no such"),
        ({"command": "a\x00b"}, "NUL"),
    ],
)
def test_what_would_change_the_box_is_refused(shell: Shell, arguments: dict[str, object], why: str) -> None:
    with pytest.raises(ToolError, match=why):
        shell.tool().run({"command": "true", **arguments}, shell.context())


def test_the_gate_comes_first(shell: Shell) -> None:
    class Asks:
        def check(self, command: object, context: object) -> Suspension:
            return Suspension("approval", {"text": "may I?"}, again=True)

    asked = ExecTool(shell.jobs, Asks(), SETTINGS).run({"command": "touch ran"}, shell.context())
    assert isinstance(asked, Suspension)
    assert not (shell.workspace / "ran").exists()


def test_without_containment_nothing_runs(shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    probe.problem.cache_clear()
    try:
        with pytest.raises(
            ToolError, match=r"there is no bwrap on this machine; install bubblewrap, or choose the host"
        ):
            shell.run("touch ran")
    finally:
        monkeypatch.undo()
        probe.problem.cache_clear()
    assert not (shell.workspace / "ran").exists()


def test_the_host_is_used_when_the_operator_named_it(shell: Shell) -> None:
    on_host: Callable[[str], ToolOutcome] = lambda command: shell.run(command, settings={"host": "host"})  # noqa: E731
    assert on_host(f"cat {shell.folder}/secret.txt").text.endswith("keep out")


@pytest.mark.spec("K1")
def test_a_turn_whose_worker_dies_finds_its_command_again(redis_client: object, redis_url: str) -> None:
    with world_of(redis_url, more='[tools.exec]\nsecurity = "full"\n') as world:
        script = iter([one_call("exec", {"command": "echo x >> count; sleep 1; echo over"}), answers("done")])
        world.model.script = lambda request: next(script)
        run_id = world.cluster.say("work")
        with pytest.MonkeyPatch.context() as patch, pytest.raises(WorkerDied):
            patch.setattr("openclaw.tools.exec.report", die)
            world.begin()
        world.resume()
        assert world.cluster.run(run_id)["reply_text"] == "done"
        result = next(m for m in world.model.asked[-1].messages if m.role == "tool").blocks[0]
        assert result.text.startswith("Exit code 0")
        counts = list(world.cluster.folder.rglob("count"))
        assert [path.read_text() for path in counts] == ["x\n"]


class WorkerDied(BaseException):
    """What no turn survives."""


def die(*_: object) -> None:
    raise WorkerDied


def test_a_session_hears_once_when_its_background_job_is_over(redis_client: object, redis_url: str) -> None:
    with world_of(redis_url, more='[tools.exec]\nsecurity = "full"\n') as world:
        script = iter([one_call("exec", {"command": "echo over", "background": True}), answers("started")])
        world.model.script = lambda request: next(script)
        world.turn("work")
        (job,) = world.services.jobs.all()
        wait_until(lambda: job.end() is not None, 10)
        world.services.sweep()
        world.services.sweep()
        world.model.script = lambda request: answers("I see")
        world.turn("what is new?")
        heard = world.model.asked[-1].messages[-1].text
        assert heard.count(f"(job {job.id}) is over. Exit code 0") == 1
        world.services.sweep()
        world.turn("and now?")
        assert job.id not in world.model.asked[-1].messages[-1].text


@pytest.mark.spec("E8")
def test_what_a_skill_brings_is_seen_where_it_lies_and_stays_as_it_is(shell: Shell) -> None:
    folder = shell.folder / "skills" / "x"
    folder.mkdir(parents=True)
    (folder / "run.sh").write_text("echo it runs")
    context = replace(shell.context(), skills=SkillSnapshot(folders=(folder,)))
    command = f"sh {folder}/run.sh && ! touch {folder}/mine && ls {shell.folder}/skills"
    done = shell.tool().run({"command": command}, context)
    assert isinstance(done, ToolOutcome)
    assert "it runs" in done.text
    assert (folder / "mine").exists() is False
    assert not done.is_error, done.text


@pytest.mark.spec("E8")
@pytest.mark.parametrize("host", ["sandbox", "host"])
def test_commands_get_the_variables_of_skills_and_they_are_written_nowhere(shell: Shell, host: str) -> None:
    env = {"POET": Secret("Rilke"), "HOME": Secret("/nowhere"), "MINE": Secret("theirs")}
    context = replace(shell.context(), skills=SkillSnapshot(env=env))
    asked = {"command": 'echo "$POET,$MINE"; echo "home=$HOME"; ls /proc/self/fd', "env": {"MINE": "mine"}}
    done = shell.tool(host=host).run(asked, context)
    assert isinstance(done, ToolOutcome)
    lines = done.text.splitlines()
    assert "Rilke,mine" in lines, "what the model sets itself counts"
    assert "home=/nowhere" not in lines
    assert "100" not in lines, "what the box was told by is closed"
    (job,) = shell.jobs.all()
    assert "Rilke" not in (job.folder / "spec.json").read_text()
    assert "Rilke" not in repr(context)


@pytest.mark.spec("E8")
def test_no_argument_of_a_process_shows_the_variables_of_skills(shell: Shell) -> None:
    context = replace(shell.context(), skills=SkillSnapshot(env={"POET": Secret("Rilke")}))
    shell.tool().run({"command": "sleep 30", "background": True}, context)
    (job,) = shell.jobs.all()
    wait_until(lambda: _command_lines(b"sleep\x0030"), what="the command")
    assert not _command_lines(b"Rilke")
    job.kill()


def _command_lines(words: bytes) -> list[bytes]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            found.append(path.read_bytes())
    return [line for line in found if words in line]
