"""Stopping one sub-agent, and saying something to it: the same for its parent's agent and for people."""

from __future__ import annotations

from openclaw.domain.budgets import paid_by
from openclaw.domain.queue_mode import QueueMode
from openclaw.domain.subagents import parent_sender
from openclaw.intake.machine_message import MachineMessage
from openclaw.intake.stopping import Stopper
from openclaw.ports.subagents import Subagent, SubagentStore


def kill(store: SubagentStore, stopper: Stopper, subagent: Subagent, reason: str, now_ms: int) -> None:
    """Stop one, with what it has others working on. Whoever asked for it hears no more of it."""
    store.settle(subagent.run_id, "stopped", None, now_ms)
    stopper.stop(subagent.child_key, None, reason)


def steering(subagent: Subagent, text: str, key: str, payer: str) -> MachineMessage:
    """What is said to one while it works, in the name of whoever asked for it. ``key`` makes it one message."""
    return MachineMessage(
        session_key=subagent.child_key,
        text=text,
        source_key=f"steer:{key}",
        sender=parent_sender(subagent.parent_key),
        mode=QueueMode.STEER,
        options=paid_by(payer),
    )
