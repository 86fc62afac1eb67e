"""Which programs agents may run on this machine: what its user has allowed, and nothing else.

A program is known by where it really lies, so that a name put earlier on the search path does not stand in for it.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from openclaw.errors import ConfigError, NotFound
from openclaw.settings.private_file import write_private

#: Lets every program run.
EVERYTHING = "*"


@dataclass(frozen=True, slots=True)
class Approvals:
    """The list in a file of the user's own; read anew for every command, so that a change counts at once."""

    path: Path

    def patterns(self) -> list[str]:
        """What is allowed. Raises ConfigError for a file that cannot be read: then nothing may be run."""
        try:
            found = json.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return []
        except (OSError, ValueError) as error:
            raise ConfigError(f"{self.path} cannot be read: {error}") from error
        programs = found.get("programs") if isinstance(found, dict) else None
        if not isinstance(programs, list) or not all(isinstance(item, str) for item in programs):
            raise ConfigError(f"{self.path}: expected a list of strings as programs")
        return programs

    def allows(self, program: Path) -> bool:
        return any(fnmatchcase(str(program), pattern) for pattern in self.patterns())

    def allow(self, pattern: str) -> str:
        """Allow a program, by name or path, or all that fit a pattern; what was added."""
        wanted = pattern if "*" in pattern else str(find_program(pattern))
        with self._changing() as programs:
            if wanted not in programs:
                programs.append(wanted)
        return wanted

    def forbid(self, pattern: str) -> str:
        """Take a program off the list. Raises NotFound."""
        with self._changing() as programs:
            found = shutil.which(pattern)
            named = [p for p in programs if p == pattern or (found and p == str(Path(found).resolve()))]
            if not named:
                raise NotFound(f"{pattern} is not on the list; `openclaw node approvals` shows it")
            programs.remove(named[0])
        return named[0]

    @contextmanager
    def _changing(self) -> Iterator[list[str]]:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(self.path.with_name(f".{self.path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            programs = self.patterns()
            yield programs
            write_private(self.path, json.dumps({"programs": programs}, indent=2) + "\n")
        finally:
            os.close(lock)


def find_program(name: str) -> Path:
    """Where a program really lies. Raises NotFound."""
    found = shutil.which(name)
    if found is None:
        raise NotFound(f"there is no program {name!r} on this machine")
    return Path(found).resolve()
