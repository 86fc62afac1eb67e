"""The state folder: made once, closed to others, with the gateway's token."""

from __future__ import annotations

import os
import secrets
from dataclasses import replace
from pathlib import Path

from openclaw.errors import ConfigError
from openclaw.ports.secrets import Secret
from openclaw.settings.schema import Settings


def ensure_home(settings: Settings) -> Settings:
    """Make the folders (0700) and, where no token is configured, the token file (0600).

    Gives the settings with the token filled in. Two processes that start at once agree on one token.
    """
    own = (settings.run_dir, settings.logs_dir, settings.redis_dir, settings.media_dir, settings.sessions_dir)
    for folder in (settings.home, *own):
        _make_private(folder, close=True)
    for agent in settings.agents.by_id.values():
        # A workspace may be a folder of the user's that others read on purpose: only a new one is closed.
        _make_private(agent.workspace, close=False)
    if settings.gateway.auth.token is not None or settings.gateway.auth.mode == "none":
        return settings
    token = Secret(_token(settings.token_path))
    return replace(settings, gateway=replace(settings.gateway, auth=replace(settings.gateway.auth, token=token)))


def read_token(path: Path) -> str | None:
    """The generated token, if there is one."""
    try:
        return path.read_text(encoding="ascii").strip() or None
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error


def _make_private(folder: Path, *, close: bool) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if close and folder.stat().st_mode & 0o077:
            folder.chmod(0o700)
    except OSError as error:
        raise ConfigError(f"cannot make the folder {folder}: {error}") from error


def _token(path: Path) -> str:
    if existing := read_token(path):
        return existing
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.touch(mode=0o600)
    fresh.write_text(secrets.token_urlsafe(32) + "\n", encoding="ascii")
    try:
        # A link appears whole or not at all, and never replaces: the loser of a race reads the winner's.
        os.link(fresh, path)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
    found = read_token(path)
    assert found is not None
    return found
