"""``reasoning_effort``: the nearest to what is wanted that the model takes.

Not every model takes every effort, and one that it does not take is an error.
https://developers.openai.com/api/docs/guides/reasoning
"""

from __future__ import annotations

#: From little to much.
EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh")
#: What every model that reasons takes.
_USUAL = ("low", "medium", "high")
#: By the beginning of a model's name, the longest first.
_BY_MODEL: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("gpt-5.1", ("none", "low", "medium", "high")),
    ("gpt-5.", ("none", "low", "medium", "high", "xhigh")),
    ("gpt-5-pro", ("high",)),
    ("gpt-5", ("minimal", "low", "medium", "high")),
    ("gemini-", ("low", "medium", "high")),
)


def effort_of(model: str, level: str) -> str:
    """The effort for a level of ``domain.dials.THINKING``; of two that are as near, the greater."""
    name = model.rpartition("/")[2]
    taken = next((efforts for beginning, efforts in _BY_MODEL if name.startswith(beginning)), _USUAL)
    wanted = EFFORTS.index("none" if level == "off" else level)
    return min(taken, key=lambda effort: (abs(EFFORTS.index(effort) - wanted), -EFFORTS.index(effort)))
