"""Calls of single tools by operators and programs: what may be called, and the run that calls it.

Deciding is done here, from the configuration. The tool itself runs in a worker, as a run of its own with its own
session: this process must not do work that others would wait for.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from openclaw.agent.ending import TOOL_ERROR
from openclaw.agent.given_call import TOOL_CALL, GivenCall
from openclaw.domain.containment import SANDBOX
from openclaw.domain.envelope import Sender
from openclaw.domain.run import RunStatus
from openclaw.domain.session_key import canonical_session_key, main_session_key, parse_session_key
from openclaw.domain.tool_chain import ToolScene
from openclaw.domain.tool_policy import PolicyLayer, ToolDecision, decide, surface_layers
from openclaw.domain.transcript import ToolCallBlock
from openclaw.errors import InvalidRequest, NotFound, ToolError
from openclaw.intake.machine_message import MachineMessage
from openclaw.ports.store import Accepted
from openclaw.ports.tool import Tool
from openclaw.tools.arguments import check_arguments, load_checker
from web.services import AgentFacts, GatewayServices
from web.ws.run_end import RunEnd
from web.ws.terminal import error_text

#: Largest arguments, as JSON.
MAX_ARGUMENT_BYTES = 2 * 1024 * 1024
#: Larger ones are left to the tool, which checks them too: looking at each of many values would hold others up.
MAX_CHECKED_BYTES = 64 * 1024


class ToolNotAvailable(NotFound):
    """The tool is not there, or may not be called: which of the two is nobody's business."""


class BadArguments(InvalidRequest):
    """The arguments do not fit the tool."""


@dataclass(frozen=True, slots=True)
class ToolRequest:
    """One call that somebody wants. ``session_key`` is the full key of the session whose context it has."""

    name: str
    session_key: str
    arguments: dict[str, Any] = field(default_factory=dict)
    #: Put into the arguments where the tool has such a parameter and they do not say.
    action: str = ""
    is_owner: bool = False
    #: The same key for the same session is one call.
    idempotency_key: str = ""
    #: Where the caller says that it speaks from.
    channel: str = ""
    account: str = ""

    @property
    def agent_id(self) -> str:
        return parse_session_key(self.session_key).agent_id


@dataclass(frozen=True, slots=True)
class ToolAnswer:
    """What became of a call. ``error`` is empty when it worked, else one word for programs."""

    text: str
    error: str = ""


