"""Plain text tables that fit their contents."""

from __future__ import annotations

from collections.abc import Sequence

import click


def print_table(headers: Sequence[str], rows: Sequence[Sequence[object]], *, empty: str) -> None:
    """Print aligned columns, or the sentence ``empty``."""
    if not rows:
        click.echo(empty)
        return
    texts = [[_plain(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in (list(headers), *texts)) for i in range(len(headers))]
    click.echo(click.style(_line(headers, widths), bold=True))
    for row in texts:
        click.echo(_line(row, widths))


def ago(then_ms: object, now_ms: int) -> str:
    """How long ago a moment was, in the largest unit that fits."""
    if not isinstance(then_ms, int):
        return "-"
    seconds = max(0, now_ms - then_ms) // 1000
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds >= size:
            return f"{seconds // size}{unit} ago"
    return f"{seconds}s ago"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()


def _plain(cell: object) -> str:
    """One line of printable text: names come from strangers and must not steer the terminal."""
    text = "-" if cell is None or cell == "" else str(cell)
    return "".join(char if char.isprintable() else " " for char in text)
