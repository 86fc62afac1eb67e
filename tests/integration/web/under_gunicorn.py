"""A gateway for gunicorn over ports kept in memory; its worker answers every message by repeating it."""

from __future__ import annotations

import os
from pathlib import Path

from flask import Flask

from openclaw.composition.config_editor import adopt_file
from openclaw.composition.settings import read_live_settings
from openclaw.ports.clock import system_clock
from openclaw.ports.provider import ModelInfo
from openclaw.settings.environment import read_environment
from openclaw.store.repositories.config_versions import SqlConfigStore
from tests.integration.web.twins import Desk, Turn, open_database, services
from web import create_app
from web.config_watch import ConfigWatch
from web.services import Limits


def _repeat(turn: Turn) -> None:
    said = turn.session.entries[-1].message.text
    turn.start()
    for word in said.split(" "):
        turn.say(word + " ")
    turn.end(said)


def build() -> Flask:
    desk = Desk()
    desk.work = _repeat
    names = [f"{number:05d}" + "n" * 4000 for number in range(5200)]
    many = [ModelInfo(name, "mock") for name in names]
    state_dir = Path(os.environ["TWIN_STATE_DIR"])
    config = _config(state_dir) if (state_dir / "config.toml").exists() else None
    limits = Limits(handshake_seconds=60)
    return create_app(services(desk, state_dir, models=tuple(many), limits=limits, config=config))


def _config(state_dir: Path) -> ConfigWatch:
    environment = read_environment()
    store = SqlConfigStore(open_database(state_dir))
    adopt_file(store, environment, 1)
    return ConfigWatch(read_live_settings(environment), store, system_clock)
