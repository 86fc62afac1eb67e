"""Whether a command may run: who decides before anything is executed on a machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from openclaw.ports.tool import Suspension, ToolContext


@dataclass(frozen=True, slots=True)
class ExecCommand:
    """A command that an agent wants to run."""

    #: The command line, as a shell reads it.
    text: str
    #: Where it runs, links resolved.
    cwd: Path
    #: Variables that the call adds.
    env: Mapping[str, str] = field(default_factory=dict)
    #: ``sandbox`` for a contained process, ``host`` for one that may do what the worker may.
    host: Literal["sandbox", "host"] = "sandbox"
    #: How far its owner lets it leave the sandbox: ``exec_policy.ELEVATIONS``.
    elevation: str = "off"


class ExecGate(Protocol):
    def check(self, command: ExecCommand, context: ToolContext) -> Suspension | None:
        """Let it run now (``None``), or ask a person first.

        After a suspension the call is made again with what the person decided as ``context.answer``, which this
        method reads. Raises ToolError for what is denied.
        """
        ...
