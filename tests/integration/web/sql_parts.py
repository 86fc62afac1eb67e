"""The gateway's ports over a real database, with lanes in memory that no worker serves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from openclaw.coordination.memory_lanes import MemoryLanes
from openclaw.coordination.memory_rate_limiter import MemoryRateLimiter
from openclaw.coordination.memory_stream import MemoryRunStream
from openclaw.domain.account_rules import AccountRules
from openclaw.domain.queue_mode import QueueMode, QueueSettings
from openclaw.domain.run import RunLimits
from openclaw.intake.accept import Intake
from openclaw.intake.amendments import Amendments
from openclaw.intake.command_desk import CommandDesk
from openclaw.intake.command_parts import CommandParts
from openclaw.intake.gatekeeper import Gatekeeper
from openclaw.intake.lane_keeper import LaneKeeper
from openclaw.intake.machine_message import MachineMessage
from openclaw.intake.policy import AgentRoute, IntakePolicy
from openclaw.intake.stopping import Stopper
from openclaw.ports.lanes import Grant
from openclaw.ports.reactions import Reaction
from openclaw.store import Database
from openclaw.store.repositories.amendments import SqlMessageAmender
from openclaw.store.repositories.budgets import SqlBudgetStore
from openclaw.store.repositories.control import SqlControlStore
from openclaw.store.repositories.intake import SqlIntakeStore
from openclaw.store.repositories.outbox import SqlOutboxStore
from openclaw.store.repositories.session_desk import SqlSessionDesk
from openclaw.store.repositories.sessions import SqlSessionQueries
from openclaw.store.repositories.subagents import SqlSubagentStore
from openclaw.store.repositories.sweep import SqlSweepStore
from openclaw.store.repositories.system_events import SqlSystemEventStore
from tests.integration.web.twins import approval_desk, now_ms, open_database, sender_desk


class NoDoorbell:
    """Nobody is there to be rung for."""

    def ring(self, _grants: list[Grant], _labels: Any = None) -> None:
        return None

    def ring_replies(self, _conversations: list[str]) -> None:
        return None

    def ring_reaction(self, _reaction: Reaction) -> None:
        return None


def sql_parts(stream: MemoryRunStream, state_dir: Path) -> tuple[Database, dict[str, Any]]:
    """The database, and fields of the gateway's services for ``serving``."""
    database = open_database(state_dir)
    control, outbox = SqlControlStore(database), SqlOutboxStore(database)
    keeper = LaneKeeper(
        lanes=MemoryLanes(now_ms),
        doorbell=NoDoorbell(),  # type: ignore[arg-type]
        sweep=SqlSweepStore(database),
        outbox=outbox,
        control=control,
        limits={},
        run_limits=RunLimits(),
        clock=now_ms,
    )

    def submit(message: MachineMessage) -> object:
        return intake.submit_machine_message(message)

    stopper = Stopper(control, SqlSubagentStore(database), keeper, stream, now_ms)
    intake = Intake(
        policy=IntakePolicy(
            agents={name: AgentRoute(name, "") for name in ("main", "other")},
            accounts={
                (channel, "default"): AccountRules("open", group_policy="open") for channel in ("telegram", "twin")
            },
            default_agent="main",
            choose_agent=lambda _envelope: "main",
            queue=QueueSettings(mode=QueueMode.QUEUE),
            queue_by_channel={},
            max_pending_session=100,
            max_pending_class={},
        ),
        store=SqlIntakeStore(database),
        control=control,
        outbox=outbox,
        keeper=keeper,
        stopper=stopper,
        clock=now_ms,
        approvals=approval_desk(database, stream.notify),
        reactions=NoDoorbell(),
        commands=CommandDesk(
            CommandParts(
                sessions=SqlSessionQueries(database),
                desk=SqlSessionDesk(database),
                control=control,
                subagents=SqlSubagentStore(database),
                budgets=SqlBudgetStore(database),
                stopper=stopper,
                submit=submit,
                version="1.2.3",
                clock=now_ms,
            )
        ),
        amendments=Amendments(SqlMessageAmender(database), SqlSystemEventStore(database).post, now_ms),
        gate=Gatekeeper(
            sender_desk(database, stream.notify),
            MemoryRateLimiter(),
            lambda route, text, key: outbox.enqueue_notice(route, text, key, now_ms()),
        ),
    )
    return database, {
        "intake": intake,
        "sessions": SqlSessionQueries(database),
        "control": control,
        "reset_session": intake.reset_session,
    }
