"""What ``[agents.<id>.heartbeat]`` alone cannot say: hours, zones, and where a channel's chat is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from openclaw.domain.heartbeat import minutes_of
from openclaw.domain.time_zones import is_zone
from openclaw.settings.file_schema import Problem
from openclaw.settings.sections.models import AgentSection

_NO_CHANNELS = frozenset({"last", "none"})


def check_heartbeats(agents: Mapping[str, AgentSection]) -> Iterator[Problem]:
    """Everything that is wrong."""
    for id_, agent in agents.items():
        rules = agent.heartbeat
        if rules is None:
            continue
        path = ("agents", id_, "heartbeat")
        for name, hour in (("active_from", rules.active_from), ("active_to", rules.active_to)):
            try:
                minutes_of(hour or "00:00")
            except ValueError as error:
                yield Problem((*path, name), str(error))
        if not is_zone(rules.time_zone):
            yield Problem((*path, "time_zone"), f"{rules.time_zone!r} is none such as Europe/Berlin")
        if rules.target not in _NO_CHANNELS and not rules.to:
            yield Problem((*path, "to"), f"say to which chat of {rules.target}")
