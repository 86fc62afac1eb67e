"""The Celery app, where ``celery -A workers`` looks for it.

Messages are doorbells: JSON with ids, acknowledged as soon as they are received and never reserved ahead. What
recovers a lost one is the lane, not the broker's visibility timeout, so redelivery plays no part.
"""

# mypy: allow-untyped-calls

from __future__ import annotations

from typing import Any

from celery import Celery, signals
from kombu.entity import Exchange, Queue

from openclaw.composition.queues import queue_names
from openclaw.composition.redis_parts import broker_for
from openclaw.composition.settings import process_settings
from openclaw.coordination.doorbell import BROWSER_QUEUE, home_queue
from workers import drain, readiness
from workers.schedule import BEAT_SCHEDULE


def _queue(name: str) -> Queue:
    return Queue(name, Exchange(name, type="direct"), routing_key=name)


def _configuration() -> dict[str, Any]:
    settings = process_settings()
    broker = broker_for(settings)
    return {
        "broker_url": broker.url,
        "broker_transport_options": broker.transport_options,
        "broker_connection_retry_on_startup": True,
        "task_acks_late": False,
        "task_ignore_result": True,
        "task_store_errors_even_if_ignored": False,
        "task_serializer": "json",
        "accept_content": ["json"],
        "task_queues": [_queue(name) for name in queue_names(settings)],
        "task_default_queue": "maintenance",
        "task_create_missing_queues": True,
        "worker_disable_prefetch": True,
        "worker_prefetch_multiplier": 1,
        "worker_concurrency": settings.worker.concurrency,
        "worker_pool": settings.worker.pool,
        "worker_soft_shutdown_timeout": settings.worker.drain_seconds,
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        "worker_hijack_root_logger": False,
        "worker_send_task_events": settings.worker.task_events,
        "task_send_sent_event": settings.worker.task_events,
        "beat_schedule": BEAT_SCHEDULE,
        "beat_scheduler": "workers.schedule:LeaderScheduler",
        "beat_schedule_filename": str(settings.home / "run" / "beat-schedule"),
        "beat_max_loop_interval": 5,
        "enable_utc": True,
        "timezone": "UTC",
        "imports": (
            "workers.agent_tasks",
            "workers.browser_tasks",
            "workers.reply_tasks",
            "workers.media_tasks",
            "workers.maintenance_tasks",
        ),
    }


app = Celery("openclaw")
app.config_from_object(_configuration())
drain.connect(signals)
readiness.connect(signals)


@signals.celeryd_after_setup.connect(weak=False)  # type: ignore[untyped-decorator]
def _serve_own_pages(sender: str, instance: Any, **_: Any) -> None:
    """A worker that has a browser also takes what is meant for it: its sessions' pages are nowhere else."""
    queues = instance.app.amqp.queues
    if BROWSER_QUEUE in queues.consume_from:
        queues.select_add(_queue(home_queue(sender)))
