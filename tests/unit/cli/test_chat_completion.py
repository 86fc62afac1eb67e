"""What the tab key offers in ``openclaw chat``."""

from __future__ import annotations

import pytest

from openclaw.cli.commands.chat import completion


def offered(text: str) -> list[str]:
    found: list[str] = []
    while (each := completion(text, len(found))) is not None:
        found.append(each)
    return found


@pytest.mark.spec("A4")
@pytest.mark.parametrize(
    ("text", "names"),
    [("/th", ["/think "]), ("/st", ["/status ", "/stop "]), ("/q", ["/queue ", "/quit "]), ("th", []), ("", [])],
)
def test_commands_that_begin_so_are_offered(text: str, names: list[str]) -> None:
    assert offered(text) == names
