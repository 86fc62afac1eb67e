"""Patches over several files, in the envelope that models know: reading them, and applying them to text. Pure.

```
*** Begin Patch
*** Add File: notes.txt
+a line
*** Update File: app.py
*** Move to: main.py
@@ def run():
 context
-old line
+new line
*** Delete File: old.txt
*** End Patch
```
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

BEGIN, END, END_OF_FILE = "*** Begin Patch", "*** End Patch", "*** End of File"
ADD, UPDATE, DELETE, MOVE = "*** Add File: ", "*** Update File: ", "*** Delete File: ", "*** Move to: "
ANCHOR = "@@"


class PatchRefused(ValueError):
    """A patch cannot be read, or does not fit; says where and why."""


@dataclass(frozen=True, slots=True)
class Hunk:
    """One place that changes: the lines that stand there, and those that shall."""

    old: tuple[str, ...]
    new: tuple[str, ...]
    #: A line that comes before the place; empty for none.
    anchor: str = ""
    #: The place is the end of the file.
    at_end: bool = False


@dataclass(frozen=True, slots=True)
class AddFile:
    path: str
    text: str


@dataclass(frozen=True, slots=True)
class UpdateFile:
    path: str
    hunks: tuple[Hunk, ...]
    #: The file's new path; empty where it stays.
    move_to: str = ""


@dataclass(frozen=True, slots=True)
class DeleteFile:
    path: str


Change = AddFile | UpdateFile | DeleteFile


def parse_patch(text: str) -> tuple[Change, ...]:
    """Read a patch. Raises PatchRefused, which names the line."""
    lines = text.strip("\n").splitlines()
    if not lines or lines[0].strip() != BEGIN:
        raise PatchRefused(f"line 1: a patch begins with {BEGIN!r}")
    if lines[-1].strip() != END:
        raise PatchRefused(f"line {len(lines)}: a patch ends with {END!r}")
    reader = _Reader(lines[:-1])
    changes: list[Change] = []
    while reader.more:
        changes.append(_read_change(reader))
    if not changes:
        raise PatchRefused("the patch changes nothing")
    paths = [change.path for change in changes]
    doubled = next((path for path in paths if paths.count(path) > 1), None)
    if doubled is not None:
        raise PatchRefused(f"{doubled}: a file stands in a patch once")
    return tuple(changes)


@dataclass(slots=True)
class _Reader:
    lines: Sequence[str]
    at: int = 1

    @property
    def more(self) -> bool:
        return self.at < len(self.lines)

    @property
    def line(self) -> str:
        return self.lines[self.at]

    def take(self) -> str:
        self.at += 1
        return self.lines[self.at - 1]

    def refuse(self, why: str) -> PatchRefused:
        return PatchRefused(f"line {self.at + 1}: {why}")


def _read_change(reader: _Reader) -> Change:
    line = reader.line
    for marker, read in _CHANGES.items():
        if line.startswith(marker):
            path = line.removeprefix(marker).strip()
            if not path:
                raise reader.refuse("the file has no name")
            reader.take()
            return read(reader, path)
    raise reader.refuse(f"expected one of {', '.join(repr(marker.strip()) for marker in _CHANGES)}")


def _read_add(reader: _Reader, path: str) -> AddFile:
    lines = []
    while reader.more and not reader.line.startswith("*** "):
        if not reader.line.startswith("+"):
            raise reader.refuse("every line of a new file begins with '+'")
        lines.append(reader.take()[1:])
    return AddFile(path, "".join(f"{line}\n" for line in lines))


def _read_delete(_reader: _Reader, path: str) -> DeleteFile:
    return DeleteFile(path)


def _read_update(reader: _Reader, path: str) -> UpdateFile:
    move_to = ""
    if reader.more and reader.line.startswith(MOVE):
        move_to = reader.take().removeprefix(MOVE).strip()
    hunks = []
    while reader.more and (not reader.line.startswith("*** ") or reader.line.strip() == END_OF_FILE):
        hunks.append(_read_hunk(reader))
    if not hunks and not move_to:
        raise reader.refuse(f"{path}: nothing is changed")
    return UpdateFile(path, tuple(hunks), move_to)


_CHANGES: dict[str, Callable[[_Reader, str], Change]] = {ADD: _read_add, UPDATE: _read_update, DELETE: _read_delete}


def _read_hunk(reader: _Reader) -> Hunk:
    anchor = ""
    if reader.line.startswith(ANCHOR):
        anchor = reader.take().removeprefix(ANCHOR).strip()
    old: list[str] = []
    new: list[str] = []
    at_end = False
    while reader.more and not reader.line.startswith(ANCHOR):
        if reader.line.strip() == END_OF_FILE:
            reader.take()
            at_end = True
            break
        if reader.line.startswith("*** "):
            break
        # Models leave the blank off an empty line of context.
        kind, line = (reader.line[:1] or " "), reader.line[1:]
        if kind not in " +-":
            raise reader.refuse("a changed line begins with ' ', '-' or '+'")
        reader.take()
        if kind != "+":
            old.append(line)
        if kind != "-":
            new.append(line)
    if not old and not new:
        raise reader.refuse("an empty change")
    return Hunk(tuple(old), tuple(new), anchor, at_end)


def apply_hunks(text: str, hunks: Sequence[Hunk]) -> str:
    """Change a text. Places are looked for in order. Raises PatchRefused when one does not stand there."""
    ends_with_newline = text.endswith("\n") or not text
    lines = (text.removesuffix("\n")).split("\n") if text else []
    ending = "\r" if text.count("\r\n") * 2 > text.count("\n") else ""
    result: list[str] = []
    done = 0
    for number, hunk in enumerate(hunks, start=1):
        start = _find(lines, hunk, done, number)
        result += lines[done:start]
        result += _merged(lines[start : start + len(hunk.old)], hunk, ending)
        done = start + len(hunk.old)
    result += lines[done:]
    return "\n".join(result) + ("\n" if ends_with_newline and result else "")


def _merged(standing: Sequence[str], hunk: Hunk, ending: str) -> list[str]:
    """The new lines; those that stay keep what they are, spaces and line ends included."""
    stays = dict(zip(hunk.old, standing, strict=True))
    return [stays.get(line, line + ending) for line in hunk.new]


_LOOKS: tuple[Callable[[str], str], ...] = (lambda line: line.removesuffix("\r"), str.rstrip, str.strip)


def _find(lines: Sequence[str], hunk: Hunk, begin: int, number: int) -> int:
    if hunk.anchor:
        begin = _find_anchor(lines, hunk.anchor, begin, number)
    if not hunk.old:
        return begin if hunk.anchor and not hunk.at_end else len(lines)
    last = len(lines) - len(hunk.old)
    starts = range(max(begin, last), last + 1) if hunk.at_end else range(begin, last + 1)
    for look in _LOOKS:
        wanted = [look(line) for line in hunk.old]
        for start in starts:
            if all(look(lines[start + i]) == line for i, line in enumerate(wanted)):
                return start
    where = " at the end of the file" if hunk.at_end else ""
    raise PatchRefused(f"change {number}: these lines do not stand{where}: {chr(10).join(hunk.old)[:300]!r}")


def _find_anchor(lines: Sequence[str], anchor: str, begin: int, number: int) -> int:
    for index in range(begin, len(lines)):
        if lines[index].strip() == anchor:
            return index + 1
    for index in range(begin, len(lines)):
        if anchor in lines[index]:
            return index + 1
    raise PatchRefused(f"change {number}: there is no line {anchor!r}")
