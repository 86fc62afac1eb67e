"""What a platform delivers once only, and the store could not take: it waits in a file for the next connection."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


class SetAside:
    """Lines in a file of the account's folder, which is made with mode 0700. For one thread."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def add(self, lines: Iterable[str]) -> None:
        """Keep lines, none of which has a line feed in it."""
        kept = [line + "\n" for line in lines]
        if not kept:
            return
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._file.open("a", encoding="utf-8", newline="\n") as file:
            file.writelines(kept)

    def lines(self) -> list[str]:
        """What was kept, oldest first."""
        try:
            content = self._file.read_text(encoding="utf-8")
        except FileNotFoundError:
            return []
        return [line for line in content.split("\n") if line]

    def clear(self) -> None:
        """All of it is stored."""
        self._file.unlink(missing_ok=True)
