"""Who may use which tool, and who says so."""

from __future__ import annotations

import pytest

from openclaw.domain.run import RiskClass
from openclaw.domain.tool_groups import group_of
from openclaw.domain.tool_policy import (
    DANGEROUS,
    PolicyLayer,
    Removal,
    SurfaceRules,
    decide,
    never_allowed,
    owner_layers,
    surface_layers,
)

TOOLS = ("read", "write", "exec", "web_fetch", "web_search")
#: OpenClaw of both eras: what may never be called over HTTP unless an operator says so, and what never at all.
HARD_DENY = (
    *("sessions_spawn", "sessions_send", "gateway", "whatsapp_login", "exec", "spawn", "shell", "fs_write"),
    *("fs_delete", "fs_move", "apply_patch", "cron", "nodes", "terminal", "conversations_send", "computer"),
)


def test_without_layers_everything_passes():
    assert decide(TOOLS, ()).allowed == set(TOOLS)


@pytest.mark.parametrize(
    ("layer", "allowed"),
    [
        (PolicyLayer("a"), set(TOOLS)),
        (PolicyLayer("a", ("*",)), set(TOOLS)),
        (PolicyLayer("a", ()), set()),
        (PolicyLayer("a", ("read",)), {"read"}),
        (PolicyLayer("a", ("READ", " web_* ")), {"read", "web_fetch", "web_search"}),
        (PolicyLayer("a", None, ("web_*", "exec")), {"read", "write"}),
        (PolicyLayer("a", ("read", "exec"), ("exec",)), {"read"}),
        (PolicyLayer("a", ("*",), ("*",)), set()),
    ],
)
def test_deny_wins_and_an_allow_list_is_exclusive(layer: PolicyLayer, allowed: set[str]):
    assert decide(TOOLS, (layer,)).allowed == allowed


def test_the_first_layer_that_removes_a_tool_is_named_with_its_rule():
    layers = (PolicyLayer("global", None, ("web_*",)), PolicyLayer("agent", ("read", "web_fetch"), ()))
    decision = decide(TOOLS, layers)
    assert decision.allowed == {"read"}
    assert decision.removed["web_fetch"] == Removal("global", "deny web_*")
    assert decision.removed["write"] == Removal("agent", "not in allow")


def over_api(tools: dict[str, RiskClass], *, is_owner: bool = True, **rules: tuple[str, ...]) -> frozenset[str]:
    return decide(tools, surface_layers(tools, SurfaceRules(**rules), is_owner=is_owner)).allowed


def test_what_is_dangerous_is_kept_from_the_api_whatever_is_allowed():
    tools = dict.fromkeys((*HARD_DENY, *DANGEROUS), RiskClass.WRITE) | {"read": RiskClass.READ}
    assert over_api(tools) == {"read"}
    lifted = over_api(tools, allow=("*", *HARD_DENY))
    assert lifted.isdisjoint(DANGEROUS)
    assert lifted == {"read", "sessions_send", "whatsapp_login", "cron", "conversations_send"}


def test_a_plugins_tool_that_executes_is_dangerous_by_any_name():
    tools = {"my_runner": RiskClass.EXECUTE, "my_reader": RiskClass.READ}
    assert over_api(tools, allow=("*",)) == {"my_reader"}


def test_what_is_denied_by_default_can_be_lifted_one_by_one():
    tools = dict.fromkeys(("cron", "sessions_send", "write", "edit"), RiskClass.WRITE)
    assert over_api(tools) == set()
    assert over_api(tools, allow=("sessions_*", "write")) == {"sessions_send", "write"}
    assert over_api(tools, allow=("sessions_*", "write"), deny=("write",)) == {"sessions_send"}


def test_some_tools_are_the_owners():
    tools = {"cron": RiskClass.WRITE, "plugins": RiskClass.WRITE, "read": RiskClass.READ}
    assert over_api(tools, allow=("*",)) == set(tools)
    assert over_api(tools, allow=("*",), is_owner=False) == {"read"}
    decision = decide(tools, owner_layers(is_owner=False))
    assert decision.removed["plugins"] == Removal("owner only", "deny plugins")
    assert owner_layers(is_owner=True) == ()


def test_naming_a_dangerous_tool_in_allow_is_a_mistake():
    assert never_allowed("exec")
    assert never_allowed("Gateway ")
    assert not never_allowed("cron")
    assert not never_allowed("*")


def test_tools_are_shown_in_groups():
    assert [group_of(name).id for name in ("read", "session_status", "my_plugin_tool")] == ["fs", "sessions", "plugins"]
