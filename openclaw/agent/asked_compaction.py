"""Runs that do nothing but compact their conversation, because somebody asked for it.

The wish is an option of the run. Such a run adds nothing to the conversation: no message of a person, no answer. What
it did is told to whoever asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from openclaw.domain.compaction import COMPACT
from openclaw.domain.run import StepKind
from openclaw.ports.store import StepRecord

NOTHING_TO_DO = "There is nothing to compact yet."


@dataclass(frozen=True, slots=True)
class CompactNow:
    """The conversation has not been compacted by this run."""

    hint: str


@dataclass(frozen=True, slots=True)
class Told:
    """It has; the run can be finished with this."""

    text: str


def next_of_compaction(options: Mapping[str, Any], steps: Sequence[StepRecord]) -> CompactNow | Told | None:
    """Decide from the committed steps; ``None`` for a run that is an ordinary turn."""
    wish = options.get(COMPACT)
    if wish is None:
        return None
    done = next((step.payload for step in steps if step.kind is StepKind.COMPACTION), None)
    if done is None:
        return CompactNow(str(wish.get("hint") or ""))
    before, after = (f"{done[name]:,}" for name in ("tokens_before", "tokens_after"))
    return Told(f"The conversation was compacted from about {before} to {after} tokens.")
