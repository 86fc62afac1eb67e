"""Every command that can be written in a chat, in one table: who may, how it acts, and what it takes. Pure.

A new command is an entry here and a handler in ``intake.command_handlers`` (or, for one that acts on a session as a
whole, a case in ``intake.accept``). What people and channels are shown of commands is read from this table.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from openclaw.domain.dials import ACTIVATION, ELEVATED, REASONING, SEND, THINKING, TTS, USAGE, VERBOSE, Dial
from openclaw.domain.queue_mode import QueueMode

Category = Literal["session", "options", "status", "management", "media"]


class Who(StrEnum):
    """Whose command is heard. Of anybody else it is ignored in silence."""

    #: Whoever may write here at all.
    EVERYONE = "everyone"
    #: The operator: an approver in a chat, a client with ``operator.admin``.
    OWNER = "owner"
    #: Who may decide about approvals; the desk looks itself.
    APPROVER = "approver"


class How(StrEnum):
    """When a command acts."""

    #: Sets something: for the session when it stands alone, else for the message that it stands in.
    DIRECTIVE = "directive"
    #: Is answered at once, whatever the session does.
    INTAKE = "intake"
    #: Becomes a turn in its order.
    TURN = "turn"


class Words(StrEnum):
    """What may follow the name, for the message to count as a command."""

    NONE = "none"
    #: One word, and ``name:value`` after it. More is a sentence that happens to begin with the name.
    FEW = "few"
    #: Anything.
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Argument:
    """What a command takes, as clients show it."""

    name: str
    description: str
    choices: tuple[str, ...] = ()
    required: bool = False


@dataclass(frozen=True, slots=True)
class ChatCommand:
    """One command. Names are without the slash."""

    name: str
    description: str
    category: Category
    how: How = How.INTAKE
    who: Who = Who.EVERYONE
    words: Words = Words.NONE
    aliases: tuple[str, ...] = ()
    arguments: tuple[Argument, ...] = ()
    #: Heard inside a sentence too: it is answered, and the rest of the sentence goes on.
    inline: bool = False
    #: Shown in lists; false for what is heard and kept, but changes nothing yet.
    listed: bool = True

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name, *self.aliases)


def _dial(name: str, dial: Dial, description: str, *aliases: str, who: Who = Who.EVERYONE) -> ChatCommand:
    level = Argument("level", "Left out: what it is now.", (*dial.levels, "default"))
    return ChatCommand(
        name,
        description,
        "options",
        How.DIRECTIVE,
        who,
        Words.FEW,
        aliases,
        (level,),
    )


_QUEUE_ARGUMENTS = (
    Argument("mode", "Left out: what it is now.", (*(mode.value for mode in QueueMode), "default")),
    Argument("options", "debounce:2s cap:25 drop:old|new|summarize"),
)
_MODEL = Argument("model", "list, status, a name or a part of it, or default.")
_DECISIONS = ("allow-once", "allow-always", "deny")

COMMANDS: tuple[ChatCommand, ...] = (
    ChatCommand("help", "What can be written here", "status", inline=True),
    ChatCommand("commands", "What each command takes", "status", inline=True),
    ChatCommand("status", "Model, context, usage and queue of this session", "status", inline=True),
    ChatCommand("whoami", "Who you are here", "status", aliases=("id",), inline=True),
    ChatCommand(
        "context",
        "What the conversation weighs, and how much room there is",
        "status",
        words=Words.FEW,
        arguments=(Argument("form", "Left out: the sum.", ("list", "detail", "json")),),
    ),
    ChatCommand(
        "usage",
        "Tokens used here; a line below replies that says so",
        "status",
        words=Words.FEW,
        arguments=(Argument("line", "Left out, or cost: what was used, and the budgets.", (*USAGE.levels, "cost")),),
    ),
    ChatCommand(
        "new",
        "Start a new conversation, with another model if one is named; more words are its first message",
        "session",
        words=Words.TEXT,
        arguments=(Argument("model", "A model's name."), Argument("message", "The first message.")),
    ),
    ChatCommand(
        "reset",
        "Start a new conversation; more words are its first message",
        "session",
        words=Words.TEXT,
        arguments=(Argument("message", "The first message."),),
    ),
    ChatCommand("stop", "Stop the running turn and clear what is queued", "session"),
    ChatCommand(
        "subagents",
        "Sub-agents of this session: list, kill, steer, info or log",
        "management",
        words=Words.TEXT,
        arguments=(
            Argument("action", "Left out: list.", ("list", "kill", "steer", "info", "log")),
            Argument("target", "Its number in the list, its name, its run id, or all."),
            Argument("message", "For steer: what to say to it."),
        ),
    ),
    ChatCommand(
        "kill",
        "Stop a sub-agent, or all of them",
        "management",
        words=Words.FEW,
        arguments=(Argument("target", "Its number in the list, its name, or its run id."),),
    ),
    ChatCommand(
        "steer",
        "Say something to a sub-agent while it works",
        "management",
        words=Words.TEXT,
        aliases=("tell",),
        arguments=(Argument("target", "Its number in the list.", required=True), Argument("message", "What to say.")),
    ),
    ChatCommand(
        "compact",
        "Replace the older part of the conversation by a summary; say what it must keep",
        "session",
        How.TURN,
        words=Words.TEXT,
        arguments=(Argument("keep", "What the summary must keep."),),
    ),
    _dial("think", THINKING, "How much the model thinks before it answers", "t", "thinking"),
    ChatCommand(
        "model",
        "Show or choose the model: list, a name, or default",
        "options",
        How.DIRECTIVE,
        words=Words.FEW,
        aliases=("models",),
        arguments=(_MODEL,),
    ),
    ChatCommand(
        "queue",
        "What a message does while a turn runs",
        "options",
        How.DIRECTIVE,
        words=Words.FEW,
        arguments=_QUEUE_ARGUMENTS,
    ),
    _dial("verbose", VERBOSE, "Whether tools are shown as they are used; full: with what they gave", "v"),
    _dial("reasoning", REASONING, "Whether the model's thoughts are sent as a message of their own", "reason"),
    ChatCommand(
        "exec",
        "Be stricter about commands in this session",
        "options",
        How.DIRECTIVE,
        Who.OWNER,
        Words.FEW,
        arguments=(Argument("options", "security:deny|allowlist|full ask:off|on-miss|always, or default."),),
    ),
    _dial("elevated", ELEVATED, "Whether commands may leave the sandbox", "elev", who=Who.OWNER),
    ChatCommand(
        "send",
        "Whether replies are sent to this chat",
        "management",
        who=Who.OWNER,
        words=Words.FEW,
        arguments=(Argument("policy", "Left out: what it is now.", ("on", "off", "inherit")),),
    ),
    ChatCommand(
        "activation",
        "Whether a group is answered only when the assistant is mentioned",
        "management",
        who=Who.OWNER,
        words=Words.FEW,
        arguments=(Argument("when", "Left out: what it is now.", ACTIVATION.levels),),
        listed=False,
    ),
    ChatCommand(
        "tts",
        "When replies are spoken",
        "media",
        words=Words.FEW,
        arguments=(Argument("when", "Left out: what it is now.", (*TTS.levels, "default")),),
    ),
    ChatCommand(
        "approve",
        "Decide about a command: its id, then allow-once, allow-always or deny",
        "management",
        who=Who.APPROVER,
        words=Words.TEXT,
        arguments=(Argument("id", "The request.", required=True), Argument("decision", "What you say.", _DECISIONS)),
    ),
    ChatCommand(
        "pairing",
        "Strangers who wait to be let in, and deciding over them",
        "management",
        who=Who.APPROVER,
        words=Words.TEXT,
        arguments=(
            Argument("action", "Left out: who waits.", ("list", "approve", "reject", "dismiss")),
            Argument("code", "The code that the stranger was told."),
        ),
    ),
)
BY_NAME: dict[str, ChatCommand] = {name: command for command in COMMANDS for name in command.names}

#: The dials that directives turn, by the command's name.
DIRECTIVE_DIALS: dict[str, Dial] = {
    "think": THINKING,
    "verbose": VERBOSE,
    "reasoning": REASONING,
    "elevated": ELEVATED,
}
#: Those that commands turn which are no directives.
COMMAND_DIALS: dict[str, Dial] = {"usage": USAGE, "send": SEND, "activation": ACTIVATION, "tts": TTS}

#: A message that is nothing but one of these, in any case, stops the turn.
STOP_WORDS = frozenset({"stop", "esc", "abort", "wait", "exit", "interrupt"})

#: The most that a channel's menu takes of a name, a description, and in all: Telegram's, which is the narrowest.
MENU_NAME, MENU_DESCRIPTION_CHARS, MENU_SIZE = re.compile(r"[a-z0-9_]{1,32}"), 256, 100


@dataclass(frozen=True, slots=True)
class Command:
    """A command that a message consists of, and what was said behind it."""

    name: str
    words: str = ""

    @property
    def spec(self) -> ChatCommand:
        return BY_NAME[self.name]


def read_command(text: str) -> Command | None:
    """The command a message consists of, if it is one; ``/stop@botname`` and ``/stop:`` count too."""
    said = text.strip()
    if said.lower() in STOP_WORDS:
        return Command("stop")
    if not said.startswith("/"):
        return None
    first, words = [*said.split(maxsplit=1), ""][:2]
    spec, attached = command_named(first)
    if spec is None:
        return None
    words = f"{attached} {words}".strip()
    return Command(spec.name, words) if _fits(spec.words, words) else None


def command_named(word: str) -> tuple[ChatCommand | None, str]:
    """The command that a word with a slash names, and what stands right behind its colon."""
    name, _, attached = word.removeprefix("/").partition(":")
    return BY_NAME.get(name.lower().partition("@")[0]), attached


def listed_commands(works: Callable[[ChatCommand], bool] = lambda _: True) -> list[ChatCommand]:
    """What is shown to people, in the table's order."""
    return [command for command in COMMANDS if command.listed and works(command)]


def menu() -> list[tuple[str, str]]:
    """Names and descriptions for a channel's own menu, within what every such menu takes."""
    fitting = [command for command in listed_commands() if MENU_NAME.fullmatch(command.name)]
    return [(command.name, command.description[:MENU_DESCRIPTION_CHARS]) for command in fitting[:MENU_SIZE]]


def _fits(takes: Words, words: str) -> bool:
    match takes:
        case Words.NONE:
            return not words
        case Words.FEW:
            return all(":" in word or "=" in word for word in words.split()[1:])
        case Words.TEXT:
            return True
