"""``[approvals]``: who decides what agents may do, and how long they are waited for."""

from __future__ import annotations

from dataclasses import dataclass

from openclaw.settings.option import option


@dataclass(frozen=True, slots=True)
class Approvals:
    """``[approvals]``"""

    timeout_seconds: float = option(
        1800.0,
        "How long a request waits for a decision; nobody's is a denial.",
        reload="process",
        minimum=1,
    )
    approvers: tuple[str, ...] = option(
        (),
        "Who may decide from a chat with `/approve`: `channel:sender`, such as `telegram:42`.",
    )
