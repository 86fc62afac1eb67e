"""``openclaw devices``: an operator and another machine, each with a command line, at one real gateway."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.cli.elsewhere import Elsewhere
from tests.integration.cli.in_process import Cli, Done, cli
from tests.integration.web.serving import Served, serving
from tests.integration.web.twins import TOKEN, Desk
from tests.waiting import wait_until

__all__ = ["cli"]
pytestmark = pytest.mark.spec("A4", "B3", "B5")

Run = Callable[..., Done]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    (tmp_path / "gateway").mkdir()
    with serving(Desk(), tmp_path / "gateway", public_url="") as running:
        yield running


@pytest.fixture
def operator(served: Served, cli: Cli) -> Run:
    """The command line on the gateway's machine."""
    return lambda *arguments, **options: cli(
        *arguments, OPENCLAW_GATEWAY_URL=f"ws://127.0.0.1:{served.port}", OPENCLAW_GATEWAY_TOKEN=TOKEN, **options
    )


@pytest.fixture
def proxy(served: Served) -> Iterator[Elsewhere]:
    proxy = Elsewhere(served.port)
    yield proxy
    proxy.close()


@pytest.fixture
def other(proxy: Elsewhere, cli: Cli, tmp_path: Path) -> Run:
    """The command line on another machine, which knows the gateway's address and nothing else."""
    home = tmp_path / "other"
    home.mkdir()
    return lambda *arguments, **options: cli(
        *arguments, HOME=str(home), **{"OPENCLAW_GATEWAY_URL": proxy.url, **options}
    )


def paired(operator: Run) -> list[dict[str, Any]]:
    return list(json.loads(operator("devices", "list", "--json").out)["paired"])


def join(operator: Run, other: Run, proxy: Elsewhere, *options: str) -> Done:
    code = operator("devices", "setup-code", "--public-url", proxy.url, *options).out.strip()
    return other("devices", "join", code)


def test_a_machine_asks_is_approved_and_works(operator: Run, other: Run) -> None:
    done = other("agents", "list", OPENCLAW_GATEWAY_TOKEN=TOKEN)
    assert done.code == 1
    (request,) = json.loads(operator("devices", "list", "--json").out)["pending"]
    assert f"openclaw devices approve {request['requestId']}" in done.err
    listed = operator("devices", "list").out
    assert request["requestId"] in listed
    assert "openclaw devices approve REQUEST" in listed
    assert "is approved" in operator("devices", "approve").out
    assert "Main" in other("agents", "list", OPENCLAW_GATEWAY_TOKEN=TOKEN).out
    assert "Main" in other("agents", "list").out, "the token it was given is enough"


def test_nothing_and_too_much_to_approve_is_said(operator: Run, other: Run) -> None:
    done = operator("devices", "approve")
    assert (done.code, "nothing waits for approval" in done.err) == (1, True)
    done = operator("devices", "approve", "no-such-request")
    assert (done.code, "unknown requestId" in done.err) == (1, True)
    assert "No device is paired." in operator("devices", "list").out


def test_a_request_is_turned_down(operator: Run, other: Run) -> None:
    other("health", OPENCLAW_GATEWAY_TOKEN=TOKEN)
    (request,) = json.loads(operator("devices", "list", "--json").out)["pending"]
    assert "is rejected" in operator("devices", "reject", request["requestId"]).out
    assert json.loads(operator("devices", "list", "--json").out)["pending"] == []


@pytest.mark.parametrize(("access", "admin"), [("full", True), ("limited", False)])
def test_a_setup_code_pairs_a_machine_for_good(
    operator: Run, other: Run, proxy: Elsewhere, access: str, admin: bool
) -> None:
    done = join(operator, other, proxy, "--access", access)
    assert (done.code, f"export OPENCLAW_GATEWAY_URL={proxy.url}" in done.out) == (0, True), done.err
    assert "Main" in other("agents", "list").out
    assert (other("devices", "list").code == 0) is admin
    (device,) = paired(operator)
    assert (device["approvedVia"], "operator.admin" in device["scopes"]) == ("setup-code", admin)


