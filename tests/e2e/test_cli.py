"""The command line against a running stack: what it prints, how it ends, and what it starts and stops."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import closing

import psutil
import pytest

from tests.chaos.ledger import Ledger
from tests.stack import ROOT, Client, Stack, running_stack
from tests.waiting import wait_until


@pytest.fixture(scope="module")
def known(stack: Stack) -> str:
    """A session that lists and counts show."""
    key = f"agent:main:cli-{uuid.uuid4()}"
    done = stack.cli("agent", "--message", "hello", "--session", key)
    assert done.returncode == 0, done.stderr
    return key


READS = [
    (("sessions",), "agent:main:cli-"),
    (("status",), "sessions"),
    (("health",), "ok"),
    (("models", "list"), "demo/echo"),
    (("agents", "list"), "main"),
    (("memory", "status"), "memory"),
    (("channels", "status"), ""),
    (("config", "get"), "{"),
    (("config", "check"), "ok"),
    (("logs",), "gunicorn"),
]


@pytest.mark.spec("A2", "A4")
@pytest.mark.parametrize(("command", "shown"), READS, ids=[" ".join(command) for command, _ in READS])
def test_a_read_command_answers_in_words(stack: Stack, known: str, command: tuple[str, ...], shown: str):
    done = stack.cli(*command)
    assert (done.returncode, done.stderr) == (0, "")
    assert shown in done.stdout
    assert done.stdout.strip()
    assert "\x1b[" not in done.stdout


@pytest.mark.spec("A2", "A4")
@pytest.mark.parametrize("command", [command for command, _ in READS], ids=" ".join)
def test_a_read_command_answers_in_json(stack: Stack, known: str, command: tuple[str, ...]):
    done = stack.cli(*command, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert isinstance(json.loads(done.stdout), dict)


@pytest.mark.spec("A2")
def test_the_lists_agree_with_the_gateway(stack: Stack, known: str):
    sessions = json.loads(stack.cli("sessions", "--json").stdout)
    assert known in [session["key"] for session in sessions["sessions"]]
    models = json.loads(stack.cli("models", "list", "--json").stdout)["models"]
    assert ("demo", "echo") in [(model["provider"], model["id"]) for model in models]
    agents = json.loads(stack.cli("agents", "list", "--json").stdout)
    assert (agents["defaultId"], [agent["id"] for agent in agents["agents"]]) == ("main", ["main"])
    assert stack.cli("config", "get", "lanes.lease_seconds", "--json").stdout.strip() == "15.0"


@pytest.mark.spec("A4")
@pytest.mark.parametrize(
    ("arguments", "code", "hint"),
    [
        (("nosuch",), 2, "nosuch"),
        (("config", "get", "gateway.prot"), 2, "gateway.prot"),
        (("sessions", "--limit", "0"), 2, "--limit"),
        (("agent", "--message", "hi", "--agent", "ghost"), 1, "ghost"),
        (("agent",), 2, "--message"),
        (("status", "--url", "ws://127.0.0.1:9"), 1, "127.0.0.1:9"),
        (("status", "--token", "wrong"), 1, "error"),
    ],
)
def test_a_command_that_cannot_be_served_says_why_in_its_exit_code(
    stack: Stack, arguments: tuple[str, ...], code: int, hint: str
):
    done = stack.cli(*arguments)
    assert done.returncode == code
    assert hint in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.spec("A4", "F12")
@pytest.mark.parametrize("form", [(), ("--json",)])
def test_a_turn_that_fails_ends_the_command_with_a_failure(stack: Stack, form: tuple[str, ...]):
    done = stack.cli("agent", "--message", "[[fail:auth]]", "--session", f"agent:main:{uuid.uuid4()}", *form)
    assert done.returncode == 1
    if form:
        assert json.loads(done.stdout)["status"] == "error"
    else:
        assert done.stderr.startswith("error: ")


@pytest.mark.spec("A4")
def test_agent_reads_the_message_from_standard_input(stack: Stack):
    done = subprocess.run(
        [sys.executable, "-m", "openclaw.cli.main", "agent", "--message", "-", "--session", f"agent:main:{uuid.uuid4()}"],
        env={**stack.env, "OPENCLAW_GATEWAY_URL": stack.facts["ws_url"], "OPENCLAW_GATEWAY_TOKEN": stack.token},
        cwd=ROOT, input="from a pipe", capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, "from a pipe" in done.stdout) == (0, True)


@pytest.mark.spec("A4")
def test_chat_answers_every_line_of_a_pipe_and_ends_with_it(stack: Stack):
    key = f"agent:main:{uuid.uuid4()}"
    done = subprocess.run(
        [sys.executable, "-m", "openclaw.cli.main", "chat", "--session", key],
        env={**stack.env, "OPENCLAW_GATEWAY_URL": stack.facts["ws_url"], "OPENCLAW_GATEWAY_TOKEN": stack.token},
        cwd=ROOT, input="first line\n\n/help\n/stop\nsecond line\n[[fail:auth]]\n/new\nafter it\n",
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    parts = ["You said: first line", "/quit", "nothing is running", "You said: second line", "You said: after it"]
    places = [done.stdout.find(part) for part in parts]
    assert -1 not in places, done.stdout
    assert places == sorted(places)
    assert "[error]" in done.stderr
    history = json.loads(stack.cli("sessions", "--json").stdout)["sessions"]
    assert key in [session["key"] for session in history]


@pytest.mark.spec("A1")
def test_every_process_of_the_stack_is_called_openclaw(stack: Stack):
    pids = {**stack.facts["pids"], "gateway": stack.pid("gateway")}  # another test restarts it
    assert {"supervisor", "gateway", "worker", "connector", "beat"} <= set(pids)
    titles = {role: " ".join(psutil.Process(pid).cmdline()) for role, pid in pids.items()}
    assert {role: title for role, title in titles.items() if not title.startswith("openclaw")} == {}
    gateways = [" ".join(child.cmdline()) for child in psutil.Process(pids["gateway"]).children()]
    assert [title for title in gateways if not title.startswith("openclaw")] == []


def runs(pid: int) -> bool:
    """Whether a process runs; one that nobody has buried yet does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.fixture(scope="module")
