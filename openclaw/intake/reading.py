"""What a message asks for besides an answer: a command, directives, shortcuts. Decided before anything is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from openclaw.domain.chat_commands import COMMANDS, DIRECTIVE_DIALS, ChatCommand, Command, How, Who, read_command
from openclaw.domain.dials import EXEC, MODEL, TAKEN_BACK
from openclaw.domain.directives import Found, read_directives
from openclaw.domain.exec_policy import read_preferences
from openclaw.domain.queue_wish import NO_WISH, QueueWish, read_wish
from openclaw.intake.policy import ModelFacts
from openclaw.ports.store import FreshStart


@dataclass(frozen=True, slots=True)
class Rights:
    """What somebody may do besides writing."""

    #: Choose the model.
    choose_model: bool = True
    #: What only the operator may.
    owner: bool = True


@dataclass(frozen=True, slots=True)
class Hints:
    """What directives in a message ask for this message."""

    options: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    wish: QueueWish = NO_WISH


NO_HINTS = Hints()


@dataclass(frozen=True, slots=True)
class Reading:
    """A message, read. With ``commands`` it is no message at all."""

    text: str
    commands: tuple[Command, ...] = ()
    #: Answered at once; the text goes on without them.
    shortcuts: tuple[Command, ...] = ()
    hints: Hints = NO_HINTS


def read_message(text: str, rights: Rights, models: ModelFacts) -> Reading:
    """Read a message. What its writer may not say in the middle of it stays text."""

    def readable(spec: ChatCommand, words: str) -> bool:
        return is_readable(spec, words, models)

    found = read_directives(text, readable, _refused(rights))
    if not found.text.strip() and (found.directives or found.shortcuts):
        return Reading("", commands=tuple(_command(each) for each in (*found.directives, *found.shortcuts)))
    command = read_command(text)
    if command is not None:
        return Reading("", commands=(command,))
    return Reading(
        found.text,
        shortcuts=tuple(dict.fromkeys(_command(each) for each in found.shortcuts)),
        hints=hints_of(found.directives, models),
    )


def as_text(text: str) -> Reading:
    """A message in which nothing is a command."""
    return Reading(text)


def is_readable(spec: ChatCommand, words: str, models: ModelFacts) -> bool:
    """Whether a directive can be read with these words."""
    dial = DIRECTIVE_DIALS.get(spec.name)
    if dial is not None:
        return words.lower() in TAKEN_BACK or dial.read(words) is not None
    match spec.name:
        case "queue":
            return words.lower() in TAKEN_BACK or read_wish(words.split()) is not None
        case "exec":
            return words.lower() in TAKEN_BACK or read_preferences(words.split()) is not None
        case "model":
            return models.named(words) is not None
    return False


def hints_of(directives: Sequence[Found], models: ModelFacts) -> Hints:
    """Options and queue wish of a message; of two directives of a kind the later one counts."""
    options: dict[str, Any] = {}
    wish = NO_WISH
    for each in directives:
        words, taken_back = each.words, each.words.lower() in TAKEN_BACK
        dial = DIRECTIVE_DIALS.get(each.name)
        if dial is not None:
            options[dial.key] = dial.read(words) or "default"
        elif each.name == "queue":
            wish = NO_WISH if taken_back else read_wish(words.split()) or NO_WISH
        elif each.name == "exec":
            options[EXEC] = {} if taken_back else read_preferences(words.split())
        elif each.name == "model":
            options[MODEL] = models.named(words)
    return Hints(options, wish)


def fresh_start(command: Command, rights: Rights, models: ModelFacts) -> tuple[FreshStart, str]:
    """What ``/new`` and ``/reset`` begin with: settings of the session, and the first message, which may be empty."""
    first, _, rest = command.words.partition(" ")
    model = models.named(first) if command.name == "new" and rights.choose_model else None
    if model is None:
        return FreshStart(), command.words
    return FreshStart({MODEL: model}), rest.strip()


def _refused(rights: Rights) -> frozenset[str]:
    """Directives that this writer's words are not read as."""
    refused = {spec.name for spec in COMMANDS if spec.how is How.DIRECTIVE and spec.who is Who.OWNER}
    return frozenset((set() if rights.owner else refused) | (set() if rights.choose_model else {"model"}))


def _command(found: Found) -> Command:
    return Command(found.name, found.words)
