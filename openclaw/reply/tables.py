"""Where the tables of a markdown text are."""

from __future__ import annotations

import re
from dataclasses import dataclass

_RULE = re.compile(r"[ ]{0,3}\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*")


@dataclass(frozen=True, slots=True)
class Table:
    """A table by offsets: ``[start:body]`` is its head, with the line below it; its last row ends at ``end``."""

    start: int
    body: int
    end: int


def find_tables(text: str) -> tuple[Table, ...]:
    """All tables, in order. Those in code blocks are the caller's to leave out."""
    found: list[Table] = []
    if "|" not in text:
        return ()
    lines = [(match.start(), match.end()) for match in re.finditer(r"[^\n]*(?:\n|\Z)", text) if match[0]]
    index = 1
    while index < len(lines):
        head, rule = text[slice(*lines[index - 1])], text[slice(*lines[index])].rstrip("\n")
        if "|" not in head or "|" not in rule or not _RULE.fullmatch(rule):
            index += 1
            continue
        last = index
        while last + 1 < len(lines) and "|" in text[slice(*lines[last + 1])]:
            last += 1
        end = lines[last][1]
        found.append(Table(lines[index - 1][0], lines[index][1], end - (text[end - 1] == "\n")))
        index = last + 2
    return tuple(found)
