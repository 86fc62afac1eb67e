"""``gateway``: the configuration and the gateway's restart, for the owner's agents, and only as a person agrees."""

from __future__ import annotations

import json
from typing import Any

from openclaw.domain.guarded_config import guarded_in
from openclaw.domain.run import ReplayPolicy, RiskClass
from openclaw.domain.session_key import parse_session_key
from openclaw.errors import ToolError
from openclaw.plugins.registry import Registry
from openclaw.ports.config_access import ActionGate, ConfigAccess
from openclaw.ports.provider import ToolSpec
from openclaw.ports.tool import Suspension, ToolContext, ToolOutcome
from openclaw.tools.arguments import check_arguments

#: The most of a patch, in characters of its JSON: a person has to read it.
MAX_PATCH_CHARS = 16_000

_SPEC = ToolSpec(
    name="gateway",
    description=(
        "The configuration of this assistant. config.get shows it without credentials, config.schema.lookup what a key "
        "means; config.patch merges a patch (null deletes, lists replace) based on the hash that config.get gave, and "
        "restart restarts the gateway. A person must agree to these two. Most changes need no restart."
    ),
    parameters={
        "type": "object",
        "properties": {
            "action": {"type": "string", "enum": ["config.get", "config.schema.lookup", "config.patch", "restart"]},
            "path": {"type": "string", "maxLength": 512, "description": "For reading: a key with dots."},
            "patch": {"type": "object", "description": "For config.patch."},
            "base_hash": {"type": "string", "maxLength": 128, "description": "For config.patch, from config.get."},
            "note": {"type": "string", "maxLength": 500, "description": "Why; the person reads it."},
        },
        "required": ["action"],
        "additionalProperties": False,
    },
)


class GatewayTool:
    """Reads at once; asks the gate before it changes anything."""

    spec = _SPEC
    replay = ReplayPolicy.ASK
    risk = RiskClass.EXECUTE

    def __init__(self, config: ConfigAccess, gate: ActionGate) -> None:
        self._config = config
        self._gate = gate

    def run(self, arguments: dict[str, Any], context: ToolContext) -> ToolOutcome | Suspension:
        """Do it, or let the gate ask. Raises ToolError."""
        check_arguments(self.spec, arguments)
        if parse_session_key(context.session_key).is_subagent:
            raise ToolError("Sub-agents may not look after the gateway.")
        match arguments["action"]:
            case "config.get":
                return _json(self._part(str(arguments.get("path") or ".")))
            case "config.schema.lookup":
                return _json(self._config.lookup(str(arguments.get("path") or ".")))
            case "config.patch":
                return self._patch(arguments, context)
            case _:
                return self._restart(arguments, context)

    def _part(self, path: str) -> dict[str, Any]:
        found = self._config.read()
        part: Any = found["config"]
        for step in () if path == "." else path.split("."):
            if not isinstance(part, dict) or step not in part:
                raise ToolError(f"{path} is not set in the configuration; config.schema.lookup tells what it may be.")
            part = part[step]
        return {**found, "config": part}

    def _patch(self, arguments: dict[str, Any], context: ToolContext) -> ToolOutcome | Suspension:
        patch, base_hash = arguments.get("patch"), str(arguments.get("base_hash") or "")
        if not patch or not base_hash:
            raise ToolError("config.patch needs a patch and the base_hash that config.get gave.")
        if guarded := guarded_in(patch):
            raise ToolError(f"Only a person may change {', '.join(guarded)}, and not through an agent.")
        shown = self._config.shown(patch)
        if len(shown) > MAX_PATCH_CHARS:
            raise ToolError(f"The patch is longer than {MAX_PATCH_CHARS} characters; make several of it.")
        note = str(arguments.get("note") or "")
        waits = self._gate.check(f"gateway config.patch {shown}{_why(note)}", context)
        if waits is not None:
            return waits
        return _json(self._config.patch(patch, base_hash, f"agent {context.agent_id}", note))

    def _restart(self, arguments: dict[str, Any], context: ToolContext) -> ToolOutcome | Suspension:
        note = str(arguments.get("note") or "")
        waits = self._gate.check(f"gateway restart{_why(note)}", context)
        if waits is not None:
            return waits
        self._config.restart(note or f"agent {context.agent_id} asked")
        return ToolOutcome("The gateway restarts in a moment; this turn goes on.")


def _why(note: str) -> str:
    return f" ({note})" if note else ""


def _json(found: dict[str, Any]) -> ToolOutcome:
    return ToolOutcome(json.dumps(found, ensure_ascii=False, indent=1, default=str))


def register_gateway_tool(registry: Registry, config: ConfigAccess, gate: ActionGate) -> None:
    """Add the tool; it takes what reaches the configuration, and who asks a person."""
    registry.add_tool(GatewayTool(config, gate), source=__name__)
