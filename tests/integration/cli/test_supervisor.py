"""The supervisor with a real Redis, a real database and stand-ins for the parts."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.waiting import wait_until

STACK = Path(__file__).with_name("stand_in_stack.py")


class Stack:
    """A supervisor in a home of its own."""

    def __init__(self, environ: dict[str, str], user_home: Path) -> None:
        self.home = user_home / ".openclaw"
        self.home.mkdir(mode=0o755)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port = listener.getsockname()[1]
        self.environ = {**environ, "OPENCLAW_GATEWAY_PORT": str(self.port)}
        self.user_home = user_home
        self.processes: list[subprocess.Popen[str]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def configure(self, text: str) -> None:
        (self.home / "config.toml").write_text(text)

    def start(self, kinds: dict[str, str], *flags: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, str(STACK), json.dumps(kinds), *flags],
            env=self.environ,
            cwd=self.user_home,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.processes.append(process)
        return process

    def up(self, kinds: dict[str, str], *flags: str) -> tuple[subprocess.Popen[str], str]:
        process = self.start(kinds, *flags)
        line = process.stdout.readline()
        assert line, process.stderr.read()
        return process, line.strip()

    def pid(self, name: str) -> int:
        return int((self.home / "run" / f"{name}.pid").read_text())

    def wait_for_pid(self, name: str, other_than: int = 0) -> int:
        def another() -> int:
            try:
                pid = self.pid(name)
            except FileNotFoundError:  # between the end of one and the start of the next
                return 0
            return pid if pid != other_than else 0

        return wait_until(another, what=f"{name} runs")

    def seen(self, name: str) -> Path:
        return self.home / "seen" / name

    def pid_files(self) -> set[str]:
        return {path.stem for path in (self.home / "run").glob("*.pid")}


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@pytest.fixture
def stack(environ: dict[str, str], user_home: Path) -> Iterator[Stack]:
    running = Stack(environ, user_home)
    yield running
    for process in running.processes:
        if process.poll() is None:
            process.terminate()
            process.terminate()
        process.communicate(timeout=30)
    for path in (running.home / "run").glob("*.pid"):
        pid = int(path.read_text())
        if is_alive(pid):
            os.kill(pid, signal.SIGKILL)


@pytest.mark.spec("H6", "J1")
def test_it_serves_from_one_closed_home_and_ends_clean(stack):
    process, line = stack.up({"gateway": "clean", "worker": "clean", "worker-2": "clean"})
    token = (stack.home / "gateway.token").read_text().strip()
    assert line == f"ready url={stack.url} token={token}"
    assert stack.pid_files() == {"supervisor", "redis", "gateway", "worker", "worker-2"}
    assert all(is_alive(stack.pid(name)) for name in stack.pid_files())
    assert stack.pid("supervisor") == process.pid
    assert stat.S_IMODE(stack.home.stat().st_mode) == 0o700
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (stack.home / "run").iterdir() if path.is_file()}
    assert {name: mode for name, mode in modes.items() if mode & 0o077} == {}
    assert "worker begins" in (stack.home / "logs" / "worker.log").read_text()
    assert (stack.home / "openclaw.db").exists()
    redis = stack.pid("redis")
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    assert stack.pid_files() == set()
    assert not is_alive(redis)
    assert stack.seen("worker.drained").exists()


def test_with_json_the_first_line_is_an_object(stack):
    _, line = stack.up({"gateway": "clean", "worker": "clean"}, "--json")
    facts = json.loads(line)
    assert (facts["url"], facts["ws_url"]) == (stack.url, stack.url.replace("http", "ws"))
    assert (facts["home"], facts["token"]) == (str(stack.home), (stack.home / "gateway.token").read_text().strip())
    assert facts["pids"] == {name: stack.pid(name) for name in ("supervisor", "gateway", "worker")}


@pytest.mark.spec("H6")
def test_a_part_that_is_killed_comes_back_and_the_others_do_not_notice(stack):
    process, _ = stack.up({"gateway": "clean", "worker": "clean"})
    gateway, worker = stack.pid("gateway"), stack.pid("worker")
    os.kill(worker, signal.SIGKILL)
    assert is_alive(stack.wait_for_pid("worker", other_than=worker))
    assert stack.pid("gateway") == gateway
    assert is_alive(gateway)
    process.terminate()
    _, errors = process.communicate(timeout=30)
    assert re.search(r"worker ended \(signal SIGKILL\); again in 1 s", errors)


def test_a_part_that_asks_for_it_is_started_anew_at_once_and_alone(stack):
    process, _ = stack.up({"gateway": "clean", "worker": "clean"})
    gateway, worker = stack.pid("gateway"), stack.pid("worker")
    os.kill(gateway, signal.SIGUSR1)
    assert is_alive(stack.wait_for_pid("gateway", other_than=gateway))
    assert stack.pid("worker") == worker
    process.terminate()
    _, errors = process.communicate(timeout=30)
    assert "gateway started anew" in errors
    assert "worker" not in errors


def test_with_a_part_that_is_started_anew_go_all_that_run_with_an_older_configuration(stack):
    stack.configure("[worker]\ndrain_seconds = 0\n")
    process, _ = stack.up({"gateway": "clean", "worker": "clean", "worker-2": "stubborn", "beat": "clean"})
    before = {name: stack.pid(name) for name in ("gateway", "worker", "worker-2", "beat")}
    stack.configure("[worker]\nconcurrency = 3\ndrain_seconds = 0\n")
    os.kill(before["gateway"], signal.SIGUSR1)
    for name in ("gateway", "worker", "worker-2"):
        assert is_alive(stack.wait_for_pid(name, other_than=before[name]))
    assert stack.pid("beat") == before["beat"]
    process.terminate()
    process.terminate()
    _, errors = process.communicate(timeout=30)
    assert "worker-2 is ended by force and started anew" in errors


def test_a_configuration_that_cannot_be_read_does_not_keep_a_part_down(stack):
    process, _ = stack.up({"gateway": "clean", "worker": "clean"})
    worker = stack.pid("worker")
    stack.configure("[worker\n")
    os.kill(worker, signal.SIGKILL)
    assert is_alive(stack.wait_for_pid("worker", other_than=worker))
    process.terminate()
    _, errors = process.communicate(timeout=30)
    assert "worker keeps the configuration it had" in errors


def test_what_a_dead_part_left_behind_in_its_group_ends_with_it(stack):
    stack.up({"gateway": "clean", "worker": "parent"})
    grandchild = int(stack.seen("grandchild").read_text())
    os.kill(stack.pid("worker"), signal.SIGKILL)
    wait_until(lambda: not is_alive(grandchild), what="the grandchild ends")


@pytest.mark.spec("H6")
def test_a_redis_that_is_killed_comes_back(stack):
    stack.up({"gateway": "clean"})
    redis = stack.pid("redis")
    os.kill(redis, signal.SIGKILL)
    assert is_alive(stack.wait_for_pid("redis", other_than=redis))


def test_a_part_that_does_not_stop_in_time_is_ended(stack):
    stack.configure("[worker]\ndrain_seconds = 0\n")
    process, _ = stack.up({"gateway": "clean", "worker": "stubborn"})
    worker = stack.pid("worker")
    process.terminate()
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "worker is ended by force" in errors
    assert not is_alive(worker)


@pytest.mark.spec("H6")
def test_a_second_signal_ends_it_at_once(stack):
    stack.configure("[worker]\ndrain_seconds = 600\n")
    process, _ = stack.up({"gateway": "clean", "worker": "stubborn"})
    process.terminate()
    wait_until(lambda: not (stack.home / "run" / "gateway.pid").exists() or stack.seen("gateway.drained").exists())
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert stack.pid_files() == set()


def test_a_second_stack_in_the_same_home_is_told_where_the_first_is(stack):
    stack.up({"gateway": "clean"})
    second = stack.start({"gateway": "clean"})
    _, errors = second.communicate(timeout=30)
    assert second.returncode == 1
    assert f"runs already at {stack.url}" in errors
    assert is_alive(stack.pid("gateway"))


def test_a_port_that_is_taken_is_told_before_anything_starts(stack):
    with socket.create_server(("127.0.0.1", stack.port)):
        process = stack.start({"gateway": "clean"})
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 1
    assert f"port {stack.port} is taken" in errors
    assert "--port" in errors
    assert not (stack.home / "logs" / "gateway.log").exists()


def test_a_part_that_cannot_start_fails_the_stack_with_the_end_of_its_log(stack):
    process = stack.start({"gateway": "clean", "worker": "broken"})
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "worker does not start (exit code 1)" in errors
    assert "it has no flour" in errors
    assert stack.pid_files() == set()


def test_a_database_that_cannot_be_used_is_told_without_its_address(stack):
    stack.environ["OPENCLAW_DATABASE_URL"] = "mysql://u:s3cret@127.0.0.1/x"
    process = stack.start({"gateway": "clean"})
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "the database cannot be used" in errors
    assert "s3cret" not in errors
    assert stack.pid_files() == set()


@pytest.mark.spec("H6")
def test_a_detached_stack_tells_the_same_line_and_down_stops_it(stack, run):
    process = stack.start({"gateway": "clean", "worker": "stubborn"}, "--detach")
    stack.configure("[worker]\ndrain_seconds = 1\n")
    output, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, "")
    assert output.startswith(f"ready url={stack.url} token=")
    supervisor, worker = stack.pid("supervisor"), stack.pid("worker")
    assert os.getsid(supervisor) != os.getsid(0)
    os.kill(worker, signal.SIGKILL)
    stack.wait_for_pid("worker", other_than=worker)
    os.kill(stack.pid("worker"), signal.SIGKILL)
    done = run("down")
    assert (done.returncode, done.stdout) == (0, "stopped\n"), done.stderr
    assert not is_alive(supervisor)
    assert stack.pid_files() == set()
    assert run("down").stdout.startswith("nothing runs")


def test_a_detached_stack_that_fails_tells_why(stack):
    process = stack.start({"gateway": "broken"}, "--detach")
    output, errors = process.communicate(timeout=60)
    assert (process.returncode, output) == (1, "")
    assert "it has no flour" in errors


@pytest.mark.spec("H6")
def test_after_a_killed_supervisor_the_next_one_starts_clean(stack):
    first, _ = stack.up({"gateway": "clean", "worker": "stubborn"})
    orphan, redis = stack.pid("worker"), stack.pid("redis")
    first.kill()
    first.wait(30)
    stack.configure("[worker]\ndrain_seconds = 0\n")
    stack.up({"gateway": "clean", "worker": "clean"})
    assert not is_alive(orphan)
    assert is_alive(stack.pid("gateway"))
    assert stack.pid("redis") == redis


def test_parts_see_what_they_need_of_the_environment_and_no_more(stack):
    stack.environ |= {"BYSTANDER": "1", "WORD": "hello", "OPENAI_API_KEY": "sk", "OPENCLAW_GATEWAY_URL": "ws://x"}
    stack.configure('[agents.main]\nsystem_prompt = "${WORD}"\n')
    stack.up({"gateway": "clean"})
    seen = json.loads(stack.seen("gateway.env").read_text())
    assert "BYSTANDER" not in seen
    assert "OPENCLAW_GATEWAY_URL" not in seen
    assert (seen["WORD"], seen["OPENAI_API_KEY"]) == ("hello", "sk")
    assert seen["OPENCLAW_HOME"] == str(stack.home)
    assert seen["OPENCLAW_GATEWAY_PORT"] == str(stack.port)
    # Read from its file by each part: a variable would stand above a config that changes it while they run.
    assert "OPENCLAW_GATEWAY_TOKEN" not in seen
    assert seen["OPENCLAW_REDIS_URL"].startswith("unix://")


def test_the_command_itself_refuses_a_taken_port_and_options_that_make_no_sense(run):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        done = run("up", "--port", str(listener.getsockname()[1]))
    assert done.returncode == 2
    assert "is taken by another program" in done.stderr
    assert run("up", "--workers", "0").returncode == 2


def test_migrate_makes_the_database_and_may_be_run_again(run, user_home):
    for _ in range(2):
        done = run("database", "upgrade")
        assert (done.returncode, done.stdout) == (0, "the database is at the current schema\n"), done.stderr
    assert (user_home / ".openclaw" / "openclaw.db").exists()
