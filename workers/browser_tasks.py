"""Actions in the browser of this worker."""

from __future__ import annotations

from celery import Task

from workers.celery import app
from workers.process import services


@app.task(name="browser.act", queue="browser", bind=True, ignore_result=True, acks_late=False)  # type: ignore[untyped-decorator]
def act(self: Task, act_id: str) -> bool:
    """Do what a turn waits for; whether it was still to be done."""
    return services().browse(act_id, str(self.request.hostname))
