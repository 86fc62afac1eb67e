"""Becoming a part: the process is replaced by the command that runs it."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping, Sequence
from typing import NoReturn

from openclaw.cli.options import environment
from openclaw.settings.environment import Environment
from openclaw.settings.home import ensure_home
from openclaw.settings.load import settings_of
from openclaw.settings.schema import Settings


def part_settings(overrides: Mapping[str, str] | None = None) -> tuple[Environment, Settings]:
    """The settings for a part, its home made, and the environment to hand on; ``overrides`` are variables."""
    # Whatever the part writes belongs to this user alone.
    os.umask(0o077)
    place = environment()
    place = dataclasses.replace(place, values={**place.values, **(overrides or {})})
    return place, ensure_home(settings_of(place))


def become(argv: Sequence[str], place: Environment) -> NoReturn:
    """Replace this process; returns only by exception."""
    values = dict(place.values)
    values["OPENCLAW_HOME"] = str(place.base_home)
    if place.profile:
        values["OPENCLAW_PROFILE"] = place.profile
    os.execve(argv[0], list(argv), values)  # noqa: S606 - our own command line, no shell
