"""Work on files, away from turns."""

from __future__ import annotations

from workers.celery import app
from workers.process import services


@app.task(name="media.sweep", queue="media", ignore_result=True, acks_late=False)  # type: ignore[untyped-decorator]
def sweep() -> int:
    """Delete expired media."""
    return services().media.sweep()
