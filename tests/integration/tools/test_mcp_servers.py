"""MCP servers as real programs and real addresses: what a call brings, and what becomes of servers that fail."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from openclaw.errors import RunAborted, ToolError
from openclaw.mcp.pool import McpPool
from openclaw.ports.cancel import CancelToken
from openclaw.ports.mcp import McpAnswer, McpDown, McpOutcomeUnknown, McpServer
from openclaw.ports.secrets import Secret
from openclaw.ports.tool import ToolContext
from openclaw.tools.mcp_tool import remote_tools
from tests.mcp_process import at_a_port
from tests.stack import ROOT, free_port
from tests.waiting import wait_until

pytestmark = [pytest.mark.spec("E9"), pytest.mark.enable_socket]


@pytest.fixture
def pool(tmp_path: Path) -> Iterator[McpPool]:
    made = McpPool(tmp_path / "logs")
    yield made
    made.close()


def stand_in(folder: Path) -> McpServer:
    """The stand-in as a program of its own, which notes its starts."""
    return McpServer(
        "stand-in",
        command=sys.executable,
        args=("-m", "tests.mcp_server"),
        env=(("SECRET", Secret("hunter22")), ("STARTS", Secret(str(folder / "starts")))),
        cwd=ROOT,
        start_seconds=30,
        call_seconds=30,
    )


@pytest.fixture
def program(tmp_path: Path) -> McpServer:
    return stand_in(tmp_path)


@dataclass(frozen=True)
class Running:
    """A server for all tests that leave it alive."""

    pool: McpPool
    program: McpServer
    folder: Path


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("mcp")
    made = Running(McpPool(folder / "logs"), stand_in(folder), folder)
    assert starts(folder) == 0
    made.pool.tools([made.program])
    yield made
    made.pool.close()


def starts(tmp_path: Path) -> int:
    file = tmp_path / "starts"
    return len(file.read_text().splitlines()) if file.exists() else 0


def call(pool: McpPool, server: McpServer, tool: str, **arguments: object) -> McpAnswer:
    return pool.call(server, tool, arguments, CancelToken())


def until_up(pool: McpPool, server: McpServer) -> str:
    """What a call brings once the server may be started anew."""

    def said() -> str:
        try:
            return call(pool, server, "echo", text="again").text
        except McpDown:
            return ""

    return wait_until(said, 30)


def test_a_program_is_started_at_the_first_need_and_once(running: Running) -> None:
    listed = running.pool.tools([running.program])[running.program]
    assert not isinstance(listed, McpDown)
    assert {tool.name for tool in listed} >= {"echo", "do.it", "do_it"}
    assert next(tool.read_only for tool in listed if tool.name == "echo")
    assert call(running.pool, running.program, "echo", text="héllo") == McpAnswer("héllo")
    assert running.pool.tools([running.program])[running.program] == listed
    assert starts(running.folder) == 1


def test_a_program_gets_its_own_variables_and_none_of_ours(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "ours")
    said = call(running.pool, running.program, "variables").text
    assert "SECRET=hunter22" in said
    assert "OPENAI_API_KEY" not in said
    assert "SECRET" not in os.environ


def test_what_is_no_text_is_named_and_left_out(running: Running) -> None:
    assert call(running.pool, running.program, "picture").text == "[image image/png, 9 bytes, left out]"
    assert call(running.pool, running.program, "refuse").is_error


def test_a_tool_of_ours_marks_and_hides_what_it_says(running: Running) -> None:
    listed = running.pool.tools([running.program])[running.program]
    assert not isinstance(listed, McpDown)
    tools = remote_tools(running.program, listed, running.pool.call)
    assert {"stand-in__echo", "stand-in__do_it", "stand-in__do_it_2"} <= set(tools)
    context = ToolContext("r", "agent:main:main", "main", Path(), "m", CancelToken())
    said = tools["stand-in__variables"].run({}, context).text
    assert "hunter22" not in said
    assert said.index("<untrusted-data") < said.index("SECRET=***") < said.index("</untrusted-data")
    # Two names that look the same lead to their own tools.
    both = {tools[name].run({}, context).text.splitlines()[2] for name in ("stand-in__do_it", "stand-in__do_it_2")}
    assert both == {"done", "done too"}


def test_a_server_that_dies_in_a_call_leaves_the_outcome_open_and_is_started_anew(
    pool: McpPool, program: McpServer, tmp_path: Path
) -> None:
    with pytest.raises(McpOutcomeUnknown, match=r"ended during the call.*not known whether"):
        call(pool, program, "die")
    assert until_up(pool, program) == "again"
    assert starts(tmp_path) == 2


def test_a_server_that_died_meanwhile_is_noticed(pool: McpPool, program: McpServer, tmp_path: Path) -> None:
    pool.tools([program])
    os.kill(int((tmp_path / "starts").read_text()), 9)
    wait_until(lambda: isinstance(pool.tools([program])[program], McpDown) or starts(tmp_path) == 2, 20)
    assert until_up(pool, program) == "again"


def test_a_slow_call_is_given_up_and_the_server_goes_on(pool: McpPool, program: McpServer, tmp_path: Path) -> None:
    hasty = replace(program, call_seconds=0.5)
    pool.tools([hasty])
    with pytest.raises(McpOutcomeUnknown, match=r"longer than 0.5 seconds"):
        call(pool, hasty, "wait", path=str(tmp_path / "began"))
    assert call(pool, hasty, "echo", text="on").text == "on"
    assert starts(tmp_path) == 1


def test_a_turn_that_is_stopped_ends_its_call(running: Running) -> None:
    cancel, began = CancelToken(), running.folder / "began"

    def stop() -> None:
        wait_until(began.exists)
        cancel.cancel("stop")

    thread = threading.Thread(target=stop)
    thread.start()
    with pytest.raises(RunAborted):
        running.pool.call(running.program, "wait", {"path": str(began)}, cancel)
    thread.join()
    assert call(running.pool, running.program, "echo", text="on").text == "on"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"command": "/nowhere/to/be/found"}, "FileNotFoundError"),
        ({"args": ("-c", "raise SystemExit(1)")}, "is down"),
        ({"env": (("NEVER_READY", Secret("yes!")),), "start_seconds": 0.5}, "not ready within 0.5 seconds"),
        ({"command": "", "url": "http://127.0.0.1:9/key-in-path"}, "is down"),
    ],
)
def test_a_server_that_cannot_be_started_is_down_and_breaks_nothing(
    pool: McpPool, program: McpServer, change: dict[str, object], says: str
) -> None:
    broken = replace(program, name="broken", **change)
    listed = pool.tools([broken, program])
    down = listed[broken]
    assert isinstance(down, McpDown)
    assert says in str(down)
    assert "key-in-path" not in str(down)
    assert not isinstance(listed[program], McpDown)
    # It is not tried again at once: nobody waits twice.
    with pytest.raises(McpDown):
        call(pool, broken, "echo", text="x")


@pytest.mark.parametrize(("kind", "path", "transport"), [("http", "mcp", "auto"), ("sse", "sse", "auto")])
def test_a_server_at_an_address_may_be_restarted(
    pool: McpPool, program: McpServer, kind: str, path: str, transport: str
) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}/{path}"
    server = replace(
        program, command="", url=url, transport=transport, headers=(("authorization", Secret("Bearer x")),)
    )
    with at_a_port(kind, port):
        assert until_up(pool, server) == "again"
        with pytest.raises(McpOutcomeUnknown):
            call(pool, server, "die")
    with at_a_port(kind, port):
        assert until_up(pool, server) == "again"


def test_a_forked_child_starts_its_own(pool: McpPool, program: McpServer, tmp_path: Path) -> None:
    assert call(pool, program, "echo", text="parent").text == "parent"
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            code = 0 if call(pool, program, "echo", text="child").text == "child" else 2
            pool.close()
        finally:
            os._exit(code)
    assert os.waitpid(pid, 0)[1] == 0
    assert starts(tmp_path) == 2
    assert call(pool, program, "echo", text="parent").text == "parent"


def test_what_is_not_configured_any_more_is_ended(pool: McpPool, program: McpServer, tmp_path: Path) -> None:
    pool.tools([program])
    pid = int((tmp_path / "starts").read_text())
    pool.retain([])
    wait_until(lambda: not Path(f"/proc/{pid}").exists(), 20)


def test_a_name_that_the_server_does_not_have_is_an_error(running: Running) -> None:
    try:
        assert call(running.pool, running.program, "nope").is_error
    except ToolError as error:
        assert "nope" in str(error)


def test_a_call_is_over_before_its_server_is_ended(pool: McpPool, program: McpServer, tmp_path: Path) -> None:
    cancel, began = CancelToken(), tmp_path / "began"
    ended: list[BaseException] = []

    def wait() -> None:
        try:
            pool.call(program, "wait", {"path": str(began)}, cancel)
        except RunAborted as error:
            ended.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    wait_until(began.exists)
    pid = int((tmp_path / "starts").read_text())
    pool.retain([])
    assert call(pool, program, "echo", text="another").text == "another"
    assert Path(f"/proc/{pid}").exists()
    cancel.cancel("stop")
    thread.join()
    assert len(ended) == 1
    wait_until(lambda: not Path(f"/proc/{pid}").exists(), 20)
