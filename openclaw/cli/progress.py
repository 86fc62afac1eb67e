"""What the supervisor shows on stderr: one live line on a terminal while it starts, plain lines otherwise."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Self

import click


class Progress:
    """The live line; cleared on the way out."""

    def __init__(self) -> None:
        self._is_live = sys.stderr.isatty()
        self._shown = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.clear()

    def show(self, states: Mapping[str, bool]) -> None:
        """Show which parts serve."""
        line = "starting  " + "  ".join(f"{name} {'ok' if is_ready else '…'}" for name, is_ready in states.items())
        if self._is_live and line != self._shown:
            self.clear()
            click.echo(line, nl=False, err=True)
            self._shown = line

    def say(self, line: str) -> None:
        """Print a line with the time."""
        self.clear()
        click.echo(f"{time.strftime('%H:%M:%S')} {line}", err=True)

    def clear(self) -> None:
        if self._shown:
            click.echo("\r" + " " * len(self._shown) + "\r", nl=False, err=True)
            self._shown = ""
