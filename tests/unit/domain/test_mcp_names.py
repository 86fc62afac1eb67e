"""Names of MCP servers' tools: what models take, and how policies mean them."""

from __future__ import annotations

import pytest

from openclaw.domain.mcp_names import covers_server, exposed_names, is_mcp_tool, may_name_some
from openclaw.domain.tool_groups import group_of
from openclaw.domain.tool_policy import PolicyLayer, decide

pytestmark = pytest.mark.spec("E9")

TOOLS = ("read", "web_search", "github__list_issues", "github__delete_repo", "wiki__search")


def test_a_name_carries_its_server_and_only_what_models_take():
    assert exposed_names("git-hub", ["list issues", "repo/é"]) == {
        "git-hub__list_issues": "list issues",
        "git-hub__repo__": "repo/é",
    }


def test_names_that_fall_together_stay_apart_and_the_same_each_time():
    names = ["a.b", "a_b", "a b", "x" * 80, "x" * 90]
    found = exposed_names("s", names)
    assert found == exposed_names("s", reversed(names))
    assert sorted(found.values()) == sorted(names)
    assert {"s__a_b", "s__a_b_2", "s__a_b_3"} <= set(found)
    assert max(map(len, found)) == 64


@pytest.mark.parametrize(
    ("deny", "left"),
    [
        ("group:mcp", {"read", "web_search"}),
        ("mcp:github", {"read", "web_search", "wiki__search"}),
        ("mcp:*", {"read", "web_search"}),
        ("github__delete_*", {"read", "web_search", "github__list_issues", "wiki__search"}),
    ],
)
def test_a_policy_names_servers_as_it_names_tools(deny, left):
    assert decide(TOOLS, (PolicyLayer("a", None, (deny,)),)).allowed == left


def test_a_server_can_be_all_that_is_allowed():
    assert decide(TOOLS, (PolicyLayer("a", ("read", "mcp:wiki")),)).allowed == {"read", "wiki__search"}


def test_they_have_a_group_of_their_own():
    assert group_of("wiki__search").id == "mcp"
    assert not any(map(is_mcp_tool, ("read", "web_search", "sessions_send")))


@pytest.mark.parametrize(
    ("pattern", "covers", "may_name"),
    [
        ("*", True, True),
        ("group:mcp", True, True),
        ("group:plugins", True, True),
        ("mcp:github", True, True),
        ("mcp:git*", True, True),
        ("github__*", True, True),
        ("github__delete_*", False, True),
        ("github__delete_repo", False, True),
        ("mcp:wiki", False, True),
        ("web_*", False, True),
        ("read", False, False),
        ("group:fs", False, False),
    ],
)
def test_a_server_of_which_nothing_can_pass_is_known_beforehand(pattern, covers, may_name):
    assert (covers_server(pattern, "github"), may_name_some(pattern, "github")) == (covers, may_name)


def test_they_are_none_of_the_tools_that_come_along():
    assert decide(TOOLS, (PolicyLayer("a", ("group:openclaw",)),)).allowed == {"read", "web_search"}
