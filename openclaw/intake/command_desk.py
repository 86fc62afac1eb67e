"""Commands that are answered at once, by whoever takes the message in: they ask no model and wait behind no turn."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from openclaw.domain.session_key import parse_session_key
from openclaw.errors import NotFound, OpenClawError
from openclaw.intake.commands import DESCRIPTIONS, Command, IntakeCommand
from openclaw.intake.policy import ModelFacts
from openclaw.ports.clock import Clock
from openclaw.ports.store import Expected, SessionChanges, SessionDesk, SessionQueries, SessionView


@dataclass(frozen=True, slots=True)
class Asker:
    """Who wrote the command, and where."""

    session_key: str
    sender: str
    name: str = ""
    #: Whether he may change how the session works.
    may_change: bool = True


class CommandDesk:
    """Thread-safe."""

    def __init__(
        self,
        sessions: SessionQueries,
        desk: SessionDesk,
        version: str,
        clock: Clock,
    ) -> None:
        self._sessions = sessions
        self._desk = desk
        self._version = version
        self._clock = clock

    def answer(self, command: Command, asker: Asker, models: ModelFacts) -> str | None:
        """What to say; ``None`` for a command that is carried out elsewhere."""
        action = self._actions.get(command.name)
        return None if action is None else action(self, command.words, asker, models)

    def _help(self, _words: str, _asker: Asker, _models: ModelFacts) -> str:
        return "\n".join(f"{name.value}: {text}" for name, text in DESCRIPTIONS.items())

    def _whoami(self, _words: str, asker: Asker, _models: ModelFacts) -> str:
        known_as = f" ({asker.name})" if asker.name else ""
        return f"You are {asker.sender}{known_as}. This is {asker.session_key}."

    def _status(self, _words: str, asker: Asker, models: ModelFacts) -> str:
        view = self._sessions.session(asker.session_key)
        agent_id = parse_session_key(asker.session_key).agent_id
        model, why = _model(view, agent_id, models)
        lines = [f"OpenClaw {self._version}", f"Agent: {agent_id}", f"Model: {model} ({why})"]
        if view is None:
            return "\n".join([*lines, "Nothing has been said here yet."])
        window = models.windows.get(model)
        weight = f"{view.context_tokens:,}" + (f" of {window:,}" if window else "") + " tokens"
        usage = view.usage
        lines.append(f"Context: {weight}, compacted {view.compactions} times")
        lines.append(f"Used here: {usage.input_tokens:,} tokens in, {usage.output_tokens:,} out")
        busy = "a turn is running" if view.active_run_id else "idle"
        lines.append(f"Queue: {busy}, {view.pending} waiting")
        lines.append(f"Session: {view.session_key}, since {_day(view.created_at_ms)}")
        return "\n".join(lines)

    def _set_model(self, words: str, asker: Asker, models: ModelFacts) -> str:
        view = self._sessions.session(asker.session_key)
        agent_id = parse_session_key(asker.session_key).agent_id
        if not words or words in ("list", "status"):
            model, why = _model(view, agent_id, models)
            listed = "" if words == "status" else "\n" + "\n".join(sorted(models.windows))
            return f"Model: {model} ({why}){listed}"
        if not asker.may_change:
            return "Only the owner may change the model."
        wanted = "" if words in ("default", "reset") else _find(words, models.windows)
        if wanted is None:
            return f"There is no model {words!r}, or several; /model list shows them."
        changes = SessionChanges(settings={"model": wanted or None})
        try:
            self._desk.change(asker.session_key, changes, Expected(), self._clock())
        except NotFound:
            return "Say something first: this session has not begun."
        except OpenClawError as error:
            return f"That could not be changed: {error}."
        return f"From now on: {wanted or models.of_agent.get(agent_id, 'the default model')}."

    _actions: Mapping[IntakeCommand, Callable[[CommandDesk, str, Asker, ModelFacts], str]] = {
        IntakeCommand.HELP: _help,
        IntakeCommand.COMMANDS: _help,
        IntakeCommand.WHOAMI: _whoami,
        IntakeCommand.STATUS: _status,
        IntakeCommand.MODEL: _set_model,
    }


def _model(view: SessionView | None, agent_id: str, models: ModelFacts) -> tuple[str, str]:
    """The model that the session's next turn is for, and whose choice it is."""
    chosen = str(view.settings.get("model") or "") if view is not None else ""
    return (chosen, "chosen for this session") if chosen else (models.of_agent.get(agent_id, "none"), "the agent's")


def _find(words: str, known: Mapping[str, int]) -> str | None:
    """The one model that is meant: its whole name, the part behind the vendor, or a part of it."""
    wanted = words.lower()
    for matches in (
        [each for each in known if each.lower() == wanted],
        [each for each in known if each.lower().partition("/")[2] == wanted],
        [each for each in known if wanted in each.lower()],
    ):
        if matches:
            return matches[0] if len(matches) == 1 else None
    return None


def _day(at_ms: int) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(at_ms / 1000))
