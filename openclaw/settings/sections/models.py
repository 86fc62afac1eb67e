"""``[models]`` and ``[agents]``: which vendors there are and who uses which model."""

# ruff: noqa: RUF009 - option() is dataclasses.field() with more to say
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from openclaw.domain.context_guard import GuardLimits
from openclaw.domain.dials import THINKING
from openclaw.domain.heartbeat import HeartbeatRules
from openclaw.domain.scripted_reply import FAILURES, ScriptedCall, ScriptedReply, ScriptedUsage
from openclaw.domain.subagents import DEEPEST, MOST_CHILDREN, SubagentRules
from openclaw.domain.tool_chain import PROFILES
from openclaw.ports.secrets import Secret
from openclaw.settings.option import Option, describe, option
from openclaw.settings.sections.tools import ProviderTools


@dataclass(frozen=True, slots=True)
class CostSection:
    """``[models.providers.<id>.models.cost]``: US dollars for a million tokens"""

    input: float = option(0.0, "Of what is asked.", minimum=0)
    output: float = option(0.0, "Of what is answered.", minimum=0)
    cache_read: float | None = option(None, "Of what is read from the vendor's cache.", default_says="as `input`")
    cache_write: float | None = option(None, "Of what is written to it.", default_says="as `input`")


@dataclass(frozen=True, slots=True)
class ModelSection:
    """``[[models.providers.<id>.models]]``"""

    id: str = option(meaning="The vendor's name of the model.")
    name: str = option("", "A name for people.")
    context_window: int | None = option(
        None, "Tokens the model takes in all.", minimum=1, default_says="as its vendor says, else 200000"
    )
    max_output_tokens: int | None = option(
        None, "Tokens it is asked to answer with at the most.", minimum=1, default_says="up to 16384, else 8192"
    )
    reasoning: bool | None = option(
        None, "Whether it thinks before it answers.", default_says="as its vendor says, else false"
    )
    input_kinds: tuple[str, ...] | None = option(
        None, "What it takes: `text`, `image`, `audio`.", default_says='as its vendor says, else `["text"]`'
    )
    cost: CostSection | None = option(None, "What it costs.", default_says="the list that comes along")


@dataclass(frozen=True, slots=True)
class AuthProfileSection:
    """``[models.providers.<id>.profiles.<name>]``"""

    api_key: Secret = option(meaning="The key.")


@dataclass(frozen=True, slots=True)
class ProviderSection:
    """``[models.providers.<id>]``"""

    api: str = option(
        "",
        "Wire format: `openai-completions`, `openai-responses`, `anthropic-messages`, `google-generative-ai`, "
        "`bedrock-converse`, `ollama`, `demo`, or a plugin's.",
        default_says="the vendor's, for a built-in id",
    )
    base_url: str = option("", "Address of the API.", form="url", default_says="the vendor's")
    api_key: Secret | None = option(None, "The key.", default_says="the vendor's environment variable")
    profiles: Mapping[str, AuthProfileSection] = option(
        meaning="More credentials, by name: the next one is tried when one is refused or limited.", factory=dict
    )
    profile_order: tuple[str, ...] = option(
        (),
        "In which order they are tried, `default` being `api_key`; the others are not.",
        default_says="the one that was not asked for longest",
    )
    headers: Mapping[str, str] = option(meaning="Headers added to every request.", factory=dict)
    region: str = option("", "Of `bedrock`: the region.", default_says="AWS's own configuration")
    profile: str = option("", "Of `bedrock`: the profile of AWS's files.", default_says="AWS's own configuration")
    login_url: str = option(
        "", "Of vendors with a login: the server that one logs in at.", form="url", default_says="the vendor's"
    )
    account: str = option("", "Of `cloudflare`: the account's id.")
    gateway: str = option("", "Of `cloudflare`: the gateway's id.")
    gateway_key: Secret | None = option(
        None,
        "Of `cloudflare`: the gateway's own key, beside the key of the vendor behind it or in its place where the "
        "gateway keeps that.",
    )
    betas: tuple[str, ...] = option(
        (),
        "Of `anthropic-messages`: previews to take part in, by the names that Anthropic gives them; sent as "
        "`anthropic-beta`.",
        pattern=r"[a-z0-9][a-z0-9.-]{0,99}",
        pattern_says="the name of a preview, such as `context-1m-2025-08-07`",
    )
    replies: tuple[ScriptedReply, ...] = option((), "Of `demo`: what its model `script` says.")
    models: tuple[ModelSection, ...] = option((), "The models to offer.", default_says="the built-in ones")


@dataclass(frozen=True, slots=True)
class ModelsSection:
    """``[models]``"""

    providers: Mapping[str, ProviderSection] = option(
        meaning="Vendors by id; the id is the part of a model's name before the slash.", factory=dict
    )
    aliases: Mapping[str, str] = option(
        meaning="Short names of models, such as `fast`, for `/model` and wherever people name one.",
        factory=dict,
        form="model",
    )


@dataclass(frozen=True, slots=True)
class ToolPolicy:
    """``[agents.<id>.tools]``: names, patterns such as ``file_*`` or groups such as ``group:fs``; deny wins."""

    profile: str | None = option(
        None,
        "What passes before anything else is asked; in place of `tools.profile`.",
        one_of=tuple(PROFILES),
        default_says="`tools.profile`",
    )
    allow: tuple[str, ...] = option(("*",), "Tools the agent may use.")
    also_allow: tuple[str, ...] = option((), "Tools that pass the profile and `allow` too.")
    deny: tuple[str, ...] = option((), "Tools it may not use, whatever `allow` says.")
    by_provider: Mapping[str, ProviderTools] = option(
        meaning="The same for models of a vendor, or for one model, `vendor/model`.", factory=dict
    )


