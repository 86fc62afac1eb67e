"""A home and a way to load settings from it, with nothing of the real environment."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from openclaw.settings.load import load_settings
from openclaw.settings.schema import Settings

Load = Callable[..., Settings]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / ".openclaw"
    folder.mkdir()
    return folder


@pytest.fixture
def load(home: Path, tmp_path: Path) -> Load:
    """Load ``config`` (TOML text) under the given variables."""

    def load_(config: str | None = None, *, profile: str | None = None, **environ: str) -> Settings:
        if config is not None:
            (home / "config.toml").write_text(config)
        return load_settings({"HOME": str(tmp_path), **environ}, profile=profile, cwd=tmp_path)

    return load_