def own_stack() -> Iterator[Stack]:
    """A stack whose parts may be killed."""
    with running_stack("[lanes]\nlease_seconds = 3\n") as running:
        yield running


@pytest.mark.spec("H6", "J1")
@pytest.mark.parametrize("role", ["gateway", "worker", "connector", "beat", "redis"])
def test_a_part_that_crashed_is_started_again(own_stack: Stack, role: str):
    old = own_stack.pid(role)
    os.kill(old, signal.SIGKILL)
    wait_until(lambda: own_stack.pids(role) not in ([], [old]), 40, what=f"another {role}")
    if role in {"gateway", "redis"}:
        wait_until(lambda: own_stack.cli("health").returncode == 0, 40, what="the gateway answers")


@pytest.mark.spec("A4", "H6")
def test_a_second_up_in_the_same_home_is_refused_and_disturbs_nothing(own_stack: Stack):
    done = own_stack.cli("up")
    assert done.returncode == 1
    assert own_stack.url in done.stderr
    assert "openclaw down" in done.stderr
    wait_until(lambda: own_stack.cli("health").returncode == 0, 40, what="the first stack still serves")


@pytest.mark.spec("A1", "A4", "J1", "H6", "K1")
def test_a_profile_has_a_home_and_port_of_its_own_and_down_drains_and_stops_it(own_stack: Stack):
    name = f"e2e{uuid.uuid4().hex[:8]}"
    # Not the first stack's address: a profile finds its own.
    bare = Stack(own_stack.folder)
    up = bare.cli("--profile", name, "up", "--detach", "--json")
    try:
        assert up.returncode == 0, up.stderr
        facts = json.loads(up.stdout)
        home = own_stack.home.with_name(f"{own_stack.home.name}-{name}")
        assert facts["home"] == str(home)
        assert facts["url"] != own_stack.url
        assert facts["token"] != own_stack.token
        assert (home / "openclaw.db").exists()
        turn = bare.cli("--profile", name, "agent", "--message", "hello profile", "--json")
        assert (turn.returncode, "hello profile" in turn.stdout) == (0, True)
        listed = json.loads(bare.cli("--profile", name, "sessions", "--json").stdout)["sessions"]
        assert [session["key"] for session in listed] == ["agent:main:main"]
        client = Client(facts["ws_url"], facts["token"])
        last = client.say("[[slow:2]] last words", "agent:main:last")
        wait_until(lambda: Ledger(home / "openclaw.db").query("SELECT 1 FROM runs WHERE run_id = ?", last))
    finally:
        down = bare.cli("--profile", name, "down", "--json")
    client.close()
    assert json.loads(down.stdout)["stopped"] is True
    wait_until(lambda: not [pid for pid in facts["pids"].values() if runs(pid)], what="every process is gone")
    # What it had begun was finished first.
    status = "SELECT status FROM runs WHERE run_id = ?"
    assert Ledger(home / "openclaw.db").query(status, last) == [{"status": "succeeded"}]
    again = bare.cli("--profile", name, "down", "--json")
    assert (again.returncode, json.loads(again.stdout)["stopped"]) == (0, False)
    assert bare.cli("--profile", name, "health").returncode == 1
    wait_until(lambda: own_stack.cli("health").returncode == 0, 40, what="the first stack still serves")


@pytest.mark.spec("J1", "H6")
def test_everything_in_the_home_is_the_users_alone(own_stack: Stack):
    wrong = {
        str(path.relative_to(own_stack.home)): oct(path.stat().st_mode & 0o777)
        for path in [own_stack.home, *own_stack.home.rglob("*")]
        if path.stat().st_mode & 0o077
    }
    assert wrong == {}


@pytest.mark.spec("A4", "B1", "B2")
def test_a_gateway_that_is_restarted_serves_again_and_a_running_turn_is_not_disturbed(stack: Stack):
    key = f"restart-{uuid.uuid4()}"
    with closing(stack.client()) as client:
        params = {"sessionKey": "restart", "message": "[[slow:3]] a story", "idempotencyKey": key}
        client.call("chat.send", **params)
    before = stack.pid("gateway")
    done = stack.cli("gateway", "restart", "--json")
    assert done.returncode == 0, done.stderr
    assert stack.pid("gateway") != before
    with closing(stack.client()) as client:
        assert client.call("agent.wait", runId=key, timeoutMs=30_000)["status"] == "ok"
