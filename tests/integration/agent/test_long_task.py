"""A task of thirty steps ends the same, whether its worker lives or dies at every tenth step."""

from __future__ import annotations

import http.server
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from openclaw.composition.intake import build_approval_desk
from openclaw.domain.crash_points import CrashPoint, arm
from openclaw.ports.lanes import LaneState
from openclaw.ports.provider import ModelEvent, ModelRequest
from tests.integration.agent.scripted import World, answers, is_summary, one_call, world_of

pytestmark = [
    pytest.mark.spec("K1", "K2", "E4", "E7", "E9", "I2"),
    pytest.mark.skipif(shutil.which("bwrap") is None, reason="no bubblewrap on this machine"),
    pytest.mark.timeout(180),
]

STEPS = 30
FACTS = "The Nile is a river in Africa. It is about 6650 kilometres long, and many people live along it. " * 3


@pytest.fixture
def page() -> Iterator[int]:
    """A web page; its port."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(f"<html><article><h1>Nile</h1><p>{FACTS}</p></article></html>".encode())

        def log_message(self, *_: object) -> None: ...

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


class WorkerDied(BaseException):
    """What no turn survives."""


class Dying:
    """Lets the worker die once at each of some passages of crash points."""

    def __init__(self, at: dict[int, CrashPoint]) -> None:
        self.at = dict(at)
        self.steps = 0

    def __call__(self, point: CrashPoint) -> None:
        if point is CrashPoint.TOOL_STEP_BEFORE_RUN:
            self.steps += 1
        due = next((number for number, where in self.at.items() if number <= self.steps and where is point), None)
        if due is not None:
            del self.at[due]
            raise WorkerDied


def last_said(request: ModelRequest) -> str:
    return next((message.text for message in reversed(request.messages) if message.role == "user"), "")


def call_of(step: int, port: int) -> tuple[str, dict[str, Any]]:
    """The tool call of each step: files, commands, a page, a command that needs an approval, a sub-agent, much to read."""
    special: dict[int, tuple[str, dict[str, Any]]] = {
        0: ("write", {"path": "plan.md", "content": "one\ntwo\n"}),
        1: ("edit", {"path": "plan.md", "old_text": "two", "new_text": "three"}),
        4: ("exec", {"command": "cat plan.md | wc -l"}),
        7: ("web_fetch", {"url": f"http://page.localhost:{port}/"}),
        9: ("sessions_spawn", {"task": "Write down what a river is.", "label": "river"}),
        12: ("exec", {"command": "echo done >> effects.txt"}),
        19: ("write", {"path": "report.md", "content": "The Nile is long.\n"}),
        24: ("apply_patch", {"patch": "*** Begin Patch\n*** Add File: notes/end.md\n+fin\n*** End Patch"}),
    }
    return special.get(step, ("fill", {"chars": 2_500 + step}))


def scripted(world: World, run: list[str], port: int) -> Callable[[ModelRequest], list[ModelEvent]]:
    """A model that does the next step, whichever worker asks: it goes by what has been committed."""

    def script(request: ModelRequest) -> list[ModelEvent]:
        if is_summary(request):
            return answers("Some steps are done; the others follow.")
        said = last_said(request)
        if said.startswith("[Task]"):
            return answers("A river is water that flows.")
        if said.startswith("[Sub-agent]"):
            return answers(f"heard: {'water that flows' in said}")
        done = world.cluster.ledger.query(
            "SELECT count(*) AS n FROM steps WHERE run_id = ? AND kind = 'model'", run[0]
        )[0]["n"]
        if done >= STEPS:
            return answers("all thirty steps are done")
        return one_call(*call_of(done, port), call_id=f"call-{done}")

    return script


def carry_out(world: World, port: int, dying: Dying) -> dict[str, Any]:
    """Run the task to its end, with a new worker after each death and a person who approves what is asked."""
    run: list[str] = [""]
    world.model.script = scripted(world, run, port)
    run[0] = world.cluster.say("Do the thirty steps.")
    approvals = build_approval_desk(world.cluster.storage, world.cluster.redis, world.cluster.keeper)
    step: Callable[[], object] = world.begin
    for _ in range(20):
        arm(dying)
        try:
            step()
        except WorkerDied:
            step = world.resume
            continue
        finally:
            arm(None)
        for waiting in approvals.pending():
            approvals.decide(waiting.id, "allow-once", "somebody")
        if world.state is not LaneState.GRANTED:
            break
        step = world.begin
    return world.cluster.run(run[0])


def workspace(world: World) -> dict[str, str]:
    root = next(path.parent for path in world.cluster.folder.rglob("plan.md"))
    return {str(path.relative_to(root)): path.read_text() for path in sorted(root.rglob("*")) if path.is_file()}


KILLS = {10: CrashPoint.MODEL_STEP_BEFORE_COMMIT, 13: CrashPoint.TOOL_STEP_BEFORE_COMMIT, 20: CrashPoint.TOOL_STEP_BEFORE_COMMIT, 30: CrashPoint.TOOL_STEP_AFTER_COMMIT}  # fmt: skip


@pytest.mark.parametrize("kills", [{}, KILLS], ids=["undisturbed", "killed at every tenth step"])
def test_a_long_task(
    kills: dict[int, CrashPoint], page: int, redis_client: object, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def here(_host: str, port: int, *_: object, **__: object) -> list[object]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", here)
    more = f'[tools.web]\nallow_private = ["page.localhost:{page}"]\n'
    with world_of(redis_url, window=16_000, more=more) as world:
        dying = Dying(kills)
        ended = carry_out(world, page, dying)
        assert dying.at == {}
        assert (ended["status"], ended["reply_text"]) == ("succeeded", "all thirty steps are done")
        assert len(world.cluster.attempts(ended["run_id"])) == 2 + len(kills)
        assert workspace(world) == {
            "effects.txt": "done\n",
            "notes/end.md": "fin\n",
            "plan.md": "one\nthree\n",
            "report.md": "The Nile is long.\n",
        }
        kinds = world.steps(ended["run_id"])
        assert kinds.count("tool") == STEPS
        assert "compaction" in kinds
        results = world.cluster.ledger.query("SELECT blocks FROM transcript WHERE role = 'tool' ORDER BY seq")
        said = " ".join(row["blocks"] for row in results)
        assert len(results) == STEPS
        world.run_all()
        assert [row["outcome"] for row in world.cluster.ledger.query("SELECT outcome FROM subagents")] == ["success"]
        told = world.cluster.ledger.query("SELECT reply_text FROM runs WHERE session_id = 1 ORDER BY started_at_ms")
        assert [row["reply_text"] for row in told] == ["all thirty steps are done", "heard: True"]
        assert "6650 kilometres" in said
        assert "its outcome is unknown" not in said
