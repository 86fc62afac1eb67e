"""A real node host at a real stack: asked by operators and by agents, here and across gateways."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.e2e.gateways import another_gateway
from tests.e2e.node_process import NodeProcess
from tests.stack import Stack, running_stack, text_of
from tests.waiting import wait_until

pytestmark = pytest.mark.spec("A4", "B5", "B9", "E9")


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running_stack("", "--workers", "1") as running:
        yield running


@pytest.fixture
def node(stack: Stack, tmp_path: Path) -> NodeProcess:
    return NodeProcess(tmp_path, stack.facts["ws_url"], stack.token)


def nodes(stack: Stack) -> dict[str, dict[str, object]]:
    done = stack.cli("nodes", "list", "--json")
    assert done.returncode == 0, done.stderr
    return {row["displayName"]: row for row in json.loads(done.stdout)["nodes"]}


def is_there(stack: Stack, name: str) -> bool:
    return bool(nodes(stack).get(name, {}).get("connected"))


def test_a_machine_lends_what_its_user_allows(stack: Stack, node: NodeProcess, tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "note.txt").write_text("milk")
    with node.running("--name", "shed", "--folder", str(tmp_path / "shared")):
        wait_until(lambda: is_there(stack, "shed"), 30, what="the node")
        which = stack.cli("nodes", "invoke", "shed", "system.which", "sh")
        assert json.loads(which.stdout)["bins"] == {"sh": shutil.which("sh")}, which.stderr
        denied = stack.cli("nodes", "invoke", "shed", "system.run", "--", "sh", "-c", "echo hi")
        assert (denied.returncode, "openclaw node allow" in denied.stderr) == (1, True)
        assert node.cli("allow", "sh").returncode == 0
        done = stack.cli("nodes", "invoke", "shed", "system.run", "--", "sh", "-c", "echo hi; exit 3")
        assert (done.returncode, done.stdout) == (3, "hi\n"), done.stderr
        read = stack.cli("nodes", "invoke", "shed", "file.read", "--params", '{"path": "note.txt"}', "--json")
        assert json.loads(read.stdout)["payload"]["content"] == "milk"
    wait_until(lambda: not is_there(stack, "shed"), 30, what="its leaving")
    gone = stack.cli("nodes", "invoke", "shed", "system.which", "sh")
    assert (gone.returncode, "is not connected" in gone.stderr) == (1, True)


def test_an_agent_asks_a_node_and_its_turn_goes_on_with_the_answer(stack: Stack, node: NodeProcess) -> None:
    node.cli("allow", "sh")
    arguments = {
        "action": "invoke",
        "node": "barn",
        "command": "system.run",
        "params": {"command": ["sh", "-c", "echo moo"]},
    }
    with node.running("--name", "barn"):
        wait_until(lambda: is_there(stack, "barn"), 30, what="the node")
        with closing(stack.client()) as client:
            run_id = client.say(f"[[tool:nodes {json.dumps(arguments)}]]", session="agent:main:farm")
            assert "moo" in text_of(client.final(run_id))
            listed = client.say('[[tool:nodes {"action": "list"}]]', session="agent:main:farm")
            assert "barn" in text_of(client.final(listed))


def test_a_node_hangs_on_another_gateway_than_its_caller_and_comes_back_after_a_crash(
    stack: Stack, node: NodeProcess
) -> None:
    with another_gateway(stack) as second:
        elsewhere = NodeProcess(node.home, second.ws_url, stack.token)
        with elsewhere.running("--name", "attic"):
            wait_until(lambda: is_there(stack, "attic"), 30, what="the node")
            asked = ("nodes", "invoke", "attic", "device.status", "--json")
            answer = json.loads(stack.cli(*asked).stdout)
            assert answer["payload"]["hostname"] == os.uname().nodename
    with node.running("--name", "attic"):
        wait_until(lambda: is_there(stack, "attic"), 30, what="the node at the first gateway")
        os.kill(stack.pid("gateway"), signal.SIGKILL)
        wait_until(lambda: "not connected" in node.log, 30, what="the node to see it")
        wait_until(lambda: stack.cli("nodes", "list").returncode == 0 and is_there(stack, "attic"), 60, what="it again")
        assert stack.cli(*asked).returncode == 0
