"""Which tools may be used, and of each that may not, who says so.

A decision is a chain of layers. Each may name what it allows, and then nothing else passes it, and what it denies; in
a layer deny wins, and a tool passes only if every layer lets it. The first layer that removes a tool is the one that
is named. Names are patterns: ``*`` stands for anything, ``group:fs`` for the tools of a group, case does not count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from openclaw.domain.mcp_names import policy_glob
from openclaw.domain.run import RiskClass
from openclaw.domain.tool_groups import ALIASES, GROUP_PREFIX, in_group


@dataclass(frozen=True, slots=True)
class PolicyLayer:
    """One place that has a say. ``name`` is where an operator finds it, such as ``agents.main.tools``."""

    name: str
    #: ``None`` for no opinion; an empty tuple lets nothing pass.
    allow: tuple[str, ...] | None = None
    deny: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Removal:
    """Why a tool may not be used: the layer, and the rule in it."""

    layer: str
    rule: str

    @property
    def text(self) -> str:
        """For people and models."""
        return f"removed by {self.layer} ({self.rule})"


@dataclass(frozen=True, slots=True)
class ToolDecision:
    """What a chain of layers lets pass, and what it does not."""

    allowed: frozenset[str]
    removed: Mapping[str, Removal]


@dataclass(frozen=True, slots=True)
class SurfaceRules:
    """``[gateway.tools]``: what callers of single tools may use beside what holds for the agent."""

    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()


def decide(tools: Iterable[str], layers: Sequence[PolicyLayer]) -> ToolDecision:
    """Pass every tool through the layers."""
    allowed: set[str] = set()
    removed: dict[str, Removal] = {}
    for tool in tools:
        removal = next((found for layer in layers if (found := _removal(tool, layer)) is not None), None)
        if removal is None:
            allowed.add(tool)
        else:
            removed[tool] = removal
    return ToolDecision(frozenset(allowed), removed)


def _removal(tool: str, layer: PolicyLayer) -> Removal | None:
    denied = next((pattern for pattern in layer.deny if matches(tool, pattern)), None)
    if denied is not None:
        return Removal(layer.name, f"deny {denied}")
    if layer.allow is None or any(matches(tool, pattern) for pattern in layer.allow):
        return None
    return Removal(layer.name, "not in allow")


def matches(tool: str, pattern: str) -> bool:
    """Whether a name fits a pattern, or belongs to a ``group:`` or to the server of ``mcp:``."""
    wanted = pattern.strip().lower()
    if wanted.startswith(GROUP_PREFIX):
        return in_group(tool.lower(), wanted.removeprefix(GROUP_PREFIX))
    return fnmatchcase(tool.lower(), ALIASES.get(wanted) or policy_glob(wanted))


#: Commands, changed files and other agents: over the API, calling them is having a shell here. Nothing lifts this.
DANGEROUS = (
    *("exec", "spawn", "shell", "process", "terminal", "computer"),
    *("fs_write", "fs_delete", "fs_move", "apply_patch", "sessions_spawn", "gateway", "nodes"),
)
#: Kept from the API unless ``[gateway.tools] allow`` names it.
DENIED_BY_DEFAULT = ("sessions_send", "conversations_*", "cron", "whatsapp_login", "write", "edit")
#: For whoever may administer the gateway, over the API as well as in a conversation.
OWNER_ONLY = ("cron", "gateway", "plugins", "nodes")


def surface_layers(tools: Mapping[str, RiskClass], rules: SurfaceRules, *, is_owner: bool) -> tuple[PolicyLayer, ...]:
    """What stands between a caller of single tools, over HTTP or WebSocket, and the tools of an agent."""
    runs_code = tuple(name for name, risk in tools.items() if risk is RiskClass.EXECUTE)
    lifted = frozenset(name for name in tools if any(matches(name, pattern) for pattern in rules.allow))
    by_default = tuple(
        n for n in tools if n not in lifted and any(matches(n, pattern) for pattern in DENIED_BY_DEFAULT)
    )
    return (
        PolicyLayer("the API's hard deny", deny=(*DANGEROUS, *runs_code)),
        PolicyLayer("the API's default deny", deny=by_default),
        PolicyLayer("gateway.tools", deny=rules.deny),
        *owner_layers(is_owner=is_owner),
    )


def owner_layers(*, is_owner: bool) -> tuple[PolicyLayer, ...]:
    """What only the owner may use."""
    return () if is_owner else (PolicyLayer("owner only", deny=OWNER_ONLY),)


def never_allowed(pattern: str) -> bool:
    """Whether naming this in ``[gateway.tools] allow`` can have no effect."""
    return any(matches(name, pattern) for name in DANGEROUS) and "*" not in pattern