def test_what_is_no_code_or_is_used_up_is_refused(operator: Run, other: Run, proxy: Elsewhere) -> None:
    done = other("devices", "join", "nonsense")
    assert (done.code, "openclaw devices setup-code" in done.err) == (2, True)
    code = operator("devices", "setup-code", "--public-url", proxy.url).out.strip()
    assert other("devices", "join", code).code == 0
    done = other("devices", "join", code)
    assert (done.code, "used up" in done.err) == (1, True)
    done = join(operator, other, proxy, "--access", "node")
    assert (done.code, "another role" in done.err) == (1, True)


def test_whoever_made_a_code_can_wait_until_it_is_used(
    served: Served, operator: Run, proxy: Elsewhere, tmp_path: Path, environ: dict[str, str]
) -> None:
    program = (sys.executable, "-m", "openclaw.cli.main", "devices")
    here = {"OPENCLAW_GATEWAY_URL": f"ws://127.0.0.1:{served.port}", "OPENCLAW_GATEWAY_TOKEN": TOKEN}
    making = subprocess.Popen(
        [*program, "setup-code", "--public-url", proxy.url, "--until-used"],
        env={**environ, **here}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    with making:
        assert making.stdout is not None
        code = making.stdout.readline().strip()
        done = subprocess.run(
            [*program, "join", code], env={**environ, "HOME": str(tmp_path)}, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr
        assert making.wait(20) == 0
        assert making.stderr is not None
        assert "used by" in making.stderr.read()


def test_on_a_terminal_a_code_is_shown_as_a_picture_too(served: Served, environ: dict[str, str]) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "openclaw.cli.main", "devices", "setup-code"],
        env={
            **environ,
            "OPENCLAW_GATEWAY_URL": f"ws://127.0.0.1:{served.port}",
            "OPENCLAW_GATEWAY_TOKEN": TOKEN,
            "TERM": "dumb",
        },
        stdin=theirs, stdout=theirs, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    text = b""
    while chunk := _read(ours):
        text += chunk
    os.close(ours)
    assert process.wait(20) == 0
    assert "█" in text.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""


@pytest.mark.parametrize("by", ["id", "beginning", "name"])
def test_a_device_is_renamed_and_removed_by_its_id_the_beginning_of_it_or_its_name(
    operator: Run, other: Run, proxy: Elsewhere, by: str
) -> None:
    join(operator, other, proxy)
    (device,) = paired(operator)
    named = {"id": device["deviceId"], "beginning": device["deviceId"][:8], "name": device["displayName"]}[by]
    assert "is called the shed" in operator("devices", "rename", named, "the shed").out
    assert paired(operator)[0]["displayName"] == "the shed"
    assert "is removed" in operator("devices", "remove", "the shed").out
    assert paired(operator) == []
    assert other("agents", "list").code == 1
    done = operator("devices", "remove", "the shed")
    assert (done.code, "openclaw devices list" in done.err) == (1, True)


@pytest.mark.parametrize("command", ["revoke", "rotate"])
def test_a_token_that_is_taken_away_is_void_and_the_secret_brings_another(
    operator: Run, other: Run, proxy: Elsewhere, command: str
) -> None:
    join(operator, other, proxy)
    done = operator("devices", command, paired(operator)[0]["deviceId"])
    assert done.code == 0, done.err
    refused = other("agents", "list")
    assert (refused.code, "device token mismatch" in refused.err) == (1, True)
    assert other("agents", "list", OPENCLAW_GATEWAY_TOKEN=TOKEN).code == 0
    assert other("agents", "list").code == 0


def test_waiting_for_approval_on_the_command_line(
    served: Served, operator: Run, proxy: Elsewhere, tmp_path: Path, environ: dict[str, str]
) -> None:
    variables = {**environ, "HOME": str(tmp_path), "OPENCLAW_GATEWAY_URL": proxy.url, "OPENCLAW_GATEWAY_TOKEN": TOKEN}
    answers: list[subprocess.CompletedProcess[str]] = []

    def ask() -> None:
        command = [sys.executable, "-m", "openclaw.cli.main", "agents", "list", "--wait"]
        answers.append(subprocess.run(command, env=variables, capture_output=True, text=True, timeout=60, check=False))

    asking = threading.Thread(target=ask)
    asking.start()
    wait_until(lambda: json.loads(operator("devices", "list", "--json").out)["pending"])
    operator("devices", "approve")
    asking.join(60)
    assert (answers[0].returncode, "Main" in answers[0].stdout) == (0, True), answers[0].stderr
    assert "waiting for approval" in answers[0].stderr
