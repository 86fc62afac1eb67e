"""The doorbell of a turn."""

from __future__ import annotations

from typing import Any

from openclaw.ports.lanes import Grant
from workers.celery import app
from workers.drain import is_draining
from workers.process import services


@app.task(name="agent.turn", queue="agent.main", bind=True, ignore_result=True, acks_late=False)  # type: ignore[untyped-decorator]
def turn(self: Any, session_id: int, fence: int) -> str:
    """Run the turn that a lane granted; a stale or doubled doorbell does nothing."""
    if is_draining():
        # Taken from the queue while the consumer was closing: another worker answers sooner than the grant runs out.
        queue = str(self.request.delivery_info["routing_key"])
        services().keeper.ring([Grant(session_id, fence, queue)])
        return "passed-on"
    return services().runner.run(session_id, fence)
