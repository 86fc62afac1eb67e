"""The doorbell of the outbox."""

from __future__ import annotations

from workers.celery import app
from workers.process import services


@app.task(name="replies.deliver", queue="replies", ignore_result=True, acks_late=False)  # type: ignore[untyped-decorator]
def deliver(conversation: str) -> int:
    """Send what is due for one conversation, in order; how many chunks left."""
    return services().deliver(conversation)