@dataclass(frozen=True, slots=True)
class AgentSection:
    """``[agents.<id>]``; ``[agents.defaults]`` holds what the others start from."""

    name: str | None = option(None, "A name for people.", default_says="the id")
    emoji: str | None = option(None, "An emoji of its own: how it acknowledges messages.", default_says="👀")
    default: bool = option(False, "The agent that answers where no binding matches.", default_says="the first agent")
    model: str | None = option(None, "`provider/model`.", form="model", default_says="the first vendor with a key")
    fallbacks: tuple[str, ...] | None = option(None, "Models tried in turn when the first fails.", form="model")
    workspace: str | None = option(
        None, "Folder of prompt files and work.", form="path", default_says="`<home>/workspace[-<id>]`"
    )
    queue: str | None = option(
        None,
        "A Celery queue of its own, served by workers started with `--queues`.",
        pattern=r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}",
        pattern_says="letters, digits, dots, - and _",
        default_says="`agent.<lane class>`",
    )
    system_prompt: str | None = option(None, "Text put before the conversation.")
    thinking: str | None = option(
        None,
        "How much its models think where nobody says otherwise in a chat; only for those that are `reasoning`.",
        one_of=THINKING.levels,
        default_says="the vendor's own default",
    )
    tools: ToolPolicy | None = option(None, "Which tools the agent may use.")
    context: GuardLimits | None = option(None, "When its conversations are cut.")
    skills: tuple[str, ...] | None = option(
        None, "The skills it may have, by name; an empty list for none.", default_says="all"
    )
    subagents: SubagentRules | None = option(None, "Which sub-agents it may open.")
    heartbeat: HeartbeatRules | None = option(
        None,
        "When it looks by itself whether anything needs it.",
        default_says="every 30 minutes if `HEARTBEAT.md` asks",
    )


describe(
    ScriptedReply,
    {
        "when": Option(
            "Words of the message that this is the reply to, in small letters or large; several with the same words "
            "follow each other. Without words it is for messages that no other reply names: those follow each other "
            "through a conversation."
        ),
        "thinking": Option("What it thinks first."),
        "text": Option("What it says."),
        "calls": Option("The tools that it calls then."),
        "delay_ms": Option("Milliseconds before every word.", minimum=0, maximum=60_000),
        "usage": Option("The tokens that it reports.", default_says="an estimate"),
        "error": Option("How it fails, after what it has said.", one_of=FAILURES),
        "error_text": Option("What the vendor says of the failure."),
        "retry_after_seconds": Option("When the vendor says to come back.", minimum=0),
    },
)

describe(
    ScriptedCall,
    {
        "tool": Option("Its name."),
        "arguments": Option("What it is called with."),
        "raw": Option("Text in place of the arguments, such as one that is no JSON."),
    },
)

describe(
    ScriptedUsage,
    {
        "input": Option("Of what was asked.", minimum=0),
        "output": Option("Of what was answered.", minimum=0),
        "cache_read": Option("Read from the vendor's cache.", minimum=0),
        "cache_write": Option("Written to it.", minimum=0),
    },
)

describe(
    GuardLimits,
    {
        "max_tokens": Option("Tokens of a model's window that are used at the most; 0 for all of it.", minimum=0),
        "reserve_tokens": Option(
            "Tokens kept free for the answer; a conversation that leaves fewer is summarized first. A quarter of the "
            "window at the most.",
            minimum=0,
        ),
        "keep_recent_tokens": Option(
            "The newest messages, in tokens, that a summary leaves as they are. A third of the window at the most.",
            minimum=0,
        ),
        "compaction_seconds": Option("How long a model may take over a summary.", minimum=1),
    },
)

describe(
    SubagentRules,
    {
        "max_depth": Option(
            "How deep sub-agents may go: with 1 they open none of their own, with 2 they may.",
            minimum=1,
            maximum=DEEPEST,
        ),
        "max_children": Option(
            "Sub-agents that one session may have at work at a time.", minimum=1, maximum=MOST_CHILDREN
        ),
        "allow_agents": Option("Other agents that it may open sub-agents under; `*` for all."),
        "model": Option("Their model, `provider/model`; empty for the agent's own.", form="model"),
        "thinking": Option("How much they think; empty for the agent's own.", one_of=("", *THINKING.levels)),
        "archive_minutes": Option("When their sessions are put away, after their end; 0 for never.", minimum=0),
    },
)

describe(
    HeartbeatRules,
    {
        "every_minutes": Option("Minutes from one heartbeat to the next; 0 for none.", minimum=0, maximum=7 * 24 * 60),
        "target": Option(
            "Where what it has to say goes: `last` for the private chat that was used last, `none`, or a channel."
        ),
        "account": Option("The channel's account, where `target` is a channel."),
        "to": Option("The chat there, by the platform's id."),
        "model": Option("Another model than the agent's, `provider/model`.", form="model"),
        "prompt": Option("What it is asked, in place of the usual."),
        "session": Option("The session that it runs in, such as `main`; empty for one of its own, anew each time."),
        "active_from": Option("From which hour of the day it may come, such as `08:00`; empty for all day."),
        "active_to": Option("Until which hour; one before `active_from` is of the next day."),
        "time_zone": Option("Whose hours: a name such as `Europe/Berlin`."),
        "ack_max_chars": Option("Beside HEARTBEAT_OK, an answer of so many characters is not sent either.", minimum=0),
        "light_context": Option("Whether its prompt shows `HEARTBEAT.md` alone of the workspace's files."),
    },
)
