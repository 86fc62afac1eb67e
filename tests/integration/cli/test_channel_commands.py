"""``openclaw channels``: what it asks the gateway, and what it shows."""

from __future__ import annotations

import json

import pytest

from tests.integration.cli.test_tool_commands import remember

pytestmark = pytest.mark.spec("A4", "C9")

STATUS = {
    "channelOrder": ["telegram"],
    "channelLabels": {"telegram": "Telegram"},
    "channelAccounts": {
        "telegram": [
            {"accountId": "default", "enabled": True, "healthState": "connected", "name": "@bot"},
            {"accountId": "lame", "enabled": True, "healthState": "waiting", "lastError": "nobody there"},
            {"accountId": "quiet", "enabled": False},
            {"accountId": "hook", "enabled": True, "configured": True, "probe": {"ok": False, "error": "wrong token"}},
        ]
    },
}


def test_the_status_shows_each_account_with_what_troubles_it(ask, gateway):
    asked = remember(gateway, "channels.status", STATUS)
    lines = ask("channels", "status", "--probe", "--channel", "telegram").stdout.splitlines()
    assert asked == [{"probe": True, "timeoutMs": 10_000, "channel": "telegram"}]
    assert [line.split() for line in lines[1:]] == [
        ["Telegram", "default", "connected", "@bot", "-"],
        ["Telegram", "lame", "waiting", "-", "nobody", "there"],
        ["Telegram", "quiet", "stopped", "-", "-"],
        ["Telegram", "hook", "configured", "-", "wrong", "token"],
    ]


@pytest.mark.parametrize(
    ("command", "method", "words"),
    [
        ("start", "start", "is started"),
        ("restart", "start", "begins anew"),
        ("stop", "stop", "is stopped"),
        ("logout", "logout", "is unlinked and stopped"),
    ],
)
def test_an_account_is_commanded_by_name_or_as_the_default_one(ask, gateway, command, method, words):
    payload = {"channel": "telegram", "accountId": "default"}
    asked = remember(gateway, f"channels.{method}", payload)
    assert ask("channels", command, "telegram").stdout == f"telegram account default {words}\n"
    assert json.loads(ask("channels", command, "telegram", "--account", "work", "--json").stdout) == payload
    assert asked == [{"channel": "telegram"}, {"channel": "telegram", "accountId": "work"}]


def test_linking_shows_codes_until_it_is_linked(ask, gateway):
    url = "data:image/png;base64,AAAA"
    waiting = {"connected": False, "qrDataUrl": url, "code": "2@code", "message": "scan the code"}
    started = remember(gateway, "web.login.start", waiting)
    waited = remember(gateway, "web.login.wait", {"connected": True, "message": "linked as +49"})
    done = ask("channels", "login", "--account", "default")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "linked as +49")
    assert "scan the code" in done.stdout
    assert started == [{"accountId": "default", "force": False, "timeoutMs": 60_000}]
    assert waited == [{"accountId": "default", "timeoutMs": 60_000, "currentQrDataUrl": url}]


def test_linking_that_cannot_work_says_why(ask, gateway):
    remember(gateway, "web.login.start", {"connected": False, "message": "no connector holds the account"})
    done = ask("channels", "login")
    assert (done.returncode, "no connector holds the account" in done.stderr) == (1, True)
