"""Hosts of one cluster: each with a config file of its own, all on one database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from openclaw.composition.config_editor import ConfigEditor
from openclaw.composition.config_follower import ConfigFollower
from openclaw.composition.live_settings import LiveSettings
from openclaw.composition.settings import adopt_edits, read_live_settings
from openclaw.composition.skills import LiveShelf
from openclaw.plugins.builtin import register_builtin
from openclaw.plugins.registry import Registry
from openclaw.ports.clock import system_clock
from openclaw.settings.environment import Environment, read_environment
from openclaw.settings.schema import Settings
from openclaw.store import Database
from openclaw.store.repositories.config_versions import SqlConfigStore
from openclaw.store.repositories.senders import SqlSenderStore
from openclaw.store.repositories.stored_messages import SqlStoredMessages
from tests.integration.web.serving import Served, serving
from tests.integration.web.twins import Desk
from tests.sqlite_file import open_file
from web.config_watch import ConfigWatch
from web.facts import LiveFacts
from web.route_desk import RouteDesk
from web.skill_desk import SkillDesk


@dataclass
class Host:
    """One machine. ``boot`` is what its gateway does first."""

    folder: Path
    database: Database
    variables: dict[str, str]
    live: LiveSettings = field(init=False)
    store: SqlConfigStore = field(init=False)

    def __post_init__(self) -> None:
        self.store = SqlConfigStore(self.database)
        self.file.parent.mkdir(parents=True, exist_ok=True)

    @property
    def file(self) -> Path:
        return self.folder / ".openclaw" / "config.toml"

    @property
    def environment(self) -> Environment:
        return read_environment({"HOME": str(self.folder), **self.variables}, cwd=self.folder)

    def boot(self, *, adopt: bool = True) -> Host:
        if adopt:
            adopt_edits(self.environment)
        self.live = read_live_settings(self.environment)
        self.follower = ConfigFollower(self.live, self.store)
        self.editor = ConfigEditor(self.store, self.live, self.follower.look, lambda: 1000)
        return self

    @property
    def settings(self) -> Settings:
        return self.live.settings

    @property
    def name(self) -> str:
        return self.settings.agents.default.name


@pytest.fixture
def host(tmp_path: Path) -> Callable[..., Host]:
    """Make a host; all that a test makes share the database."""
    database = open_file(tmp_path / "cluster.db")
    url = f"sqlite:///{tmp_path}/cluster.db"

    def make(name: str = "a", text: str | None = None, **variables: str) -> Host:
        made = Host(tmp_path / name, database, {"OPENCLAW_DATABASE_URL": url, **variables})
        if text is not None:
            made.file.write_text(text)
        return made

    yield make
    database.close()


@pytest.fixture
def gateway(host: Callable[..., Host]) -> Iterator[Callable[..., Served]]:
    """Start the gateway of a host: its configuration is real, all else are twins."""
    with ExitStack() as stack:

        def start(made: Host, **changes: Any) -> Served:
            made.boot()
            registry = Registry()
            register_builtin(registry)
            facts = LiveFacts(made.live, registry)
            watch = ConfigWatch(made.live, made.store, system_clock)
            watch.renew_copy()
            services = {
                "config": watch,
                "current": facts.current,
                "routes": RouteDesk(
                    made.live, watch, SqlSenderStore(made.database), SqlStoredMessages(made.database).envelope
                ),
                "channels": registry.channels,
                "skills": SkillDesk(LiveShelf(made.live), made.settings.skills_dir),
                **changes,
            }
            desk = Desk()
            return stack.enter_context(serving(desk, made.folder, **services))

        yield start
