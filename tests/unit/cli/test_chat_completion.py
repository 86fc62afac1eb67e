"""What the tab key offers in ``openclaw chat``, and which lines take more rights."""

from __future__ import annotations

import pytest

from openclaw.cli.commands.chat import completion
from openclaw.cli.rpc import ADMIN, WRITE
from openclaw.cli.turn import scopes_for


def offered(text: str) -> list[str]:
    found: list[str] = []
    while (each := completion(text, len(found))) is not None:
        found.append(each)
    return found


@pytest.mark.spec("A4")
@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("/th", ["/think "]),
        ("/st", ["/status ", "/steer ", "/stop "]),
        ("/q", ["/queue ", "/quit "]),
        ("th", []),
        ("", []),
    ],
)
def test_commands_that_begin_so_are_offered(text: str, names: list[str]) -> None:
    assert offered(text) == names


@pytest.mark.spec("B5")
@pytest.mark.parametrize(
    ("line", "admin"),
    [
        ("/new", True),
        ("/new hello", True),
        ("/send off", True),
        ("/approve ab deny", True),
        ("/status", False),
        ("hi", False),
    ],
)
def test_only_commands_that_take_it_are_sent_as_an_administrator(line: str, admin: bool) -> None:
    assert scopes_for(line) == (ADMIN if admin else WRITE)
