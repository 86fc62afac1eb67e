"""Which Celery queues there are.

Beat and Celery's own commands ask as well, so this imports nothing of what runs turns.
"""

from __future__ import annotations

from openclaw.settings.schema import Settings


def queue_names(settings: Settings) -> list[str]:
    """The queues that a worker serves which is not told otherwise: all but that of browsers."""
    own = [agent.queue for agent in settings.agents.by_id.values() if agent.queue]
    classes = [f"agent.{name}" for name in settings.lanes.classes]
    return list(dict.fromkeys([*classes, *own, "replies", "media", "maintenance"]))
