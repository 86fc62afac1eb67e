"""Agents made, changed and removed by clients, and the files that shape them."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.integration.config.conftest import Host
from tests.integration.web.client import Client
from tests.integration.web.serving import Served
from tests.integration.web.twins import TOKEN

pytestmark = pytest.mark.spec("B6", "B8")

AUTH = f'# ours\n[gateway.auth]\ntoken = "{TOKEN}"\n'

Start = Callable[..., Served]
Make = Callable[..., Host]


@pytest.fixture
def made(host: Make) -> Host:
    return host(text=AUTH)


@pytest.fixture
def served(gateway: Start, made: Host) -> Served:
    return gateway(made)


@pytest.fixture
def client(served: Served) -> Client:
    with served.client() as connected:
        yield connected


def agents(client: Client) -> dict[str, Any]:
    return {agent["id"]: agent for agent in client.result("agents.list", {})["agents"]}


def complaint(client: Client, method: str, params: dict[str, Any]) -> str:
    return client.call(method, params)["error"]["message"]


def test_an_agent_is_made_beside_the_one_that_was_only_implied(made: Host, client: Client) -> None:
    answer = client.result("agents.create", {"name": "Night Shift", "model": "demo/echo"})
    assert (answer["agentId"], answer["name"], answer["model"]) == ("night-shift", "Night Shift", "demo/echo")
    assert Path(answer["workspace"]).is_dir()
    assert list(agents(client)) == ["main", "night-shift"]
    assert client.result("agents.list", {})["defaultId"] == "main"
    assert "# ours" in made.file.read_text()
    assert complaint(client, "agents.create", {"name": "night shift"}) == 'agent "night-shift" already exists'
    assert "no provider" in complaint(client, "agents.create", {"name": "other", "model": "nobody/x"})
    assert complaint(client, "agents.create", {"name": "x", "emoji": "🦞"}) == "emoji is not supported by this gateway"
    assert list(agents(client)) == ["main", "night-shift"]


def test_an_agent_is_changed(client: Client) -> None:
    client.result("agents.create", {"name": "ops", "model": "demo/echo"})
    assert client.result("agents.update", {"agentId": "ops", "name": "Operations"}) == {"ok": True, "agentId": "ops"}
    assert agents(client)["ops"]["name"] == "Operations"
    client.result("agents.update", {"agentId": "ops", "model": None})
    assert agents(client)["ops"]["model"]["primary"] == agents(client)["main"]["model"]["primary"]
    assert "not found" in complaint(client, "agents.update", {"agentId": "nobody", "name": "x"})


def test_an_agent_goes_with_its_bindings_and_its_files_are_put_aside(made: Host, client: Client) -> None:
    workspace = Path(client.result("agents.create", {"name": "ops"})["workspace"])
    (workspace / "AGENTS.md").write_text("be kind")
    text = made.file.read_text() + '\n[[bindings]]\nagent = "ops"\n[bindings.match]\nchannel = "telegram"\n'
    base = client.result("config.get", {})["hash"]
    client.result("config.set", {"raw": text, "baseHash": base})
    answer = client.result("agents.delete", {"agentId": "ops", "deleteFiles": True})
    assert (answer["removedBindings"], answer["removed"]) == (1, [{"path": str(workspace), "method": "trash"}])
    assert not workspace.exists()
    (kept,) = (workspace.parent / "trash").iterdir()
    assert (kept / "AGENTS.md").read_text() == "be kind"
    tree = tomllib.loads(made.file.read_text())
    assert ("ops" in tree["agents"], tree.get("bindings", [])) == (False, [])
    assert list(agents(client)) == ["main"]
    assert "default one" in complaint(client, "agents.delete", {"agentId": "main"})


def test_a_workspace_elsewhere_is_the_operators(client: Client, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    client.result("agents.create", {"name": "ops", "workspace": str(elsewhere)})
    answer = client.result("agents.delete", {"agentId": "ops", "deleteFiles": True})
    assert answer["failed"] == [{"path": str(elsewhere), "reason": "it lies outside of the state folder"}]
    assert elsewhere.is_dir()


def test_an_agent_at_work_stays(served: Served, client: Client) -> None:
    client.result("agents.create", {"name": "ops"})
    served.desk.turn("agent:ops:main", "run-1")
    refused = client.call("agents.delete", {"agentId": "ops"})
    assert (refused["error"]["code"], refused["error"]["retryable"]) == ("UNAVAILABLE", True)


def test_the_files_of_a_workspace_are_read_and_written(client: Client) -> None:
    workspace = Path(agents(client)["main"]["workspace"])
    files = client.result("agents.files.list", {"agentId": "main"})["files"]
    assert [file["name"] for file in files] == [
        "AGENTS.md",
        "SOUL.md",
        "IDENTITY.md",
        "USER.md",
        "TOOLS.md",
        "MEMORY.md",
    ]
    assert all(file["missing"] for file in files)
    written = client.result("agents.files.set", {"agentId": "main", "name": "SOUL.md", "content": "Straße"})
    assert (written["ok"], written["file"]["size"], written["file"]["missing"]) == (True, 7, False)
    assert (workspace / "SOUL.md").read_text() == "Straße"
    read = client.result("agents.files.get", {"agentId": "main", "name": "SOUL.md"})["file"]
    assert (read["content"], read["path"]) == ("Straße", str(workspace / "SOUL.md"))
    assert client.result("agents.files.get", {"agentId": "main", "name": "USER.md"})["file"]["missing"]


def test_nothing_else_can_be_reached_through_a_workspace(client: Client, tmp_path: Path) -> None:
    workspace = Path(agents(client)["main"]["workspace"])
    workspace.mkdir(parents=True, exist_ok=True)
    secret = tmp_path / "secret"
    secret.write_text("do not tell")
    (workspace / "USER.md").symlink_to(secret)
    assert client.result("agents.files.get", {"agentId": "main", "name": "USER.md"})["file"]["missing"]
    refused = complaint(client, "agents.files.set", {"agentId": "main", "name": "USER.md", "content": "mine"})
    assert refused == "USER.md is no ordinary file; it stays as it is"
    assert secret.read_text() == "do not tell"
    for name in ("../secret", "/etc/passwd", "notes.md", "soul.md"):
        assert "unsupported file" in complaint(client, "agents.files.get", {"agentId": "main", "name": name})
    large = {"agentId": "main", "name": "SOUL.md", "content": "x" * (1024 * 1024 + 1)}
    assert "more than 1048576 bytes" in complaint(client, "agents.files.set", large)


def test_who_an_assistant_is(client: Client) -> None:
    client.result("agents.create", {"name": "Operations"})
    identity = client.result("agent.identity.get", {"sessionKey": "agent:operations:talk"})
    assert (identity["agentId"], identity["name"], identity["nameSource"]) == ("operations", "Operations", "config")
    assert client.result("agent.identity.get", {})["nameSource"] == "default"
    assert "not found" in complaint(client, "agent.identity.get", {"agentId": "nobody"})
