"""``[tools]``: how tools work, for all agents."""

# ruff: noqa: RUF009 - option() is dataclasses.field() with more to say
from __future__ import annotations

from dataclasses import dataclass

from openclaw.settings.option import option
from openclaw.settings.sections.web_search import SearchSection


@dataclass(frozen=True, slots=True)
class ExecSection:
    """``[tools.exec]``"""

    host: str = option(
        "sandbox",
        "Where commands run: contained by bubblewrap, or as the worker itself may. Without bubblewrap the sandbox "
        "refuses; it never falls back to the host.",
        reload="process",
        one_of=("sandbox", "host"),
    )
    security: str = option(
        "allowlist",
        "Which commands may run: none, those that are known, or all.",
        reload="process",
        one_of=("deny", "allowlist", "full"),
    )
    ask: str = option(
        "on-miss",
        "When a person is asked: never, about commands that are not known, or always.",
        reload="process",
        one_of=("off", "on-miss", "always"),
    )
    network: bool = option(False, "Whether contained commands have the network.", reload="process")
    readable: tuple[str, ...] = option(
        (), "Folders that contained commands may read besides the workspace.", reload="process", form="path"
    )
    timeout_seconds: int = option(1800, "After that a command is ended.", reload="process", minimum=1)
    yield_seconds: float = option(
        10.0, "How long a turn waits for a command before it goes on in the background.", reload="process", minimum=0
    )
    cpu_seconds: int = option(600, "Processor time of a command.", reload="process", minimum=1)
    memory_mb: int = option(1024, "Memory of each of its processes, in mebibytes.", reload="process", minimum=16)
    processes: int = option(256, "Processes and threads of a command.", reload="process", minimum=4)
    file_mb: int = option(512, "The largest file that it may write, in mebibytes.", reload="process", minimum=1)
    output_bytes: int = option(4 * 1024 * 1024, "How much of its output is kept.", reload="process", minimum=1024)


@dataclass(frozen=True, slots=True)
class WebSection:
    """``[tools.web]``"""

    allow_private: tuple[str, ...] = option(
        (),
        "Hosts of your own network that may be fetched from: `wiki.example.com` or `wiki.example.com:8080`, by name.",
        reload="process",
    )
    search: SearchSection = option(meaning="Searching the web.", factory=SearchSection)


@dataclass(frozen=True, slots=True)
class MessageSection:
    """``[tools.message]``"""

    enabled: bool = option(True, "Whether agents may send messages beside their replies.", reload="process")
    within_account: bool = option(
        True, "Whether they may write to anybody on the account that their conversation is on."
    )
    targets: tuple[str, ...] = option(
        (),
        "To whom they may write from any conversation: patterns such as `telegram:42` or `telegram:default:*`.",
    )


@dataclass(frozen=True, slots=True)
class ToolsSection:
    """``[tools]``"""

    exec: ExecSection = option(meaning="Commands of the shell.", factory=ExecSection)
    web: WebSection = option(meaning="Pages of the web.", factory=WebSection)
    message: MessageSection = option(meaning="Messages of agents.", factory=MessageSection)
