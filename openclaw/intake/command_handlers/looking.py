"""Commands that show something: they ask the database and the configuration, and no model."""

from __future__ import annotations

import json
import time

from openclaw.domain.budgets import Spender, purses, shown
from openclaw.domain.chat_commands import ChatCommand, listed_commands
from openclaw.domain.dials import DIALS, THINKING, USAGE
from openclaw.domain.pricing import usd
from openclaw.domain.tokens import message_tokens
from openclaw.intake.command_parts import Asker, CommandParts, model_of, queue_of
from openclaw.ports.store import SessionView

NOTHING_SAID = "Nothing has been said here yet."
#: Entries that ``/context detail`` weighs.
_WEIGHED = 500


def help_(_parts: CommandParts, _asker: Asker, _words: str) -> str:
    """What each command does."""
    return "\n".join(f"/{command.name}: {command.description}" for command in listed_commands())


def commands(_parts: CommandParts, _asker: Asker, _words: str) -> str:
    """What each command takes, and by which names it is known."""
    return "\n".join(map(_usage, listed_commands()))


def whoami(_parts: CommandParts, asker: Asker, _words: str) -> str:
    """Who is asking, as ``approvals.approvers`` would name him."""
    known_as = f" ({asker.name})" if asker.name else ""
    return f"You are {asker.sender}{known_as}. This is {asker.session_key}."


def status(parts: CommandParts, asker: Asker, _words: str) -> str:
    """How it stands with the session."""
    view = parts.view(asker)
    model, why = model_of(view, asker)
    lines = [f"OpenClaw {parts.version}", f"Agent: {asker.session.agent_id}", f"Model: {model} ({why})"]
    lines.append(f"Thinking: {_thinking(view, model, asker)}")
    policy, whose = queue_of(view, asker)
    lines.append(f"Queue mode: {policy.mode} ({whose})")
    if view is None:
        return "\n".join([*lines, NOTHING_SAID])
    turned = [f"{dial.title.lower()} {view.settings[dial.key]}" for dial in DIALS if view.settings.get(dial.key)]
    if turned:
        lines.append(f"Set here: {', '.join(turned)}")
    lines.append(f"Context: {_weight(view, asker.models.windows.get(model))}, compacted {view.compactions} times")
    lines.append(f"Used here: {_used(view)}")
    lines += budgets(parts, asker)
    lines.append(f"Queue: {_running(parts, view)}, {view.pending} waiting")
    lines.append(f"Session: {view.session_key}, since {_day(view.created_at_ms)}")
    return "\n".join(lines)


def context(parts: CommandParts, asker: Asker, words: str) -> str:
    """What the conversation weighs, by whose words it consists of if that is asked for."""
    view = parts.view(asker)
    if view is None:
        return NOTHING_SAID
    model, _ = model_of(view, asker)
    window = asker.models.windows.get(model)
    form = words.lower()
    if form in ("list", "detail", "json"):
        entries, total = parts.sessions.history(asker.session_key, limit=_WEIGHED)
        shares: dict[str, list[int]] = {}
        for entry in entries:
            shares.setdefault(entry.message.role, []).append(message_tokens(entry.message))
        facts = {
            "model": model,
            "tokens": view.context_tokens,
            "window": window,
            "compactions": view.compactions,
            "entries": total,
            "newest": {role: {"entries": len(each), "tokens": sum(each)} for role, each in sorted(shares.items())},
        }
        if form == "json":
            return f"```json\n{json.dumps(facts, indent=2)}\n```"
        parted = [f"{role}: {len(each)} entries, about {sum(each):,} tokens" for role, each in sorted(shares.items())]
        heaviest = max((tokens for each in shares.values() for tokens in each), default=0)
        more = [f"Heaviest entry: about {heaviest:,} tokens"] if form == "detail" else []
        return "\n".join([f"Context: {_weight(view, window)}", f"Entries: {total:,}", *parted, *more])
    if words:
        return "Say /context, /context list, /context detail or /context json."
    return f"Context: {_weight(view, window)}, compacted {view.compactions} times. Model: {model}."


def used(parts: CommandParts, asker: Asker) -> str:
    """What the session has used so far."""
    view = parts.view(asker)
    if view is None:
        return NOTHING_SAID
    line = f"Used here: {_used(view)}. Line below replies: {view.settings.get(USAGE.key) or 'off'}."
    return "\n".join([line, *budgets(parts, asker)])


def _usage(command: ChatCommand) -> str:
    names = ", ".join(f"/{name}" for name in command.names)
    return " ".join([names, *(f"[{'|'.join(taken.choices) or taken.name}]" for taken in command.arguments)])


def _thinking(view: SessionView | None, model: str, asker: Asker) -> str:
    if model not in asker.models.thinking:
        return "not this model's"
    level = THINKING.read(str(view.settings.get(THINKING.key) or "")) if view is not None else None
    if level:
        return f"{level} (chosen for this session)"
    configured = asker.models.thinking_of_agent.get(asker.session.agent_id)
    return f"{configured} (the agent's)" if configured else "the model's own default"


def _weight(view: SessionView, window: int | None) -> str:
    if not window:
        return f"{view.context_tokens:,} tokens"
    return f"{view.context_tokens:,} of {window:,} tokens ({view.context_tokens * 100 // window} %)"


def _used(view: SessionView) -> str:
    cost = f", {usd(view.usage.cost_microusd)}" if view.usage.cost_microusd else ""
    return f"{view.usage.input_tokens:,} tokens in, {view.usage.output_tokens:,} out{cost}"


def budgets(parts: CommandParts, asker: Asker) -> list[str]:
    """How the budgets stand that this session's turns are paid from; a line each."""
    sender = "owner" if asker.rights.owner else asker.sender
    now = parts.clock()
    paid_from = purses(asker.budgets, Spender(asker.session.agent_id, asker.session_key, sender), now)
    standing = parts.budgets.standing(paid_from) if paid_from else []
    return [
        f"Budget of this {purse.budget.scope.value}, by {purse.budget.period.value}: "
        f"{shown(found.spent, purse.budget.limit)}"
        for purse, found in zip(paid_from, standing, strict=True)
    ]


def _running(parts: CommandParts, view: SessionView) -> str:
    run = parts.control.run_view(view.active_run_id) if view.active_run_id else None
    if run is None:
        return "idle"
    seconds = max(0, parts.clock() - run.started_at_ms) // 1000
    return f"a turn is running for {seconds:,} s, {run.usage.total:,} tokens so far"


def _day(at_ms: int) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(at_ms / 1000))
