"""``openclaw mcp``: what is configured, and what a server offers."""

from __future__ import annotations

import json
import sys

import pytest

from tests.stack import ROOT

pytestmark = pytest.mark.spec("E9")

CONFIG = f"""
[mcp.servers.stand-in]
command = "{sys.executable}"
args = ["-m", "tests.mcp_server", "key-in-argument"]
cwd = "{ROOT}"
[mcp.servers.wiki]
url = "https://wiki.example/key-in-path"
enabled = false
"""


@pytest.fixture
def configured(user_home):
    folder = user_home / ".openclaw"
    folder.mkdir(exist_ok=True)
    (folder / "config.toml").write_text(CONFIG)


def test_servers_are_listed_without_their_secrets(run, configured):
    done = run("mcp", "list", "--json")
    assert json.loads(done.stdout)["servers"] == [
        {"name": "stand-in", "enabled": True, "transport": "stdio", "place": sys.executable},
        {"name": "wiki", "enabled": False, "transport": "auto", "place": "https://wiki.example"},
    ]
    table = run("mcp", "list").stdout
    assert "wiki" in table
    assert "key-in" not in table


def test_a_server_is_asked_for_its_tools(run, configured):
    done = run("mcp", "tools", "stand-in", "--json")
    tools = {tool["name"]: tool["risk"] for tool in json.loads(done.stdout)["tools"]}
    assert (tools["stand-in__echo"], tools["stand-in__do_it"]) == ("network", "execute")
    unknown = run("mcp", "tools", "wiki")
    assert unknown.returncode == 1
    assert "openclaw mcp list" in unknown.stderr
