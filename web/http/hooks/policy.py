"""What the gateway goes by for hooks: plain facts and templates that are read already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from openclaw.domain.hook_template import Step, Template
from openclaw.ports.secrets import Secret


@dataclass(frozen=True, slots=True)
class MappingRule:
    """When a mapping is the one: everything that is set must hold."""

    path: str = ""
    source: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[tuple[Step, ...], str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HookMapping:
    """What a call of ``<path>/<name>`` does."""

    rule: MappingRule = field(default_factory=MappingRule)
    wakes_main: bool = False
    name: Template = field(default_factory=Template)
    text: Template = field(default_factory=Template)
    agent_id: str = ""
    session_key: Template = field(default_factory=Template)
    wake_now: bool = True
    deliver: bool | None = None
    channel: str = ""
    account: str = ""
    to: Template = field(default_factory=Template)
    model: Template = field(default_factory=Template)
    thinking: Template = field(default_factory=Template)
    timeout_seconds: int | None = None
    #: The text is taken as a trusted person's.
    unsafe: bool = False


@dataclass(frozen=True, slots=True)
class HookPolicy:
    """``[hooks]`` as the gateway reads it."""

    enabled: bool = False
    token: Secret | None = None
    path: str = "/hooks"
    default_session_key: str = ""
    allow_request_session_key: bool = False
    allowed_session_key_prefixes: tuple[str, ...] = ("hook:",)
    #: ``None`` for any.
    allowed_agent_ids: tuple[str, ...] | None = None
    max_body_bytes: int = 262_144
    mappings: tuple[HookMapping, ...] = ()

    def name_in(self, path: str) -> str | None:
        """The hook's name in a request's path; ``None`` for a path that is no hook's."""
        if not self.enabled or not self.token:
            return None
        if path == self.path:
            return ""
        return path.removeprefix(self.path).strip("/") if path.startswith(f"{self.path}/") else None
