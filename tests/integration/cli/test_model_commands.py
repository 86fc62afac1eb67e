"""``openclaw models``: who has a key, who rests, and how to end that."""

from __future__ import annotations

import json

import pytest

from tests.integration.cli.test_tool_commands import remember

pytestmark = pytest.mark.spec("A4", "F10")

REST = {"model": "big", "reason": "rate_limit", "failures": 1, "untilMs": 0, "over": True, "error": "slow down"}
STATUS = {
    "ts": 1,
    "providers": [
        {"provider": "acme", "api": "openai-completions", "status": "static", "profiles": [], "rests": [REST]},
        {"provider": "bare", "api": "anthropic-messages", "status": "missing", "profiles": [], "rests": []},
    ],
}


def test_vendors_are_shown_with_their_keys_and_rests(ask, gateway):
    remember(gateway, "models.authStatus", STATUS)
    shown = ask("models", "status").stdout
    assert "acme    openai-completions  ok      big: rate_limit will be tried (slow down)" in shown
    assert "bare    anthropic-messages  no key  -" in shown
    assert "openclaw models clear" in shown
    assert json.loads(ask("models", "status", "--json").stdout) == STATUS


def test_the_exit_code_of_a_probe_tells_success(ask, gateway):
    told = {"status": "ok", "latencyMs": 40}
    asked = remember(gateway, "models.probe", {"provider": "acme", **told, "results": [{"label": "acme/big", **told}]})
    done = ask("models", "probe", "acme", "--timeout", "3")
    assert (done.returncode, done.stdout) == (0, "acme/big answered after 40 ms\n")
    assert asked == [{"provider": "acme", "timeoutMs": 3000}]
    told = {"status": "auth", "error": "bad key"}
    remember(gateway, "models.probe", {"provider": "acme", **told, "results": [{"label": "acme/big", **told}]})
    done = ask("models", "probe", "acme")
    assert (done.returncode, done.stderr) == (1, "acme/big: auth: bad key\n")
