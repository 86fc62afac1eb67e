"""More than one worker: the turns are shared, a worker joins by being started, and Flower shows what ran."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.chaos.ledger import Ledger
from tests.e2e.configs import ONE_BY_ONE, SHORT_LEASES
from tests.stack import ROOT, Client, Stack, free_port, running_stack
from tests.waiting import wait_until

#: Long enough that one worker cannot run all of a burst by itself before the others look.
TURN = "[[slow:0.7]] share the work"


@pytest.fixture(scope="module")
def flower_port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def stack(flower_port: int) -> Iterator[Stack]:
    config = f"{SHORT_LEASES}{ONE_BY_ONE}[flower]\nport = {flower_port}\n"
    with running_stack(config, "--workers", "2", "--concurrency", "2", "--flower") as running:
        yield running


@pytest.fixture
def client(stack: Stack) -> Iterator[Client]:
    connected = stack.client()
    yield connected
    connected.close()


def burst(client: Client, count: int) -> list[str]:
    """Turns of as many sessions, all asked for at once."""
    return [client.say(TURN, f"agent:main:worker-{uuid.uuid4()}") for _ in range(count)]


def hosts(stack: Stack, run_ids: list[str]) -> set[str]:
    """The workers that ran them."""
    marks = ",".join("?" * len(run_ids))
    rows = Ledger(stack.home / "openclaw.db").query(
        f"SELECT DISTINCT host FROM attempts WHERE run_id IN ({marks})", *run_ids
    )
    return {row["host"] for row in rows}


def finish(client: Client, run_ids: list[str]) -> None:
    assert {client.final(run_id)["state"] for run_id in run_ids} == {"final"}


@pytest.mark.spec("K7", "E2")
def test_the_workers_of_a_stack_share_its_turns(stack: Stack, client: Client):
    runs = burst(client, 6)
    finish(client, runs)
    assert len(hosts(stack, runs)) == 2


@pytest.fixture
def worker_by_hand(stack: Stack) -> Iterator[subprocess.Popen[bytes]]:
    """``celery -A workers worker``, as anyone who knows Celery would start one more."""
    (socket,) = (stack.home / "redis").glob("*.sock")
    ready = stack.folder / "by-hand.ready"
    environment = {
        **stack.env,
        "OPENCLAW_REDIS_URL": f"unix://{socket}",
        "OPENCLAW_GATEWAY_TOKEN": stack.token,
        "OPENCLAW_READY_FILE": str(ready),
    }
    with (stack.folder / "by-hand.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "workers", "worker", "-P", "threads", "-c", "4", "-n", "by-hand@%h"],
            env=environment, cwd=ROOT, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    try:
        wait_until(ready.exists, 30, what="the worker is ready")
        yield process
    finally:
        process.terminate()
        process.wait(30)


@pytest.mark.spec("K7", "J3")
def test_a_worker_started_by_hand_gets_turns_and_leaves_without_losing_one(
    stack: Stack, client: Client, worker_by_hand: subprocess.Popen[bytes]
):
    runs: list[str] = []

    def has_run_one() -> bool:
        more = burst(client, 8)
        runs.extend(more)
        finish(client, more)
        return any("by-hand" in host or str(worker_by_hand.pid) in host for host in hosts(stack, runs))

    wait_until(has_run_one, 30, what=f"the worker by hand has run a turn; {hosts(stack, runs) if runs else ''}")
    leaving = burst(client, 8)
    worker_by_hand.terminate()
    finish(client, leaving)
    assert worker_by_hand.wait(30) == 0


def flower(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
    except OSError:
        return 0, ""


@pytest.mark.spec("K6")
def test_flower_lists_the_turns_with_session_and_run(stack: Stack, client: Client, flower_port: int):
    assert stack.facts["flower_url"] == f"http://127.0.0.1:{flower_port}"
    wait_until(lambda: flower(flower_port, "/healthcheck")[0] == 200, 30, what="Flower answers")
    key = f"agent:main:flower-{uuid.uuid4()}"

    def listed() -> dict[str, Any]:
        run_id = client.say("show me", key)
        client.final(run_id)
        query = "/tasks/datatable?draw=1&start=0&length=100&search[value]=&order[0][column]=0&order[0][dir]=desc&columns[0][data]=received"
        status, body = flower(flower_port, query.replace("[", "%5B").replace("]", "%5D"))
        rows = json.loads(body).get("data", []) if status == 200 else []
        return next((row for row in rows if key in json.dumps(row)), {})

    row = wait_until(listed, 30, interval=0.5, what="Flower lists a turn of the session")
    assert row["name"].startswith("agent.turn")
    assert row["state"] in {"RECEIVED", "STARTED", "SUCCESS"}
    assert flower(flower_port, "/workers")[0] == 200


def test_workers_give_way_to_the_gateway_of_their_host(stack: Stack) -> None:
    def priority(role: str) -> int:
        return os.getpriority(os.PRIO_PROCESS, stack.pid(role))

    assert priority("worker") - priority("gateway") == 5
