"""Tools that whoever sent the message carries out: the model may call them, and a call ends the turn.

They are offered beside the agent's own, since the message is for the agent and not for a bare model. Where both have
one of the same name, the client's is meant. Whoever insists on a call wants one of *his* tools called, so the agent's
own are left out then.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from openclaw.ports.provider import FREE_CHOICE, ToolChoice, ToolSpec


@dataclass(frozen=True, slots=True)
class ClientTools:
    """The tools of one turn's client."""

    specs: tuple[ToolSpec, ...] = ()
    choice: ToolChoice = FREE_CHOICE

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Self:
        """Read the options of a turn, as :meth:`to_options` wrote them."""
        specs = tuple(ToolSpec(t["name"], t["description"], t["parameters"]) for t in options.get("tools", ()))
        return cls(specs, ToolChoice(**options.get("tool_choice", {})))

    def to_options(self) -> dict[str, Any]:
        """The form in which a message carries them; nothing for what is the default."""
        options: dict[str, Any] = {}
        if self.specs:
            options["tools"] = [
                {"name": s.name, "description": s.description, "parameters": s.parameters} for s in self.specs
            ]
        if self.choice != FREE_CHOICE:
            choice = self.choice
            options["tool_choice"] = {"mode": choice.mode, "name": choice.name, "parallel": choice.parallel}
        return options

    @property
    def names(self) -> frozenset[str]:
        return frozenset(spec.name for spec in self.specs)

    def beside(self, own: Iterable[ToolSpec]) -> tuple[ToolSpec, ...]:
        """What the model is offered."""
        if self.choice.mode == "required" and self.specs:
            return self.specs
        return (*(spec for spec in own if spec.name not in self.names), *self.specs)
