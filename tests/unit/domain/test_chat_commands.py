"""Which messages are commands, and what is shown of commands."""

from __future__ import annotations

import pytest

from openclaw.domain.chat_commands import (
    BY_NAME,
    COMMANDS,
    MENU_DESCRIPTION_CHARS,
    MENU_NAME,
    Command,
    How,
    listed_commands,
    menu,
    read_command,
)
from openclaw.intake.command_handlers import ELSEWHERE, HANDLERS

pytestmark = pytest.mark.spec("E1")


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("/stop", Command("stop")),
        ("  /STOP  ", Command("stop")),
        ("/stop@mybot", Command("stop")),
        ("/stop:", Command("stop")),
        ("Stop", Command("stop")),
        ("esc", Command("stop")),
        ("/id", Command("whoami")),
        ("/model: mock/mock-1", Command("model", "mock/mock-1")),
        ("/models list", Command("model", "list")),
        ("/compact keep\nall names", Command("compact", "keep\nall names")),
        ("/compact\nkeep names", Command("compact", "keep names")),
        ("/approve ab12 deny", Command("approve", "ab12 deny")),
        ("/think", Command("think")),
        ("/t:high", Command("think", "high")),
        ("/queue collect debounce:2s cap:25", Command("queue", "collect debounce:2s cap:25")),
        ("/new", Command("new")),
        ("/new hello there", Command("new", "hello there")),
        ("/reset\nhello", Command("reset", "hello")),
        ("/send off", Command("send", "off")),
    ],
)
def test_a_message_that_is_a_command(text: str, command: Command) -> None:
    assert read_command(text) == command


@pytest.mark.parametrize(
    "text",
    [
        *("", "hello", "/stop it please", "please /stop", "stop it", "/etc/stop", "/nothing", "//stop", "/status now"),
        *("/think about it", "/queue up some songs", "/send the mail", "/usage of words", "/newer", "/"),
    ],
)
def test_a_message_that_is_none(text: str) -> None:
    assert read_command(text) is None


def test_every_command_is_carried_out_somewhere() -> None:
    assert {command.name for command in COMMANDS} == HANDLERS.keys() | ELSEWHERE
    assert not HANDLERS.keys() & ELSEWHERE
    assert {command.name for command in COMMANDS if command.how is How.DIRECTIVE} <= HANDLERS.keys()


def test_no_name_means_two_commands() -> None:
    assert len(BY_NAME) == sum(len(command.names) for command in COMMANDS)


def test_a_menu_holds_what_is_listed_and_no_more_than_menus_take() -> None:
    assert [name for name, _ in menu()] == [command.name for command in listed_commands()]
    assert all(MENU_NAME.fullmatch(name) and 0 < len(text) <= MENU_DESCRIPTION_CHARS for name, text in menu())
    assert "activation" not in dict(menu())
