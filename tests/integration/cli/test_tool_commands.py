"""``openclaw tools`` and ``openclaw wake``."""

from __future__ import annotations

import json

import pytest

CATALOG = {
    "agentId": "main",
    "groups": [{"id": "fs", "label": "Files", "tools": [{"id": "read", "risk": "low", "description": "Reads."}]}],
}


def remember(gateway, method, payload):
    asked = []

    def answer(connection, request_id, params):
        asked.append(params)
        connection.answer(request_id, payload)

    gateway.answers[method] = answer
    return asked


@pytest.mark.spec("A4")
def test_tools_are_listed_for_a_session_or_all_of_them(ask, gateway):
    effective, everything = remember(gateway, "tools.effective", CATALOG), remember(gateway, "tools.catalog", CATALOG)
    done = ask("tools", "list", "--session", "talk")
    assert (done.returncode, "read  Files  low   Reads." in done.stdout) == (0, True)
    assert json.loads(ask("tools", "list", "--all", "--agent", "other", "--json").stdout) == CATALOG
    assert (effective, everything) == ([{"sessionKey": "talk"}], [{"agentId": "other"}])


@pytest.mark.spec("A4", "E9")
def test_a_tool_is_called_and_the_exit_code_tells_how_it_went(ask, gateway):
    output = {"ok": True, "toolName": "read", "output": {"content": [{"type": "text", "text": "content"}]}}
    asked = remember(gateway, "tools.invoke", output)
    done = ask("tools", "invoke", "read", "--args", '{"path": "a"}', "--idempotency-key", "k")
    assert (done.returncode, done.stdout) == (0, "content\n")
    assert asked == [{"name": "read", "args": {"path": "a"}, "idempotencyKey": "k"}]
    failure = {"ok": False, "toolName": "exec", "error": {"code": "not_found", "message": "Tool not available: exec"}}
    remember(gateway, "tools.invoke", failure)
    done = ask("tools", "invoke", "exec")
    assert (done.returncode, done.stderr) == (1, "error: Tool not available: exec\n")
    done = ask("tools", "invoke", "exec", "--json")
    assert (done.returncode, json.loads(done.stdout)) == (1, failure)
    assert ask("tools", "invoke", "read", "--args", "[1]").returncode == 2
    assert ask("tools", "invoke", "read", "--args", "{").returncode == 2


@pytest.mark.spec("A4", "E9")
def test_a_decision_is_explained_from_the_configuration(ask, user_home):
    home = user_home / ".openclaw"
    home.mkdir(mode=0o700)
    (home / "config.toml").write_text(
        '[gateway.tools]\ndeny = ["read"]\n[agents.main.tools]\ndeny = ["session_*"]\n[agents.other]\n'
    )

    def places(*arguments):
        done = ask("tools", "explain", *arguments, "--json")
        assert done.returncode == 0, done.stderr
        return [(p["allowed"], p["layer"], p["rule"]) for p in json.loads(done.stdout)["places"]]

    assert places("read") == [(True, "", "")] + 2 * [(False, "gateway.tools", "deny read")]
    assert "agents.main.tools  deny session_*" in ask("tools", "explain", "session_status").stdout


@pytest.mark.spec("A4")
def test_a_session_is_woken_or_told(ask, gateway):
    asked = remember(gateway, "wake", {"ok": True})
    assert ask("wake", "--text", "mail").stdout == "The next turn will hear it.\n"
    done = ask("wake", "--text", "mail", "--mode", "now", "--session", "talk", "--agent", "main")
    assert done.stdout == "A turn is started.\n"
    assert json.loads(ask("wake", "--text", "mail", "--json").stdout) == {"ok": True}
    assert asked[:2] == [
        {"text": "mail", "mode": "next-heartbeat"},
        {"text": "mail", "mode": "now", "sessionKey": "talk", "agentId": "main"},
    ]
    assert ask("wake").returncode == 2
