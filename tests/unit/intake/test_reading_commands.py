"""Which messages are commands."""

from __future__ import annotations

import pytest

from openclaw.intake.commands import DESCRIPTIONS, Command, IntakeCommand, read_command


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("/stop", Command(IntakeCommand.STOP)),
        ("  /STOP  ", Command(IntakeCommand.STOP)),
        ("/stop@mybot", Command(IntakeCommand.STOP)),
        ("/stop:", Command(IntakeCommand.STOP)),
        ("Stop", Command(IntakeCommand.STOP)),
        ("esc", Command(IntakeCommand.STOP)),
        ("/id", Command(IntakeCommand.WHOAMI)),
        ("/model: mock/mock-1", Command(IntakeCommand.MODEL, "mock/mock-1")),
        ("/models list", Command(IntakeCommand.MODEL, "list")),
        ("/compact keep\nall names", Command(IntakeCommand.COMPACT, "keep\nall names")),
        ("/compact\nkeep names", Command(IntakeCommand.COMPACT, "keep names")),
        ("/approve ab12 deny", Command(IntakeCommand.APPROVE, "ab12 deny")),
    ],
)
def test_a_message_that_is_a_command(text: str, command: Command) -> None:
    assert read_command(text) == command


@pytest.mark.parametrize(
    "text",
    ["", "hello", "/stop it please", "please /stop", "stop it", "/etc/stop", "/nothing", "//stop", "/status now"],
)
def test_a_message_that_is_none(text: str) -> None:
    assert read_command(text) is None


def test_every_command_says_what_it_does() -> None:
    assert DESCRIPTIONS.keys() == set(IntakeCommand)
