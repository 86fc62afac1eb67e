"""The folders in which skills lie: what is there, and reading one file of it.

Links are not followed: what a skill says goes to models, and its folder may be read by tools, so neither may be a place
elsewhere. A workspace is written by its agent: its ``skills`` is walked to from the workspace, by descriptors.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from openclaw.domain.skills import SKILL_FILE, Source

#: Bytes of a SKILL.md, as OpenClaw limits it.
MAX_FILE_BYTES = 256_000
#: Skills of one place; the first by name count.
MAX_SKILLS = 200

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_INSIDE = _FOLDER | os.O_NOFOLLOW
#: Without blocking, so that a pipe put in a file's place cannot hang the worker.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Place:
    """A folder of skills. ``base`` may be reached by links, what is ``inside`` of it may not."""

    source: Source
    base: Path
    inside: str = ""

    @property
    def path(self) -> Path:
        """The folder, the links to its base resolved."""
        return self.base.resolve() / self.inside


@dataclass(frozen=True, slots=True, order=True)
class Seen:
    """A folder as it was seen; ``problem`` for one that cannot be used. Equal when nothing has changed."""

    name: str
    mtime_ns: int = 0
    size: int = 0
    inode: int = 0
    problem: str = ""


def look(place: Place) -> tuple[Seen, ...]:
    """What is in a place, by name; nothing for one that is not there. One ``stat`` for each skill."""
    try:
        with _opened(place) as folder, os.scandir(folder) as entries:
            named = sorted(entries, key=lambda entry: entry.name)
            found = [seen for entry in named if (seen := _seen(entry, folder)) is not None]
    except (FileNotFoundError, NotADirectoryError):
        return ()
    except OSError as error:
        return (Seen("", problem=f"cannot be read ({error.strerror})"),)
    if len(found) > MAX_SKILLS:
        found[MAX_SKILLS:] = [Seen("", problem=f"has more than {MAX_SKILLS} skills; the others are left out")]
    return tuple(found)


def read_file(place: Place, name: str) -> str:
    """The text of a skill's file. Raises OSError, also for a link, and ValueError for what is no text."""
    with _opened(place) as folder:
        own = os.open(name, _INSIDE, dir_fd=folder)
        try:
            descriptor = os.open(SKILL_FILE, _FILE, dir_fd=own)
        finally:
            os.close(own)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise ValueError(f"{SKILL_FILE} is no regular file")
        raw = file.read(MAX_FILE_BYTES + 1)
    if len(raw) > MAX_FILE_BYTES:
        raise ValueError(f"{SKILL_FILE} is larger than {MAX_FILE_BYTES} bytes")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise ValueError(f"{SKILL_FILE} is no text in UTF-8") from None


@contextmanager
def _opened(place: Place) -> Iterator[int]:
    folder = os.open(place.base, _FOLDER)
    try:
        if place.inside:
            following = os.open(place.inside, _INSIDE, dir_fd=folder)
            os.close(folder)
            folder = following
        yield folder
    finally:
        os.close(folder)


def _seen(entry: os.DirEntry[str], folder: int) -> Seen | None:
    if entry.name.startswith("."):
        return None
    if entry.is_symlink():
        return Seen(entry.name, problem="is a link; copy the folder, or name the one it is in in [skills] extra_dirs")
    if not entry.is_dir(follow_symlinks=False):
        return None
    try:
        found = os.stat(f"{entry.name}/{SKILL_FILE}", dir_fd=folder, follow_symlinks=False)
    except OSError:
        return None
    if not stat.S_ISREG(found.st_mode):
        return Seen(entry.name, problem=f"{SKILL_FILE} is no regular file; put the text itself there")
    return Seen(entry.name, found.st_mtime_ns, found.st_size, found.st_ino)
