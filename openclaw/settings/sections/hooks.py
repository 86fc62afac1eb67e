"""``[hooks]``: calls from outside that start something."""

# ruff: noqa: RUF009 - option() is dataclasses.field() with more to say
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from openclaw.ports.secrets import Secret
from openclaw.settings.option import option

WAKE_MODES = ("now", "next-heartbeat")
_TEMPLATE = (
    "A template may look at the call: `{{field}}`, `{{list[0].field}}`, `{{headers.x-name}}`, `{{query.name}}`, "
)


@dataclass(frozen=True, slots=True)
class HookMatch:
    """``match = { … }``; everything that is set must hold."""

    path: str = option("", "The name behind the hooks' path, `github` for `/hooks/github`; empty for any.")
    source: str = option("", "What the payload's field `source`, or else the header `x-openclaw-source`, must say.")
    headers: Mapping[str, str] = option(meaning="Headers and what they must say.", factory=dict)
    fields: Mapping[str, str] = option(
        meaning="Places in the payload, such as `action` or `repository.name`, and what they must say.", factory=dict
    )


@dataclass(frozen=True, slots=True)
class HookMapping:
    """``[[hooks.mappings]]``"""

    match: HookMatch = option(meaning="Which calls it is for.", factory=HookMatch)
    action: str = option(
        "agent",
        "`agent`: a run of its own. `wake`: a system event for the agent's main session.",
        one_of=("agent", "wake"),
    )
    name: str = option("", "Template of a name for people.", default_says="the call's path")
    message_template: str = option(
        "", f"What the run is given. {_TEMPLATE}`{{{{path}}}}`, `{{{{now}}}}`; what is not there is empty."
    )
    text_template: str = option("", "What the event says, for `wake`; a template too.")
    agent_id: str = option("", "The agent.", form="agent", default_says="the default one")
    session_key: str = option(
        "", "Template of the session; must begin with one of `allowed_session_key_prefixes`.", default_says="a new one"
    )
    wake_mode: str = option(
        "now", "Whether a turn of the main session is started for what it hears.", one_of=WAKE_MODES
    )
    deliver: bool | None = option(
        None,
        "Whether the answer is sent to a channel.",
        default_says="where the main session was last spoken to from, if known",
    )
    channel: str = option(
        "", "The channel; `last` for where the main session was last spoken to from.", default_says="`last`"
    )
    account: str = option("", "The channel's account.", default_says="`default`, or the only one")
    to: str = option("", "Template of the chat or person on the channel.")
    model: str = option("", "Template of the model, `provider/model`.", default_says="the agent's")
    thinking: str = option("", "Template of the thinking level.")
    timeout_seconds: int | None = option(None, "A run that takes longer is ended.", minimum=1)
    allow_unsafe_external_content: bool = option(
        False, "Gives the text to the model as if a trusted person had written it. Dangerous."
    )


@dataclass(frozen=True, slots=True)
class Hooks:
    """``[hooks]``"""

    enabled: bool = option(False, "Whether the gateway takes calls of hooks at all.")
    token: Secret | None = option(None, "What callers must show; another one than the gateway's.")
    path: str = option(
        "/hooks",
        "Where the hooks are.",
        pattern=r"/[A-Za-z0-9._~-]+(/[A-Za-z0-9._~-]+)*",
        pattern_says="a path such as /hooks",
    )
    default_session_key: str = option(
        "", "The session of runs that name none.", default_says="a new one each time, `hook:<uuid>`"
    )
    allow_request_session_key: bool = option(False, "Whether a call may name the session of its run.")
    allowed_session_key_prefixes: tuple[str, ...] = option(
        ("hook:",), "How session keys from calls and templates must begin, behind `agent:<id>:`."
    )
    allowed_agent_ids: tuple[str, ...] | None = option(
        None, "Agents that calls may name; `*` for any, an empty list for the default one only.", default_says="any"
    )
    max_body_bytes: int = option(262_144, "Largest body of a call.", minimum=1024)
    mappings: tuple[HookMapping, ...] = option((), "What calls of `<path>/<name>` do; the first that matches counts.")
