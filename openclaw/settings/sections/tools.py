"""``[tools]``: how tools work, for all agents."""

# ruff: noqa: RUF009 - option() is dataclasses.field() with more to say
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from openclaw.domain.containment import CONTAINED_TOOLS, MODES
from openclaw.domain.session_reach import Visibility
from openclaw.domain.tool_chain import PROFILES
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


_NAMES = "Names, patterns such as `web_*`, or groups such as `group:fs`."
_PROFILE = "What passes before anything else is asked: minimal, coding, messaging, or all."


@dataclass(frozen=True, slots=True)
class ProviderTools:
    """``[tools.by_provider.<vendor or vendor/model>]``, and the same of an agent"""

    profile: str | None = option(None, _PROFILE, one_of=tuple(PROFILES), default_says="nothing is said")
    allow: tuple[str, ...] | None = option(None, f"Nothing else passes. {_NAMES}", default_says="all")
    also_allow: tuple[str, ...] = option((), "Passes the profile and `allow` too.")
    deny: tuple[str, ...] = option((), "Does not pass, whatever else is said.")


@dataclass(frozen=True, slots=True)
class SenderTools:
    """``[tools.groups.by_sender.<id>]``"""

    allow: tuple[str, ...] | None = option(None, "Nothing else passes.", default_says="all")
    deny: tuple[str, ...] = option((), "Does not pass.")


@dataclass(frozen=True, slots=True)
class GroupTools:
    """``[[tools.groups]]``: what agents may use in groups"""

    channel: str = option("*", "Of which channel; `*` for any.")
    account: str = option("*", "Of which account.")
    peer: str = option("*", "Which group, by the platform's id.")
    allow: tuple[str, ...] | None = option(None, f"Nothing else passes. {_NAMES}", default_says="all")
    deny: tuple[str, ...] = option((), "Does not pass.")
    by_sender: Mapping[str, SenderTools] = option(
        meaning="In place of these for whoever wrote, by the platform's id; `*` for everybody else.", factory=dict
    )


@dataclass(frozen=True, slots=True)
class SandboxTools:
    """``[tools.sandbox]``"""

    mode: str = option(
        "off",
        "Sessions whose commands stay in the sandbox, whatever `[tools.exec]` and `/elevated` say.",
        one_of=MODES,
    )
    allow: tuple[str, ...] = option(CONTAINED_TOOLS, "Nothing else passes there.")
    deny: tuple[str, ...] = option((), "Does not pass there.")


@dataclass(frozen=True, slots=True)
class SubagentTools:
    """``[tools.subagents]``"""

    allow: tuple[str, ...] | None = option(None, "Nothing else passes.", default_says="all")
    deny: tuple[str, ...] = option((), "Does not pass.")


@dataclass(frozen=True, slots=True)
class SessionsSection:
    """``[tools.sessions]``"""

    visibility: str = option(
        Visibility.TREE.value,
        "Which sessions an agent's tools see: the one they work in, those that it opened too, all of the agent, or all "
        "(of other agents only as `tools.agent_to_agent` allows).",
        one_of=tuple(each.value for each in Visibility),
    )


@dataclass(frozen=True, slots=True)
class AgentToAgentSection:
    """``[tools.agent_to_agent]``"""

    enabled: bool = option(False, "Whether agents may read and write to sessions of other agents.")
    allow: tuple[str, ...] = option(("*",), "Agents that may, on both sides.")


@dataclass(frozen=True, slots=True)
class ElevatedSection:
    """``[tools.elevated]``"""

    enabled: bool = option(
        False,
        "Whether owners may have commands run outside the sandbox, by `/elevated` in a session.",
        reload="process",
    )
    full: bool = option(False, "Whether `/elevated full` asks nobody; else it is as `on`.", reload="process")


@dataclass(frozen=True, slots=True)
class MediaSection:
    """``[tools.media]``"""

    image_model: str = option(
        "",
        "The model that describes pictures for models that do not see, `provider/model`.",
        form="model",
        default_says="the first configured one that sees",
    )
    audio_provider: str = option(
        "",
        "The vendor that writes down speech, by `POST /audio/transcriptions`.",
        default_says="openai or groq, if there is a key",
    )
    image_generate_model: str = option(
        "",
        "The model that makes pictures, `vendor/model`, by `POST /images/generations`.",
        form="model",
        default_says="openai/gpt-image-1, if there is a key",
    )
    audio_model: str = option("whisper-1", "The vendor's model for speech.")


@dataclass(frozen=True, slots=True)
class ToolsSection:
    """``[tools]``"""

    profile: str | None = option(None, _PROFILE, one_of=tuple(PROFILES), default_says="full")
    allow: tuple[str, ...] | None = option(None, f"Nothing else passes. {_NAMES}", default_says="all")
    also_allow: tuple[str, ...] = option((), "Passes the profile and `allow` too.")
    deny: tuple[str, ...] = option((), "Does not pass, whatever else is said.")
    by_provider: Mapping[str, ProviderTools] = option(
        meaning="The same for models of a vendor, or for one model, `vendor/model`.", factory=dict
    )
    groups: tuple[GroupTools, ...] = option((), "What may be used in groups; every entry that fits has a say.")
    sandbox: SandboxTools = option(meaning="What contained sessions may use.", factory=SandboxTools)
    subagents: SubagentTools = option(meaning="What sub-agents may use.", factory=SubagentTools)
    exec: ExecSection = option(meaning="Commands of the shell.", factory=ExecSection)
    elevated: ElevatedSection = option(meaning="Commands outside the sandbox.", factory=ElevatedSection)
    web: WebSection = option(meaning="Pages of the web.", factory=WebSection)
    message: MessageSection = option(meaning="Messages of agents.", factory=MessageSection)
    sessions: SessionsSection = option(meaning="Other sessions.", factory=SessionsSection)
    agent_to_agent: AgentToAgentSection = option(meaning="Other agents.", factory=AgentToAgentSection)
    media: MediaSection = option(meaning="Files that come with messages.", factory=MediaSection)
