"""The configuration as clients read and edit it: on a thread of its own, one request after another.

Reading a text, hiding its credentials and checking a new one take from milliseconds to a second, by its size. What was
made of the newest version is kept until there is another.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from openclaw.composition.config_editor import ConfigEditor, ConfigSnapshot, version_hash
from openclaw.composition.live_settings import Compute, LiveSettings
from openclaw.settings.effective import shown_config, shown_tree
from openclaw.settings.redacted_text import hide_in_text
from openclaw.settings.schema import Settings
from web.ws.background import Background


@dataclass(frozen=True, slots=True)
class _Shown:
    """What only depends on the newest text and on the settings in force."""

    of: tuple[str, int]
    facts: dict[str, Any]


class ConfigDesk:
    """``later`` queues work, which may then call everything else."""

    def __init__(self, editor: ConfigEditor, live: LiveSettings, compute: Compute) -> None:
        self.editor = editor
        self._live = live
        self._compute = compute
        self._thread = Background("gateway-config")
        self._shown: _Shown | None = None

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._thread.stop()

    def later(self, work: Callable[[], None]) -> bool:
        """Queue work; false when there is too much already."""
        return self._thread.put(work)

    def snapshot(self) -> dict[str, Any]:
        """The newest configuration without its credentials. Raises StoreUnavailable, ConfigError."""
        newest, current, state = self.editor.snapshot(), self._live.current, self._live.state
        stored, key = newest.stored, (newest.hash, current.version)
        if self._shown is None or self._shown.of != key:
            self._shown = _Shown(key, self._compute(lambda: _facts(newest, current.settings)))
        issues = list(self._live.file_issues)
        if state.problem and not issues:
            issues = [{"path": "", "message": state.problem}]
        return {
            "path": str(self._live.environment.config_path),
            "exists": newest.exists,
            "format": "toml",
            **self._shown.facts,
            "valid": not state.problem,
            "issues": issues,
            "legacyIssues": [],
            "includedPaths": [],
            "hash": newest.hash,
            "configRevisionHash": newest.hash,
            "appliedConfigHash": self._hash_of(current.version, newest),
            "version": newest.version,
            "appliedVersion": current.version,
            "restartNeeded": list(state.restart_needed),
            "problem": state.problem or None,
            **({"source": stored.source, "author": stored.author, "updatedAt": stored.created_at_ms} if stored else {}),
        }

    def _hash_of(self, version: int, newest: ConfigSnapshot) -> str:
        if version == newest.version:
            return newest.hash
        found = self.editor.store.version(version)
        return version_hash(found) if found is not None else ""


def _facts(newest: ConfigSnapshot, settings: Settings) -> dict[str, Any]:
    try:
        tree = tomllib.loads(newest.text)
    except tomllib.TOMLDecodeError:
        # What cannot be read cannot be searched for credentials either.
        return {"raw": None, "parsed": {}, "config": shown_config(settings, {})}
    parsed, config = shown_tree(tree), shown_config(settings, tree)
    return {
        "raw": hide_in_text(newest.text),
        "parsed": parsed,
        "sourceConfig": parsed,
        "resolved": parsed,
        "runtimeConfig": config,
        "config": config,
    }
