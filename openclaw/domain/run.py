"""Runs, their steps, and what becomes of every accepted message."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from openclaw.domain.loop_guard import USUAL_LOOP_LIMITS, LoopLimits


class RunStatus(StrEnum):
    """``queued → running ⇄ suspended → succeeded | failed | aborted | interrupted``."""

    QUEUED = "queued"
    RUNNING = "running"
    #: Waits for a person, a child or a timer; holds no slot.
    SUSPENDED = "suspended"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    ABORTED = "aborted"
    #: Its workers died too often without a step of progress.
    INTERRUPTED = "interrupted"

    @property
    def is_final(self) -> bool:
        return self in FINAL_STATUSES


FINAL_STATUSES = frozenset({RunStatus.SUCCEEDED, RunStatus.FAILED, RunStatus.ABORTED, RunStatus.INTERRUPTED})
OPEN_STATUSES = frozenset(RunStatus) - FINAL_STATUSES


class Disposition(StrEnum):
    """How an accepted message ended. Every message gets exactly one."""

    TURN = "turn"
    MERGED = "merged"
    STEERED = "steered"
    DROPPED = "dropped"
    ABORTED = "aborted"
    REJECTED = "rejected"
    #: Said in a group, and not to the assistant: the next turn reads it.
    OVERHEARD = "overheard"


class StepKind(StrEnum):
    MODEL = "model"
    TOOL = "tool"
    #: The older part of the conversation was replaced by a summary.
    COMPACTION = "compaction"
    #: Notes were written before that.
    FLUSH = "flush"


class StepStatus(StrEnum):
    STARTED = "started"
    FINISHED = "finished"
    #: Was running when its worker died; the outcome is not known.
    UNKNOWN = "unknown"


class ReplayPolicy(StrEnum):
    """What a resumed run does with a tool that was running when its worker died."""

    #: No effects: run it again.
    SAFE = "safe"
    #: Record "interrupted, outcome unknown" and let the model and the person decide (default).
    ASK = "ask"
    #: As ``ask``, and the model is told not to try again.
    NEVER = "never"


class RiskClass(StrEnum):
    """How much a tool can do; later policies decide by it."""

    READ = "read"
    WRITE = "write"
    EXECUTE = "execute"
    NETWORK = "network"


@dataclass(frozen=True, slots=True)
class FencedRun:
    """A run and the fence under which it may write."""

    run_id: str
    session_id: int
    fence: int


@dataclass(frozen=True, slots=True)
class RunLimits:
    """When a run is ended from outside, and how often it may be taken up anew."""

    total_seconds: float = 600.0
    #: Without a token, a tool event or a committed step for this long, the run is ended.
    no_progress_seconds: float = 120.0
    #: Attempts in a row without a newly committed step before the run counts as interrupted.
    max_barren_attempts: int = 5
    #: Model calls per run.
    max_model_calls: int = 100
    #: Tool calls per run.
    max_tool_calls: int = 300
    #: Tokens per run, what is read from vendors' caches included; 0 for no limit.
    max_tokens: int = 0
    loop_guard: LoopLimits = USUAL_LOOP_LIMITS


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one model call or one run."""

    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    #: Millionths of a US dollar, 0 where no price is known.
    cost_microusd: int = 0

    @property
    def total(self) -> int:
        return self.input_tokens + self.output_tokens + self.cache_read_tokens + self.cache_write_tokens

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.cache_read_tokens + other.cache_read_tokens,
            self.cache_write_tokens + other.cache_write_tokens,
            self.cost_microusd + other.cost_microusd,
        )

    def to_json(self) -> dict[str, int]:
        tokens = {
            "input": self.input_tokens,
            "output": self.output_tokens,
            "cacheRead": self.cache_read_tokens,
            "cacheWrite": self.cache_write_tokens,
        }
        return tokens | ({"costMicroUsd": self.cost_microusd} if self.cost_microusd else {})

    @classmethod
    def from_json(cls, data: dict[str, int] | None) -> Usage:
        d = data or {}
        names = ("input", "output", "cacheRead", "cacheWrite", "costMicroUsd")
        return cls(*(d.get(name, 0) for name in names))


class StopReason(StrEnum):
    """Why a model stopped."""

    STOP = "stop"
    LENGTH = "length"
    TOOL_CALLS = "tool_calls"
    REFUSAL = "refusal"
