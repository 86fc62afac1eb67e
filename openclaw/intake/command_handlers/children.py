"""``/subagents``: what a session has others working on, and stopping or redirecting one."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from openclaw.domain.naming import meant_by
from openclaw.domain.subagents import standing
from openclaw.domain.system_events import bounded_text
from openclaw.intake import subagent_control
from openclaw.intake.command_parts import Asker, CommandParts
from openclaw.ports.subagents import Subagent

#: Sub-agents that a list shows, and entries and characters of their conversations.
SHOWN, LOG_ENTRIES, LOG_CHARS = 20, 10, 400
NONE = "This session has no sub-agents."

Action = Callable[[CommandParts, Asker, Sequence[Subagent], str], str]


def subagents(parts: CommandParts, asker: Asker, words: str) -> str:
    """List them, or do something about one: its number in the list, its name, or its run id."""
    action, _, rest = words.partition(" ")
    children = parts.subagents.of_parent(asker.session_key, SHOWN)
    if not action or action == "list":
        return "\n".join(_line(number, child) for number, child in enumerate(children, 1)) or NONE
    act = _ACTIONS.get(action)
    if act is None:
        return f"There is no /subagents {action}; there are: list, {', '.join(_ACTIONS)}."
    name, _, said = rest.strip().partition(" ")
    targets = list(children) if name in ("all", "*") else _meant(children, name)
    if not targets:
        return NONE if not children else f"No one sub-agent is meant by {name!r}; /subagents list numbers them."
    return act(parts, asker, targets, said.strip())


def kill(parts: CommandParts, asker: Asker, words: str) -> str:
    """``/kill 1`` is ``/subagents kill 1``."""
    return subagents(parts, asker, f"kill {words or 'all'}")


def steer(parts: CommandParts, asker: Asker, words: str) -> str:
    """``/steer 1 be quick`` is ``/subagents steer 1 be quick``."""
    return subagents(parts, asker, f"steer {words}")


def _kill(parts: CommandParts, _asker: Asker, targets: Sequence[Subagent], _said: str) -> str:
    working = [child for child in targets if not child.outcome]
    for child in working:
        subagent_control.kill(parts.subagents, parts.stopper, child, "stopped-by-person", parts.clock())
    return f"Stopped: {', '.join(child.title for child in working)}." if working else "It was over already."


def _steer(parts: CommandParts, asker: Asker, targets: Sequence[Subagent], said: str) -> str:
    if not said or len(targets) > 1:
        return "Say to which one, and what: /subagents steer 1 be quick"
    payer = "owner" if asker.session.channel == "client" else asker.sender
    parts.submit(subagent_control.steering(targets[0], said, str(uuid.uuid4()), payer))
    return f"Told {targets[0].title}."


def _info(parts: CommandParts, _asker: Asker, targets: Sequence[Subagent], _said: str) -> str:
    return "\n\n".join(_described(parts, child) for child in targets)


def _log(parts: CommandParts, _asker: Asker, targets: Sequence[Subagent], _said: str) -> str:
    entries, _ = parts.sessions.history(targets[0].child_key, limit=LOG_ENTRIES)
    lines = [f"{e.message.role}: {bounded_text(e.message.text, LOG_CHARS)}" for e in entries if e.message.text.strip()]
    return "\n".join(lines) or "Nothing has been said there yet."


def _described(parts: CommandParts, child: Subagent) -> str:
    view = parts.sessions.session(child.child_key)
    used = f"{view.usage.total:,} tokens with {view.model or 'no model yet'}" if view is not None else "removed"
    seconds = (parts.clock() - child.created_at_ms) // 1000
    return (
        f"{child.title}: {standing(child.outcome, child.status)}\nOpened {seconds} s ago, {used}\n"
        f"Session {child.child_key}\nRun {child.run_id}"
    )


def _line(number: int, child: Subagent) -> str:
    return f"{number}. {child.title}: {standing(child.outcome, child.status)} ({child.run_id[:8]})"


def _meant(children: Sequence[Subagent], name: str) -> list[Subagent]:
    wanted = name.removeprefix("#")
    if wanted.isdecimal() and 0 < int(wanted) <= len(children):
        return [children[int(wanted) - 1]]
    ids = meant_by(wanted, [(child.run_id, child.title) for child in children])
    return [child for child in children if child.run_id in ids] if len(ids) == 1 else []


_ACTIONS: Mapping[str, Action] = MappingProxyType({"kill": _kill, "steer": _steer, "info": _info, "log": _log})
