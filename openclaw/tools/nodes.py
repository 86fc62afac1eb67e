"""``nodes``: commands on other machines that an operator has paired.

The turn does not wait for a node: it is parked, and goes on with the answer, on whatever worker.
"""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

from openclaw.domain.naming import meant_by
from openclaw.domain.nodes import DEFAULT_TIMEOUT_MS, MAX_PARAMS_BYTES, MAX_TIMEOUT_MS, Node
from openclaw.domain.run import ReplayPolicy, RiskClass
from openclaw.errors import ToolError
from openclaw.plugins.registry import Registry
from openclaw.ports.nodes import NewInvoke, NodeCalls
from openclaw.ports.provider import ToolSpec
from openclaw.ports.tool import Suspension, ToolContext, ToolOutcome
from openclaw.tools.arguments import check_arguments

#: The turn waits a little longer than the node has, so that it hears who was late.
_GRACE_MS = 15_000

_SPEC = ToolSpec(
    name="nodes",
    description=(
        "Other machines of the owner. action=list shows them and their commands; action=invoke runs one of a node's "
        "commands with params. system.run takes {command: [program, arguments...], cwd}; file.list and file.read take "
        "{path}; file.write {path, content}; system.which {bins: [...]}; system.notify {title, body}."
    ),
    parameters={
        "type": "object",
        "properties": {
            "action": {"type": "string", "enum": ["list", "invoke"]},
            "node": {"type": "string", "description": "The node's id, the beginning of it, or its name."},
            "command": {"type": "string"},
            "params": {"type": "object"},
            "timeout_seconds": {"type": "integer", "minimum": 1, "maximum": MAX_TIMEOUT_MS // 1000},
        },
        "required": ["action"],
        "additionalProperties": False,
    },
)


class NodesTool:
    """Asks the same thing once, however often its call is run: the wait's name is the command's key."""

    spec = _SPEC
    replay = ReplayPolicy.SAFE
    risk = RiskClass.EXECUTE

    def __init__(self, desk: NodeCalls) -> None:
        self._desk = desk

    def run(self, arguments: dict[str, Any], context: ToolContext) -> ToolOutcome | Suspension:
        """List the nodes, or ask one and let the turn wait."""
        check_arguments(self.spec, arguments)
        if arguments["action"] == "list":
            return ToolOutcome(_listed(self._desk.store.nodes()))
        return self._invoke(arguments, context)

    def _invoke(self, arguments: dict[str, Any], context: ToolContext) -> Suspension:
        node = find_node(self._desk.store.nodes(), str(arguments.get("node") or ""))
        command, params = str(arguments.get("command") or ""), arguments.get("params") or {}
        if command not in node.usable:
            offered = ", ".join(node.usable) or "nothing"
            raise ToolError(f"{node.display_name} does not offer {command!r}; it offers {offered}.")
        if len(json.dumps(params)) > MAX_PARAMS_BYTES:
            raise ToolError("The params are too large.")
        timeout_ms = int(arguments.get("timeout_seconds", 0)) * 1000 or DEFAULT_TIMEOUT_MS
        invoke = self._desk.ask(
            NewInvoke(
                id=str(uuid.uuid4()),
                node_id=node.node_id,
                command=command,
                params=params,
                timeout_ms=timeout_ms,
                key=f"wait:{context.wait_id}",
                wait_id=context.wait_id,
                session_key=context.session_key,
            )
        )
        due = max(invoke.expires_at_ms, time.time_ns() // 1_000_000) + _GRACE_MS
        return Suspension("node.invoke", {"nodeId": node.node_id, "command": command, "invokeId": invoke.id}, due)


def register_nodes_tool(registry: Registry, desk: NodeCalls) -> None:
    """Add the tool; unlike others it takes what reaches the nodes."""
    registry.add_tool(NodesTool(desk), source=__name__)


def find_node(nodes: list[Node], wanted: str) -> Node:
    """The node that is meant. Raises ToolError."""
    by_id = {node.node_id: node for node in nodes}
    found = meant_by(wanted, ((node.node_id, node.display_name) for node in nodes))
    if len(found) == 1:
        return by_id[found[0]]
    known = ", ".join(f"{node.display_name} ({node.node_id[:12]})" for node in nodes) or "none"
    raise ToolError(f"{'Several nodes are' if found else 'No node is'} called {wanted!r}. Known: {known}.")


def _listed(nodes: list[Node]) -> str:
    if not nodes:
        return "No node is paired."
    return "\n".join(
        f"{node.display_name} (id {node.node_id[:12]}, {node.client.get('platform', 'unknown')}): "
        + (", ".join(node.usable) or "offers nothing")
        for node in nodes
    )
