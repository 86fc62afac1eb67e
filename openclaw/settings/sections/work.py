"""``[lanes]``, ``[worker]``, ``[outbox]``, ``[connector]``, ``[runs]``, ``[supervisor]``: how much runs at once, and
when it is ended or started again from outside.
"""

# ruff: noqa: RUF009 - option() is dataclasses.field() with more to say
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

from openclaw.domain.loop_guard import LoopLimits
from openclaw.domain.run import RunLimits
from openclaw.settings.option import Option, describe, option


@dataclass(frozen=True, slots=True)
class LaneClass:
    """One cluster-wide class of turns."""

    concurrency: int = option(8, "Turns of this class that run at once in the whole cluster.", minimum=1)
    max_pending: int = option(1000, "Unfinished messages of this class; past it the answer is busy.", minimum=1)
    reserved_interactive: int = option(0, "Slots that background work can't take.", minimum=0)


@dataclass(frozen=True, slots=True)
class Lanes:
    """``[lanes]``"""

    lease_seconds: float = option(
        15.0, "How long a worker's hold on a session lasts without renewal.", reload="process", minimum=3, maximum=600
    )
    grant_seconds: float = option(
        5.0, "How soon a granted turn must begin before its slot goes to another.", reload="process", minimum=1
    )
    sweep_seconds: float = option(
        2.0, "Interval of the sweep that finds work no lane knows.", reload="process", minimum=0.2
    )
    max_pending_session: int = option(100, "Unfinished messages of one session; past it the answer is busy.", minimum=1)
    main: LaneClass = option(meaning="Turns of people's sessions.", factory=partial(LaneClass, 32, 1000, 1))
    subagent: LaneClass = option(meaning="Turns of sub-agents.", factory=partial(LaneClass, 8, 1000, 0))
    cron: LaneClass = option(meaning="Turns of scheduled jobs.", factory=partial(LaneClass, 2, 1000, 0))

    @property
    def classes(self) -> Mapping[str, LaneClass]:
        """The lane classes by name."""
        return MappingProxyType({"main": self.main, "subagent": self.subagent, "cron": self.cron})


@dataclass(frozen=True, slots=True)
class Worker:
    """``[worker]``"""

    concurrency: int = option(64, "Tasks one worker process works on at once.", reload="process", minimum=1)
    pool: str = option("threads", "Celery pool.", reload="process", one_of=("threads", "gevent", "prefork", "solo"))
    task_events: bool = option(
        False, "Whether workers report their tasks; Flower needs it.", reload="process", default_says="on with Flower"
    )
    nice: int = option(
        5,
        "How much workers give way to the gateway on the same host: messages are taken before turns go on. 0: not.",
        reload="process",
        minimum=0,
        maximum=19,
    )
    drain_seconds: float = option(
        30.0, "How long a stopping process may finish what it has begun.", reload="process", minimum=0
    )


@dataclass(frozen=True, slots=True)
class Outbox:
    """``[outbox]``"""

    claim_seconds: float = option(
        60.0, "How long a sender may take over one chunk; past it the outcome counts as unknown.", minimum=1
    )
    max_attempts: int = option(
        150, "Sends tried before a reply counts as failed; at one in ten minutes the default is a day.", minimum=1
    )


@dataclass(frozen=True, slots=True)
class ConnectorSection:
    """``[connector]``"""

    lease_seconds: float = option(
        15.0,
        "How long an account stays with a connector that is not heard of; another one takes it then.",
        reload="process",
        minimum=1,
    )
    delivery_threads: int = option(
        8, "Replies that one connector sends at once over connections it holds.", reload="process", minimum=1
    )


@dataclass(frozen=True, slots=True)
class Supervision:
    """``[supervisor]``"""

    max_restart_seconds: float = option(
        30.0,
        "A part of `openclaw up` that keeps crashing is started again after 1 s, 2 s, 4 s and so on, up to this.",
        reload="process",
        minimum=0.1,
    )


describe(
    RunLimits,
    {
        "total_seconds": Option("A run that takes longer is ended.", minimum=1),
        "no_progress_seconds": Option("A run without a token, tool event or step for this long is ended.", minimum=1),
        "max_barren_attempts": Option("Attempts in a row without a new step before a run is given up.", minimum=1),
        "max_model_calls": Option("Model calls per run.", minimum=1),
        "max_tool_calls": Option("Tool calls per run.", minimum=1),
        "max_tokens": Option("Tokens per run, those read from vendors' caches included; 0 for no limit.", minimum=0),
        "loop_guard": Option("Calls that change nothing."),
    },
)
describe(
    LoopLimits,
    {
        "enabled": Option("Whether tool calls that go in circles are noticed."),
        "history": Option("The newest calls that are looked at.", minimum=2),
        "warn": Option("Calls without progress after which the model is told.", minimum=1),
        "block": Option("Calls without progress after which the next one is not made.", minimum=1),
        "end": Option("Calls without progress after which the run ends.", minimum=1),
    },
)