class ToolDesk:
    """Thread-safe."""

    def __init__(self, services: GatewayServices) -> None:
        self._services = services
        load_checker()

    def session_key(self, given: str, agent_id: str = "") -> str:
        """The full key of the session that a call names, by default the agent's main one. Raises InvalidRequest."""
        default = agent_id.lower() or self._services.facts.default_agent.id
        key = canonical_session_key(given, default) if given else main_session_key(default)
        owner = parse_session_key(key).agent_id
        if self._services.facts.agent(owner) is None or (agent_id and owner != default):
            raise InvalidRequest(f"unknown agent id {agent_id or owner!r}", details={"code": "UNKNOWN_AGENT_ID"})
        return key

    # --- deciding ---------------------------------------------------------------------------------------------

    def in_turns(self, session_key: str, *, is_owner: bool, sender: str = "") -> ToolDecision:
        """What turns of a session may use, for the owner or for whoever else writes there."""
        return decide(self.tools(), self._layers(session_key, is_owner=is_owner, sender=sender))

    def over_api(self, session_key: str, *, is_owner: bool) -> ToolDecision:
        """What a caller of single tools may use in a session's context."""
        return self._over_api(self.tools(), session_key, is_owner=is_owner)

    def tools(self) -> Mapping[str, Tool]:
        """Those of this program and of MCP servers. Raises StoreUnavailable."""
        return {**self._services.remote_tools(), **self._services.tools}

    def _over_api(self, tools: Mapping[str, Tool], session_key: str, *, is_owner: bool) -> ToolDecision:
        risks = {name: tool.risk for name, tool in tools.items()}
        surface = surface_layers(risks, self._services.facts.tool_rules, is_owner=is_owner)
        return decide(tools, (*self._layers(session_key, is_owner=is_owner), *surface))

    def _layers(self, session_key: str, *, is_owner: bool, sender: str = "") -> tuple[PolicyLayer, ...]:
        agent = self._agent(parse_session_key(session_key).agent_id)
        view = self._services.sessions.session(session_key)
        sandbox = "" if view is None else str(view.settings.get(SANDBOX) or "")
        scene = ToolScene(session_key, model=agent.model, sender=sender, is_owner=is_owner, sandbox=sandbox)
        return self._services.facts.tool_book.layers(scene)

    def checked(self, request: ToolRequest) -> dict[str, Any]:
        """The arguments as the tool would get them. Raises ToolNotAvailable, BadArguments."""
        tools = self.tools()
        if request.name not in self._over_api(tools, request.session_key, is_owner=request.is_owner).allowed:
            raise ToolNotAvailable(f"Tool not available: {request.name[:100]}")
        spec = tools[request.name].spec
        arguments = request.arguments
        if request.action and "action" in spec.parameters.get("properties", {}):
            arguments = {"action": request.action, **arguments}
        size = len(_encoded(arguments))
        if size > MAX_ARGUMENT_BYTES:
            raise BadArguments(f"the arguments are larger than {MAX_ARGUMENT_BYTES} bytes")
        if size <= MAX_CHECKED_BYTES:
            try:
                check_arguments(spec, arguments)
            except ToolError as error:
                raise BadArguments(str(error)) from error
        return arguments

    # --- calling ----------------------------------------------------------------------------------------------

    def start(self, request: ToolRequest) -> Accepted:
        """Make the call durable; its run ends with the result.

        Raises ToolNotAvailable, BadArguments, InvalidRequest, Busy or StoreUnavailable, with nothing stored.
        """
        arguments = self.checked(request)
        call = ToolCallBlock(f"call_{uuid.uuid4().hex}", request.name, arguments)
        digest = hashlib.sha256(_encoded([request.name, arguments])).hexdigest()[:16]
        key = request.idempotency_key
        accepted = self._services.intake.submit_machine_message(
            MachineMessage(
                session_key=f"agent:{request.agent_id}:tool:{uuid.uuid4()}",
                text=f"[Call of the tool {request.name}]",
                source_key=f"tool:{request.session_key}:{key or uuid.uuid4()}",
                sender=Sender("operator", is_owner=request.is_owner),
                run_id=f"tool-{digest}-{uuid.uuid4()}",
                options={TOOL_CALL: GivenCall(call, request.session_key, self._facts_for(request)).to_json()},
                # Somebody waits for it.
                background=False,
                archived=True,
            )
        )
        # A key that was used before gives the first call's run, whose id says what was called.
        if not accepted.run_id.startswith(f"tool-{digest}-"):
            raise InvalidRequest("this idempotency key was used for another call")
        return accepted

    def _facts_for(self, request: ToolRequest) -> Mapping[str, Any]:
        """What the tool may know of the session in whose context it runs, as it is now."""
        said = {name: text for name, text in (("channel", request.channel), ("account", request.account)) if text}
        view = self._services.sessions.session(request.session_key)
        if view is None:
            return said
        return {
            "queue_mode": str(view.settings.get("queue_mode") or self._services.facts.queue_mode),
            "pending": view.pending,
            "created_at_ms": view.created_at_ms,
            "usage": view.usage.to_json(),
            **({"model": view.model} if view.model else {}),
            **({"active_run": view.active_run_id} if view.active_run_id else {}),
            **said,
        }

    def _agent(self, agent_id: str) -> AgentFacts:
        agent = self._services.facts.agent(agent_id)
        if agent is None:
            raise InvalidRequest(f"unknown agent id {agent_id!r}", details={"code": "UNKNOWN_AGENT_ID"})
        return agent


def answer_of(end: RunEnd) -> ToolAnswer:
    """What the end of a call's run says."""
    if end.status is RunStatus.SUCCEEDED:
        return ToolAnswer(end.text)
    if end.status is RunStatus.ABORTED:
        return ToolAnswer(error_text(end), "aborted")
    kinds = {TOOL_ERROR: "tool_error", "timeout": "timeout"}
    return ToolAnswer(error_text(end), kinds.get(end.error_kind, "internal"))


def _encoded(value: Any) -> bytes:
    try:
        return json.dumps(value, sort_keys=True, ensure_ascii=False).encode("utf-8", "replace")
    except RecursionError:
        raise BadArguments("the arguments are nested too deeply") from None
