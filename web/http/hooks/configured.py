"""``[hooks]`` of the settings as the gateway reads it; the settings have been checked."""

from __future__ import annotations

from openclaw.domain.hook_template import parse_path, parse_template
from openclaw.settings.sections.hooks import HookMapping as MappingSection
from openclaw.settings.sections.hooks import Hooks
from web.http.hooks.policy import HookMapping, HookPolicy, MappingRule


def hook_policy(hooks: Hooks) -> HookPolicy:
    """Templates are read once per configuration."""
    return HookPolicy(
        enabled=hooks.enabled,
        token=hooks.token,
        path=hooks.path,
        default_session_key=hooks.default_session_key,
        allow_request_session_key=hooks.allow_request_session_key,
        allowed_session_key_prefixes=hooks.allowed_session_key_prefixes,
        allowed_agent_ids=hooks.allowed_agent_ids,
        max_body_bytes=hooks.max_body_bytes,
        mappings=tuple(_mapping(section) for section in hooks.mappings),
    )


def _mapping(section: MappingSection) -> HookMapping:
    match = section.match
    wakes_main = section.action == "wake"
    return HookMapping(
        rule=MappingRule(
            path=match.path.strip("/"),
            source=match.source,
            headers={name.lower(): text for name, text in match.headers.items()},
            fields={parse_path(place): text for place, text in match.fields.items()},
        ),
        wakes_main=wakes_main,
        name=parse_template(section.name),
        text=parse_template(section.text_template if wakes_main else section.message_template),
        agent_id=section.agent_id,
        session_key=parse_template(section.session_key),
        wake_now=section.wake_mode == "now",
        deliver=section.deliver,
        channel=section.channel.lower(),
        account=section.account,
        to=parse_template(section.to),
        model=parse_template(section.model),
        thinking=parse_template(section.thinking),
        timeout_seconds=section.timeout_seconds,
        unsafe=section.allow_unsafe_external_content,
    )
