"""What both interfaces ask for, once their requests are read."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from werkzeug.datastructures import Headers

from openclaw.agent.client_tools import ClientTools
from web.http.openai.errors import invalid
from web.http.openai.script import Conversation, Script
from web.http.openai.target import Target, find_target
from web.http.openai.tools import read_tools

if TYPE_CHECKING:
    from web.gateway import Gateway

#: How far back in a conversation the calls are looked for whose results come in, in entries.
RECENT_ENTRIES = 50


@dataclass(frozen=True, slots=True)
class AskedTurn:
    """One turn that a client wants, and where."""

    model: str
    target: Target
    conversation: Conversation
    tools: ClientTools
    max_output_tokens: int | None = None

    def to_options(self) -> dict[str, Any]:
        """The options of the message that it becomes."""
        options = {**self.conversation.to_options(), **self.tools.to_options()}
        if self.target.backend:
            options["model"] = self.target.backend
        if self.max_output_tokens:
            options["max_output_tokens"] = self.max_output_tokens
        return options


def asked_turn(
    gateway: Gateway,
    headers: Headers,
    fields: Mapping[str, Any],
    script: Script,
    max_output_tokens: int | None,
) -> AskedTurn:
    """Put together what a request asks for. Raises ApiError, StoreUnavailable."""
    going_on = _previous_session(gateway, fields.get("previous_response_id", ""))
    target = find_target(headers, fields["model"], fields.get("user", ""), gateway.services.facts, going_on)
    conversation = script.divide()
    parallel = fields.get("parallel_tool_calls", True)
    tools = read_tools(fields.get("tools", ()), fields.get("tool_choice"), parallel=parallel)
    if conversation.results:
        conversation.require_calls(_known_calls(gateway, target, script), script.param)
    return AskedTurn(fields["model"], target, conversation, tools, max_output_tokens)


def _previous_session(gateway: Gateway, response_id: str) -> str:
    """The conversation that a response belongs to; empty without one.

    A response's id is its run's. Only the newest one can be gone on from: conversations do not branch.
    """
    if not response_id:
        return ""
    view = gateway.services.control.run_view(response_id)
    entries = gateway.services.sessions.history(view.session_key, limit=1)[0] if view is not None else []
    if view is None or not entries:
        raise _no_previous(f"Previous response with id '{response_id}' not found.")
    if entries[-1].run_id != view.turn_run_id:
        raise _no_previous(f"The conversation has gone on since response '{response_id}'.")
    return view.session_key


def _no_previous(message: str) -> Exception:
    return invalid(message, "previous_response_id", "previous_response_not_found")


def _known_calls(gateway: Gateway, target: Target, script: Script) -> Collection[str]:
    """The calls that may have results: those of the conversation as it will be when the results are put into it."""
    entries = [] if target.stateless else gateway.services.sessions.history(target.session_key, limit=RECENT_ENTRIES)[0]
    if not entries:
        return script.call_ids
    return {call.id for entry in entries for call in entry.message.tool_calls}
