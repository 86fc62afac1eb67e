"""The gateway on the local network: announced, found, taken back. The network here is the loopback interface."""

from __future__ import annotations

import json
import socket

import pytest
from click.testing import CliRunner

from openclaw.cli.commands.gateway.discover import command
from openclaw.cli.discover import discover
from tests.waiting import wait_until
from web.discovery import Announcement, Announcer

LOOPBACK = ["127.0.0.1"]


def announced(mode: str = "minimal", host: str = "0.0.0.0", name: str = "") -> Announcement:
    return Announcement(mode, host, 18_789, name)


@pytest.mark.spec("B2")
def test_an_announced_gateway_is_found_until_it_stops() -> None:
    announcer = Announcer(announced(name="the office"), LOOPBACK)
    announcer.start()
    wait_until(lambda: announcer.is_up, 15)
    try:
        found = [gateway for gateway in discover(1.5, LOOPBACK) if gateway.display_name == "the office"]
        assert [gateway.url for gateway in found] == ["ws://127.0.0.1:18789"]
        assert found[0].facts["role"] == "gateway"
        answer = CliRunner().invoke(command, ["--timeout", "1.5", "--interface", LOOPBACK[0], "--json"])
        shown = {gateway["displayName"]: gateway["url"] for gateway in json.loads(answer.output)["gateways"]}
        assert shown["the office"] == "ws://127.0.0.1:18789"
    finally:
        announcer.stop()
        wait_until(lambda: not announcer.is_up, 15)


@pytest.mark.parametrize(
    ("announcement", "wanted"),
    [
        (announced(), True),
        (announced("full", "192.0.2.7"), True),
        (announced("off"), False),
        (announced(host="127.0.0.1"), False),
        (announced(host="localhost"), False),
        (announced(host="::1"), False),
    ],
)
def test_only_what_others_can_reach_is_announced(announcement: Announcement, wanted: bool) -> None:
    assert announcement.is_wanted is wanted


def test_the_full_record_says_more() -> None:
    minimal, full = announced().properties(), announced("full").properties()
    assert minimal["displayName"] == socket.gethostname()
    assert minimal.items() <= full.items()
    assert (minimal.get("sshPort"), full["sshPort"]) == (None, "22")
