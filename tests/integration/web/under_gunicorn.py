"""A gateway for gunicorn over ports kept in memory; its worker answers every message by repeating it."""

from __future__ import annotations

import os
from pathlib import Path

from flask import Flask

from openclaw.coordination.memory_stream import MemoryRunStream
from openclaw.ports.provider import ModelInfo
from tests.integration.web.twins import Desk, Turn, services
from web import create_app
from web.services import Limits


def _repeat(turn: Turn) -> None:
    said = turn.session.entries[-1].message.text
    turn.start()
    for word in said.split(" "):
        turn.say(word + " ")
    turn.end(said)


def build() -> Flask:
    desk = Desk(MemoryRunStream())
    desk.work = _repeat
    names = [f"{number:05d}" + "n" * 4000 for number in range(5200)]
    many = [ModelInfo(name, "mock") for name in names]
    state_dir = Path(os.environ["TWIN_STATE_DIR"])
    return create_app(services(desk, state_dir, models=tuple(many), limits=Limits(handshake_seconds=60)))
