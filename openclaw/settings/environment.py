"""The process environment: the only module that reads ``os.environ``.

Owns where things are (home, profile, config file) and the order in which variables win: the real environment,
then ``.env`` of the working folder, then ``.env`` of the home. Light on purpose: quick commands import it.
"""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from openclaw.errors import ConfigError

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 18789
#: Profiles get a port of their own in this range: first + crc32(name) mod span. A configured port wins.
PROFILE_PORT_FIRST = 18800
PROFILE_PORT_SPAN = 1000

_PROFILE = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")


@dataclass(frozen=True, slots=True)
class Environment:
    """The variables and the places they decide. ``values`` may hold credentials and is never printed."""

    values: Mapping[str, str] = field(repr=False)
    #: ``OPENCLAW_HOME`` or ``~/.openclaw``; what children are told.
    base_home: Path
    #: The profile's own state folder.
    home: Path
    profile: str | None
    config_path: Path
    #: True when ``OPENCLAW_CONFIG`` names the file: then it must exist.
    config_is_explicit: bool

    def get(self, name: str) -> str | None:
        """A variable's value; an empty one counts as not set."""
        return self.values.get(name) or None

    @property
    def run_dir(self) -> Path:
        return self.home / "run"

    @property
    def token_path(self) -> Path:
        """Where a generated gateway token lies."""
        return self.home / "gateway.token"

    @property
    def ready_file(self) -> Path | None:
        """What a part touches once it serves; the supervisor names it."""
        named = self.get("OPENCLAW_READY_FILE")
        return Path(named) if named else None

    @property
    def default_port(self) -> int:
        return default_port(self.profile)

    def expand_path(self, text: str) -> Path:
        """A configured path, ``~`` being this environment's user."""
        return Path(_expand_user(text, self.values))


def default_port(profile: str | None) -> int:
    """The port a profile uses when none is configured; stable for its name."""
    if profile is None:
        return DEFAULT_PORT
    return PROFILE_PORT_FIRST + zlib.crc32(profile.encode()) % PROFILE_PORT_SPAN


def read_environment(
    environ: Mapping[str, str] | None = None, *, profile: str | None = None, cwd: Path | None = None
) -> Environment:
    """Read the variables and settle home, profile and config file.

    Raises ConfigError for an unusable profile name, and for a home that belongs to the original OpenClaw.
    """
    real = dict(os.environ if environ is None else environ)
    values = _with_dotenv(real, (cwd or Path.cwd()) / ".env")
    profile = _checked_profile(profile or values.get("OPENCLAW_PROFILE") or None)
    base_home = Path(_expand_user(values.get("OPENCLAW_HOME") or "~/.openclaw", values)).absolute()
    home = base_home.with_name(f"{base_home.name}-{profile}") if profile else base_home
    if (home / "openclaw.json").exists():
        raise ConfigError(
            f"{home} belongs to the original OpenClaw (it holds openclaw.json) and is left alone; bring it "
            "over with `openclaw migrate` once a release has it, or choose another folder with OPENCLAW_HOME"
        )
    values = _with_dotenv(values, home / ".env")
    explicit = values.get("OPENCLAW_CONFIG")
    config_path = Path(_expand_user(explicit, values)).absolute() if explicit else home / "config.toml"
    return Environment(
        values=values,
        base_home=base_home,
        home=home,
        profile=profile,
        config_path=config_path,
        config_is_explicit=bool(explicit),
    )


def _checked_profile(name: str | None) -> str | None:
    if name is None or name == "default":
        return None
    if not _PROFILE.fullmatch(name):
        raise ConfigError(f"profile {name!r} is not a name: lower-case letters, digits, - and _, at most 32 characters")
    return name


def _with_dotenv(values: dict[str, str], path: Path) -> dict[str, str]:
    if not path.is_file():
        return values
    # Importing the parser costs as much as the rest of a quick command: only when there is a file.
    from dotenv import dotenv_values

    try:
        found = dotenv_values(path, interpolate=False)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error
    return {name: text for name, text in found.items() if text is not None} | values


def _expand_user(text: str, values: Mapping[str, str]) -> str:
    if text == "~" or text.startswith("~/"):
        return (values.get("HOME") or os.path.expanduser("~")) + text[1:]  # noqa: PTH111 - HOME may be unset
    return text
