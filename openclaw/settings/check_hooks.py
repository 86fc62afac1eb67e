"""What of ``[hooks]`` no single key can check: templates, agents, session keys, and that its token is its own."""

from __future__ import annotations

from collections.abc import Iterator

from openclaw.domain.hook_template import parse_path, parse_template
from openclaw.domain.session_key import parse_session_key
from openclaw.errors import InvalidRequest
from openclaw.settings.file_schema import Path, Problem
from openclaw.settings.schema import Agents
from openclaw.settings.sections.gateway import Gateway
from openclaw.settings.sections.hooks import HookMapping, Hooks

#: First parts of paths that the gateway has other uses for.
_TAKEN = frozenset({"healthz", "health", "readyz", "ready", "metrics", "media", "webhooks", "tools", "v1", "slack"})
#: Names under the hooks' path that are no mappings.
BUILT_IN = frozenset({"wake", "agent"})
_TEMPLATES = ("name", "message_template", "text_template", "session_key", "to", "model", "thinking")


def check_hooks(hooks: Hooks, gateway: Gateway, agents: Agents) -> Iterator[Problem]:
    """Everything that is wrong."""
    if hooks.enabled and not hooks.token:
        yield Problem(("hooks", "token"), "is missing, and enabled is true")
    if hooks.token and hooks.token in (gateway.auth.token, gateway.auth.password):
        # Whoever may call a hook could otherwise do everything.
        yield Problem(("hooks", "token"), "is the gateway's own secret; hooks need another one")
    if hooks.path.split("/")[1] in _TAKEN:
        yield Problem(("hooks", "path"), f"{hooks.path} is used by the gateway itself")
    for index, agent_id in enumerate(hooks.allowed_agent_ids or ()):
        if agent_id != "*" and agent_id not in agents.by_id:
            yield _no_agent(("hooks", "allowed_agent_ids", index), agent_id, agents)
    yield from _key(("hooks", "default_session_key"), hooks.default_session_key)
    for index, mapping in enumerate(hooks.mappings):
        yield from _mapping(("hooks", "mappings", index), mapping, agents)


def _mapping(path: Path, mapping: HookMapping, agents: Agents) -> Iterator[Problem]:
    if mapping.match.path.strip("/") in BUILT_IN:
        yield Problem((*path, "match", "path"), f"{mapping.match.path!r} is built in")
    if mapping.agent_id and mapping.agent_id not in agents.by_id:
        yield _no_agent((*path, "agent_id"), mapping.agent_id, agents)
    needed = "message_template" if mapping.action == "agent" else "text_template"
    if not getattr(mapping, needed):
        yield Problem((*path, needed), f'is missing, and action is "{mapping.action}"')
    if mapping.to and mapping.channel in ("", "last"):
        yield Problem((*path, "channel"), "is missing, and to is set")
    for field in mapping.match.fields:
        try:
            parse_path(field)
        except ValueError as error:
            yield Problem((*path, "match", "fields", field), str(error))
    for name in _TEMPLATES:
        try:
            template = parse_template(getattr(mapping, name))
        except ValueError as error:
            yield Problem((*path, name), str(error))
        else:
            if name == "session_key" and template.is_fixed:
                yield from _key((*path, name), mapping.session_key)


def _key(path: Path, key: str) -> Iterator[Problem]:
    try:
        if key:
            parse_session_key(key)
    except InvalidRequest as error:
        yield Problem(path, str(error))


def _no_agent(path: Path, agent_id: str, agents: Agents) -> Problem:
    return Problem(path, f"there is no agent {agent_id!r}; known: {', '.join(agents.by_id)}")
