"""Single tools over HTTP and WebSocket: who may call which, and what the caller is told. A twin of a worker runs them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from openclaw.domain.run import ReplayPolicy, RiskClass, RunStatus
from openclaw.domain.tool_chain import ToolBook, ToolRules
from openclaw.domain.tool_policy import SurfaceRules
from openclaw.errors import Busy
from openclaw.ports.provider import ToolSpec
from openclaw.tools.read import ReadTool
from openclaw.tools.session_status import SessionStatusTool
from tests.integration.web.client import fits, schema
from tests.integration.web.serving import Served
from tests.integration.web.test_gateway_http import fetch
from tests.integration.web.twins import TOKEN, Turn, answer
from web.services import AgentFacts

BEARER = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
Post = Callable[..., tuple[int, dict[str, Any]]]


class Fake:
    """A tool that a worker would have."""

    replay = ReplayPolicy.ASK

    def __init__(self, name: str, risk: RiskClass, **properties: Any) -> None:
        self.spec = ToolSpec(name, f"{name} does things.\nAnd more.", {"type": "object", "properties": properties})
        self.risk = risk

    def run(self, arguments: dict[str, Any], context: Any) -> Any:
        raise AssertionError("a gateway runs no tool")


TOOLS = {
    tool.spec.name: tool
    for tool in (
        ReadTool(),
        SessionStatusTool(),
        Fake("exec", RiskClass.EXECUTE),
        Fake("my_runner", RiskClass.EXECUTE),
        Fake("cron", RiskClass.WRITE, action={"type": "string"}),
        Fake("plugins", RiskClass.WRITE),
        Fake("secret", RiskClass.READ),
        Fake("sessions_send", RiskClass.WRITE),
    )
}
SOURCES = dict.fromkeys(TOOLS, "openclaw.tools") | {"my_runner": "acme.tools"}
BOOK = ToolBook(agents={"main": ToolRules(deny=("secret",)), "other": ToolRules(allow=("session_status", "secret"))})
AGENTS = (
    AgentFacts("main", default=True),
    AgentFacts("other"),
)


@pytest.fixture
def tools(serve: Callable[..., Served]) -> Callable[..., tuple[Served, Post]]:
    def make(rules: SurfaceRules | None = None, work: Callable[[Turn], None] | None = None) -> tuple[Served, Post]:
        surface = rules or SurfaceRules(allow=("cron",))
        served = serve(agents=AGENTS, tool_sources=SOURCES, tools=TOOLS, tool_rules=surface, tool_book=BOOK)
        served.desk.work = work or answer("the result ")

        def post(body: Any, headers: dict[str, str] | None = None, **more: str) -> tuple[int, dict[str, Any]]:
            raw = body if isinstance(body, bytes) else json.dumps(body).encode()
            sent = {**BEARER, **(headers or {}), **{name.replace("_", "-"): text for name, text in more.items()}}
            status, _, said = fetch(served.url("/tools/invoke"), raw, sent)
            return status, json.loads(said)

        return served, post

    return make


@pytest.mark.spec("B1", "E9")
def test_a_call_is_a_run_of_its_own_and_its_result_the_answer(tools: Callable[..., tuple[Served, Post]]) -> None:
    served, post = tools()
    said = {"x_openclaw_message_channel": "slack", "x_openclaw_account_id": "work"}
    status, body = post({"tool": "read", "args": {"path": "a.txt"}, "sessionKey": "talk"}, **said)
    assert (status, body) == (200, {"ok": True, "result": {"content": [{"type": "text", "text": "the result "}]}})
    (message,) = served.desk.machine_messages
    assert message.session_key.startswith("agent:main:tool:")
    assert (message.archived, message.background, message.sender.is_owner) == (True, False, True)
    given = message.options["tool_call"]
    assert (given["name"], given["arguments"], given["session_key"]) == ("read", {"path": "a.txt"}, "agent:main:talk")
    assert given["session"] == {"channel": "slack", "account": "work"}
    served.desk.session_for("agent:main:main")
    post({"tool": "cron", "action": "list"})
    given = served.desk.machine_messages[-1].options["tool_call"]
    assert (given["arguments"], given["session_key"]) == ({"action": "list"}, "agent:main:main")
    assert given["session"]["queue_mode"] == "collect"


@pytest.mark.spec("B1", "E9", "I2")
def test_what_is_not_allowed_looks_like_what_is_not_there(tools: Callable[..., tuple[Served, Post]]) -> None:
    served, post = tools(SurfaceRules(allow=("*",), deny=("read",)))
    for name in ("nosuch", "exec", "my_runner", "secret", "read"):
        assert post({"tool": name, "args": {"path": 5}}) == (
            404,
            {"ok": False, "error": {"type": "not_found", "message": f"Tool not available: {name}"}},
        )
        assert post({"tool": name, "dryRun": True})[0] == 404
    assert post({"tool": "read", "sessionKey": "agent:other:main"})[0] == 404
    assert post({"tool": "secret", "sessionKey": "agent:other:main"})[0] == 200
    assert len(served.desk.machine_messages) == 1


@pytest.mark.spec("B4", "B1")
def test_a_wrong_call_is_refused_with_the_reason(tools: Callable[..., tuple[Served, Post]]) -> None:
    served, post = tools()
    refusals: tuple[tuple[int, Any, dict[str, str], str], ...] = (
        (401, {"tool": "read"}, {"Authorization": "Bearer nonsense"}, "unauthorized"),
        (415, {"tool": "read"}, {"Content-Type": "text/plain"}, "JSON"),
        (413, b'{"tool": "read", "x": "' + b"x" * 2_100_000 + b'"}', {}, "larger"),
        (400, b"[]", {}, "object"),
        (400, {}, {}, "'tool'"),
        (400, {"tool": "read", "bogus": 1}, {}, "bogus"),
        (400, {"tool": "read", "args": []}, {}, "args must be object"),
        (400, {"tool": "read", "args": {}}, {}, "'path' is a required property"),
        (400, {"tool": "read", "args": {"path": "a", "limit": "x", "more": 1}}, {}, "Known arguments: path, offset"),
        (400, {"tool": "read", "args": {"path": "a"}, "sessionKey": "agent:nobody:main"}, {}, "unknown agent id"),
        (400, {"tool": "read", "args": {"path": "a"}, "sessionKey": "a b"}, {}, "invalid session key"),
    )
    for status, body, headers, reason in refusals:
        found, said = post(body, headers)
        assert (found, said["ok"]) == (status, False), (body if isinstance(body, dict) else status, said)
        assert reason in said["error"]["message"]
        assert said["error"]["type"]
    assert fetch(served.url("/tools/invoke"), None, BEARER)[0] == 405
    assert served.desk.machine_messages == []


def test_a_dry_run_only_decides(tools: Callable[..., tuple[Served, Post]]) -> None:
    served, post = tools()
    status, body = post({"tool": "cron", "action": "list", "args": {"x": 1}, "dryRun": True})
    shown = {"tool": "cron", "args": {"action": "list", "x": 1}, "sessionKey": "agent:main:main"}
    assert (status, body) == (200, {"ok": True, "dryRun": True, "result": shown})
    assert post({"tool": "read", "args": {}, "dryRun": True})[0] == 400
    assert served.desk.machine_messages == []


@pytest.mark.spec("B6")
def test_the_same_key_is_one_call_and_another_call_under_it_an_error(tools: Callable[..., tuple[Served, Post]]) -> None:
    served, post = tools()
    call = {"tool": "read", "args": {"path": "a"}, "idempotencyKey": "k"}
    assert post(call) == post(call)
    served.gateway.ends._recent.clear()  # as on another gateway: the database knows
    assert (
        post({**call, "idempotencyKey": "x"}, Idempotency_Key="k")[1]["result"]["content"][0]["text"] == "the result "
    )
    assert len(served.desk.machine_messages) == 1
    status, body = post({**call, "args": {"path": "b"}})
    assert (status, "another call" in body["error"]["message"]) == (400, True)
    post({**call, "sessionKey": "talk"})
    assert len(served.desk.machine_messages) == 2


@pytest.mark.spec("E9")
def test_the_caller_is_told_how_a_call_failed(tools: Callable[..., tuple[Served, Post]]) -> None:
    served, post = tools()
    read = {"tool": "read", "args": {"path": "a"}}
    ends: tuple[tuple[dict[str, Any], int, str, str], ...] = (
        (
            {"status": RunStatus.FAILED, "error": "no such file", "error_kind": "tool"},
            400,
            "tool_error",
            "no such file",
        ),
        ({"status": RunStatus.FAILED, "error": "deadline", "error_kind": "timeout"}, 504, "timeout", "deadline"),
        ({"status": RunStatus.ABORTED, "stop_reason": "rpc"}, 500, "aborted", "the run was aborted: rpc"),
        ({"status": RunStatus.INTERRUPTED, "error": "too often"}, 500, "internal", "too often"),
    )
    for facts, status, kind, message in ends:

        def work(turn: Turn, facts: dict[str, Any] = facts) -> None:
            turn.start()
            turn.end("", **facts)

        served.desk.work = work
        assert post(read) == (status, {"ok": False, "error": {"type": kind, "message": message}})
        with served.client() as client:
            said = client.result("tools.invoke", {"name": "read", "args": {"path": "a"}})
        assert (said["ok"], said["error"]) == (False, {"code": kind, "message": message})
        fits("ToolsInvokeResult", said)
    served.desk.trouble = Busy("full", retry_after_seconds=3)
    assert post(read)[0] == 503


def test_a_gateway_that_goes_tells_who_waits(tools: Callable[..., tuple[Served, Post]]) -> None:
    served, post = tools()
    served.desk.work = lambda _turn: served.gateway.drain()
    status, body = post({"tool": "read", "args": {"path": "a"}})
    (message,) = served.desk.machine_messages
    assert (status, body["error"]["type"], message.run_id in body["error"]["message"]) == (504, "timeout", True)


@pytest.mark.spec("B5", "I3", "K5")
def test_tools_over_the_websocket(tools: Callable[..., tuple[Served, Post]]) -> None:
    served, _ = tools()
    with served.client() as client:
        said = client.result("tools.invoke", {"name": "read", "args": {"path": "a"}, "confirm": True})
        fits("ToolsInvokeResult", said)
        assert said == {
            "ok": True,
            "toolName": "read",
            "output": {"content": [{"type": "text", "text": "the result "}]},
            "source": "core",
        }
        for name, code in (("exec", "not_found"), ("nosuch", "not_found"), ("secret", "not_found")):
            said = client.result("tools.invoke", {"name": name})
            assert (said["ok"], said["error"]["code"]) == (False, code)
        said = client.result("tools.invoke", {"name": "read", "args": {}})
        assert (said["error"]["code"], "'path'" in said["error"]["message"]) == ("invalid_request", True)
        assert "must be object" in client.call("tools.invoke", {"name": "read", "args": "x"})["error"]["message"]
        assert client.result("tools.invoke", {"name": "cron"})["ok"], "an administrator owns it"
    with served.client(scopes=["operator.write"]) as client:
        assert client.result("tools.invoke", {"name": "read", "args": {"path": "a"}})["ok"]
        assert served.desk.machine_messages[-1].sender.is_owner is False
        assert client.result("tools.invoke", {"name": "cron"})["error"]["code"] == "not_found"
        assert client.result("tools.invoke", {"name": "plugins"})["error"]["code"] == "not_found"
    with served.client(scopes=["operator.read"]) as client:
        assert client.call("tools.invoke", {"name": "read"})["error"]["code"] == "FORBIDDEN"


def described(definition: str, value: dict[str, Any]) -> None:
    """The published schema requires descriptions and, taken by the word, allows none."""
    for group in value["groups"]:
        for tool in group["tools"]:
            assert tool["description"]
    properties = json.loads(json.dumps(schema()["definitions"][definition]))
    item = properties["properties"]["groups"]["items"]["properties"]["tools"]["items"]
    known = {*item["properties"], "description"}
    for group in value["groups"]:
        for tool in group["tools"]:
            assert set(item["required"]) <= tool.keys() <= known, tool


@pytest.mark.spec("K5", "E9")
def test_clients_see_which_tools_there_are_and_which_a_session_may_use(
    tools: Callable[..., tuple[Served, Post]],
) -> None:
    served, _ = tools()
    with served.client(scopes=["operator.read"]) as client:
        catalog = client.result("tools.catalog", {})
        described("ToolsCatalogResult", catalog)
        found = {group["id"]: [tool["id"] for tool in group["tools"]] for group in catalog["groups"]}
        assert found["fs"] == ["read"]
        assert found["sessions"] == ["session_status", "sessions_send"]
        assert found["plugins"] == ["my_runner", "plugins", "secret"]
        core = client.result("tools.catalog", {"includePlugins": False, "agentId": "Other"})
        assert "my_runner" not in json.dumps(core)
        assert core["agentId"] == "other"
        (status,) = [t for g in catalog["groups"] for t in g["tools"] if t["id"] == "session_status"]
        assert (status["source"], status["risk"]) == ("core", "low")
        assert status["defaultProfiles"] == [profile["id"] for profile in catalog["profiles"]]
        effective = client.result("tools.effective", {"sessionKey": "main"})
        described("ToolsEffectiveResult", effective)
        groups = {group["id"]: {tool["id"] for tool in group["tools"]} for group in effective["groups"]}
        assert groups == {"core": set(TOOLS) - {"secret", "my_runner"}, "plugin": {"my_runner"}}
        other = client.result("tools.effective", {"sessionKey": "agent:other:talk"})
        assert {tool["id"] for group in other["groups"] for tool in group["tools"]} == {"session_status", "secret"}
        for method, params in (
            ("tools.catalog", {"agentId": "nobody"}),
            ("tools.effective", {"sessionKey": "agent:x:y"}),
        ):
            assert "unknown agent id" in client.call(method, params)["error"]["message"]


@pytest.mark.spec("E9")
def test_tools_of_mcp_servers_are_in_the_catalog(serve: Callable[..., Served]) -> None:
    remote = {"tracker__find": Fake("tracker__find", RiskClass.READ)}
    served = serve(agents=AGENTS, tools=TOOLS, tool_sources=SOURCES, remote_tools=lambda: remote)
    with served.client(scopes=["operator.read"]) as client:
        catalog = client.result("tools.catalog", {})
        described("ToolsCatalogResult", catalog)
        (found,) = [group["tools"] for group in catalog["groups"] if group["id"] == "mcp"]
        assert [(tool["id"], tool["source"]) for tool in found] == [("tracker__find", "plugin")]
