"""Changing a text by saying what stands there and what shall stand there. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

#: Lines around a change in the difference that is shown, and the most of it.
CONTEXT_LINES, DIFF_CHARS = 2, 4_000


class EditRefused(ValueError):
    """An edit does not fit the text; says which and why."""


@dataclass(frozen=True, slots=True)
class Edit:
    """Put ``new`` in the place of ``old``: once, or wherever it stands."""

    old: str
    new: str
    everywhere: bool = False


def apply_edits(text: str, edits: Sequence[Edit]) -> str:
    """Make all edits, one after the other. Raises EditRefused, and then nothing is changed."""
    for number, edit in enumerate(edits, start=1):
        which = f"Edit {number}: " if len(edits) > 1 else ""
        text = _apply(text, edit, which)
    return text


def _apply(text: str, edit: Edit, which: str) -> str:
    old, new = edit.old, edit.new
    if not old:
        raise EditRefused(f"{which}old_text is empty; use write for a new file.")
    if old == new:
        raise EditRefused(f"{which}old_text and new_text are the same.")
    if old not in text and "\r\n" in text and "\r\n" not in old:
        # Models write plain line ends; the file keeps its own.
        old, new = old.replace("\n", "\r\n"), new.replace("\n", "\r\n")
    found = text.count(old)
    if not found:
        raise EditRefused(f"{which}old_text does not stand in the file.{_nearest(text, old)}")
    if found > 1 and not edit.everywhere:
        raise EditRefused(
            f"{which}old_text stands in the file {found} times; give more of what surrounds it, or replace_all."
        )
    return text.replace(old, new)


def _nearest(text: str, old: str) -> str:
    """A hint where the text that was meant may be."""
    first = next((line for line in old.splitlines() if line.strip()), "")
    lines = text.splitlines()
    near = difflib.get_close_matches(first, lines[:5_000], n=1, cutoff=0.6) if first else []
    return f" The nearest line is {lines.index(near[0]) + 1}: {near[0][:200]!r}" if near else ""


def difference(before: str, after: str, name: str) -> str:
    """What changed, as a short unified diff."""
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), f"a/{name}", f"b/{name}", lineterm="", n=CONTEXT_LINES
    )
    text = "\n".join(lines)
    return text if len(text) <= DIFF_CHARS else f"{text[:DIFF_CHARS]}\n[… the rest of the difference is left out …]"
