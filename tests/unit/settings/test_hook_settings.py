"""``[hooks]``: what is checked before any call comes."""

from __future__ import annotations

import pytest

from openclaw.errors import ConfigError
from web.http.hooks.configured import hook_policy

GOOD = """
[gateway.auth]
token = "gateway-secret"
[agents.main]
[agents.hooks]
[hooks]
enabled = true
token = "hook-secret"
path = "/in/hooks"
allowed_agent_ids = ["hooks", "*"]
[[hooks.mappings]]
match = { path = "/github/", headers = { X-GitHub-Event = "push" }, fields = { "repository.name" = "app" } }
message_template = "{{repository.name}} was pushed to"
session_key = "hook:{{repository.id}}"
agent_id = "hooks"
channel = "Telegram"
to = "42"
[[hooks.mappings]]
action = "wake"
text_template = "something came"
"""


def test_hooks_are_read_once_and_are_off_unless_asked_for(load):
    policy = hook_policy(load(GOOD).hooks)
    first, second = policy.mappings
    assert (policy.name_in("/in/hooks/github/"), policy.name_in("/in/hooksy"), policy.name_in("/hooks")) == (
        "github",
        None,
        None,
    )
    assert (first.rule.path, first.rule.headers) == ("github", {"x-github-event": "push"})
    assert first.rule.fields == {("repository", "name"): "app"}
    assert (first.channel, first.wake_now, first.deliver, first.session_key.is_fixed) == ("telegram", True, None, False)
    assert second.wakes_main
    nothing = hook_policy(load("").hooks)
    assert (nothing.enabled, nothing.name_in("/hooks/wake")) == (False, None)


@pytest.mark.parametrize(
    ("change", "path", "message"),
    [
        (('token = "hook-secret"', ""), "hooks.token", "is missing"),
        (('"hook-secret"', '"gateway-secret"'), "hooks.token", "the gateway's own secret"),
        (('"/in/hooks"', '"hooks"'), "hooks.path", "a path such as /hooks"),
        (('"/in/hooks"', '"/"'), "hooks.path", "a path such as /hooks"),
        (('"/in/hooks"', '"/v1/hooks"'), "hooks.path", "used by the gateway itself"),
        (('["hooks", "*"]', '["nobody"]'), "hooks.allowed_agent_ids[0]", "there is no agent 'nobody'"),
        (('agent_id = "hooks"', 'agent_id = "nobody"'), "hooks.mappings[0].agent_id", "there is no agent 'nobody'"),
        (("{{repository.name}} was", "{{repository.name was"), "hooks.mappings[0].message_template", "never closed"),
        (('"repository.name" =', '"repository..name" ='), "hooks.mappings[0].match.fields.repository..name", "no path"),
        (('"hook:{{repository.id}}"', '"a b"'), "hooks.mappings[0].session_key", "invalid session key"),
        (('channel = "Telegram"', ""), "hooks.mappings[0].channel", "is missing, and to is set"),
        (('"/github/"', '"wake"'), "hooks.mappings[0].match.path", "is built in"),
        (('text_template = "something came"', ""), "hooks.mappings[1].text_template", "is missing"),
        (('action = "wake"', 'action = "run"'), "hooks.mappings[1].action", "expected one of agent, wake"),
        (('action = "wake"', 'transform = "x.js"'), "hooks.mappings[1].transform", "unknown key"),
    ],
)
def test_hooks_that_cannot_work_are_refused_with_the_place(load, change, path, message):
    with pytest.raises(ConfigError) as caught:
        load(GOOD.replace(*change))
    found = [(p["path"], p["message"]) for p in caught.value.details["problems"]]
    assert any(where == path and message in text for where, text in found), found
    assert "gateway-secret" not in str(caught.value)


def test_the_password_and_the_generated_token_are_no_hook_tokens_either(load, home):
    hooks = '[hooks]\nenabled = true\ntoken = "same-secret"\n'
    with pytest.raises(ConfigError, match="own secret"):
        load(f'{hooks}[gateway.auth]\nmode = "password"\npassword = "same-secret"\n')
    (home / "gateway.token").write_text("same-secret")
    with pytest.raises(ConfigError, match="own secret"):
        load(hooks)
