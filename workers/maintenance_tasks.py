"""What beat pokes."""

from __future__ import annotations

from workers.celery import app
from workers.process import services


@app.task(name="maintenance.sweep", queue="maintenance", ignore_result=True, acks_late=False)  # type: ignore[untyped-decorator]
def sweep() -> int:
    """Submit sessions that no lane knows, end overdue runs, ring for due replies, ask for turns that are owed."""
    return services().sweep().submitted
