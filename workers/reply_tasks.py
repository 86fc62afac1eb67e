"""The doorbell of the outbox, and reactions."""

from __future__ import annotations

from typing import Any

from openclaw.ports.reactions import Reaction
from workers.celery import app
from workers.process import services


@app.task(name="replies.deliver", queue="replies", ignore_result=True, acks_late=False)  # type: ignore[untyped-decorator]
def deliver(conversation: str) -> int:
    """Send what is due for one conversation, in order; how many chunks left."""
    return services().deliver(conversation)


@app.task(name="replies.react", queue="replies", ignore_result=True, acks_late=False)  # type: ignore[untyped-decorator]
def react(*reaction: Any) -> bool:
    """Put an emoji to a message, or take it away; the fields of a ``Reaction``. Whether it was done here."""
    return services().react(Reaction(*reaction))
