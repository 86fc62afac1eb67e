"""What a turn's tools must pass, in its order, from what the configuration says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openclaw.domain.containment import Containment
from openclaw.domain.subagents import child_key
from openclaw.domain.tool_chain import PROFILES, SUBAGENT_DENY, GroupRules, ToolBook, ToolRules, ToolScene
from openclaw.domain.tool_groups import GROUPS
from openclaw.domain.tool_policy import Removal, decide, matches

pytestmark = pytest.mark.spec("E9")

TOOLS = (*(tool for group in GROUPS for tool in sorted(group.tools)), "tracker__find", "my_tool")
MAIN = "agent:main:main"
GROUP = "agent:main:telegram:default:group:-100"


def allowed(book: ToolBook, key: str = MAIN, *, owner: bool = True, **scene: str) -> frozenset[str]:
    return decide(TOOLS, book.layers(ToolScene(key, is_owner=owner, **scene))).allowed


def removal(book: ToolBook, tool: str, key: str = MAIN, *, owner: bool = True, **scene: str) -> Removal:
    return decide((tool,), book.layers(ToolScene(key, is_owner=owner, **scene))).removed[tool]


def everywhere(**rules: object) -> ToolBook:
    return ToolBook(everywhere=ToolRules(**rules))  # type: ignore[arg-type]


def test_nothing_said_lets_everything_pass_for_the_owner() -> None:
    assert allowed(ToolBook()) == set(TOOLS)
    assert set(TOOLS) - allowed(ToolBook(), owner=False) == {"gateway", "nodes", "cron"}


def test_a_profile_lets_its_groups_pass_and_what_is_added() -> None:
    assert allowed(everywhere(profile="minimal")) == {"session_status"}
    assert allowed(everywhere(profile="minimal", also_allow=("web_*",))) == {
        *("session_status", "web_fetch", "web_search")
    }
    coding = allowed(everywhere(profile="coding"))
    assert {"exec", "read", "memory_get", "image"} <= coding
    assert not {"message", "web_fetch", "browser", "my_tool"} & coding
    assert allowed(everywhere(profile="full")) == set(TOOLS)


def test_an_agents_profile_stands_in_place_of_the_general_one() -> None:
    book = ToolBook(ToolRules(profile="minimal"), {"main": ToolRules(profile="full")})
    assert allowed(book) == set(TOOLS)
    assert book.profile("main") == "full"
    assert book.profile("other") == "minimal"


def test_a_denied_tool_is_denied_whoever_allows_it() -> None:
    book = ToolBook(ToolRules(deny=("exec",)), {"main": ToolRules(allow=("exec", "read"), also_allow=("exec",))})
    assert allowed(book) == {"read"}
    assert removal(book, "exec") == Removal("tools", "deny exec")
    assert removal(book, "write") == Removal("agents.main.tools", "not in allow")


def test_rules_for_a_model_come_before_those_for_its_vendor() -> None:
    rules = {"openai": ToolRules(deny=("exec",)), "openai/small": ToolRules(profile="minimal")}
    book = everywhere(by_provider=rules)
    assert allowed(book, model="anthropic/big") == set(TOOLS)
    assert set(TOOLS) - allowed(book, model="openai/big") == {"exec"}
    assert allowed(book, model="OpenAI/Small") == {"session_status"}
    assert removal(book, "exec", model="openai/big") == Removal("tools.by_provider.openai", "deny exec")


@pytest.mark.parametrize(
    ("key", "sender", "passes"),
    [
        (GROUP, "7", {"read", "write", "exec"}),
        (GROUP, "8", {"read"}),
        (GROUP, "", {"read"}),
        (f"{GROUP}:thread:3", "8", {"read"}),
        ("agent:main:telegram:default:group:-200", "8", {"read", "write", "exec"}),
        ("agent:main:telegram:default:direct:8", "8", {"read", "write", "exec"}),
    ],
)
def test_a_group_has_rules_and_those_it_names_their_own(key: str, sender: str, passes: set[str]) -> None:
    group = GroupRules(
        "tools.groups[0]", ToolRules(allow=("read",)), channel="telegram", peer="-100", by_sender={"id:7": ToolRules()}
    )
    found = decide(("read", "write", "exec"), ToolBook(groups=(group,)).layers(ToolScene(key, sender=sender)))
    assert found.allowed == passes


def test_everybody_else_of_a_group_may_be_named_by_a_star() -> None:
    senders = {"7": ToolRules(), "*": ToolRules(deny=("*",))}
    book = ToolBook(groups=(GroupRules("g", ToolRules(), by_sender=senders),))
    assert allowed(book, GROUP, sender="7") == set(TOOLS)
    assert allowed(book, GROUP, sender="8") == set()
    assert removal(book, "read", GROUP, sender="8") == Removal("g.by_sender.*", "deny *")


def test_a_name_that_looks_like_an_id_is_none() -> None:
    book = ToolBook(groups=(GroupRules("g", ToolRules(allow=()), by_sender={"7": ToolRules()}),))
    for sender in ("07", "7 ", "\uff17", "id:7", "7|"):
        assert allowed(book, GROUP, sender=sender) == set()


def test_sub_agents_have_no_tools_of_the_system_and_orchestrators_some() -> None:
    child = child_key(MAIN, "main", "c")
    assert set(TOOLS) - allowed(ToolBook(), child) == set(SUBAGENT_DENY) & set(TOOLS)
    deeper = ToolBook(depths={"main": 2})
    assert "sessions_spawn" in allowed(deeper, child)
    assert "sessions_send" not in allowed(deeper, child)
    assert "sessions_spawn" not in allowed(deeper, child_key(child, "main", "d"))
    narrower = ToolBook(subagents=ToolRules(allow=("read",)))
    assert allowed(narrower, child) == {"read"}
    assert allowed(narrower) == set(TOOLS)


@pytest.mark.parametrize(
    ("mode", "key", "sandbox", "contained"),
    [
        ("off", GROUP, "", False),
        ("off", MAIN, "require", True),
        ("non-main", MAIN, "", False),
        ("non-main", GROUP, "", True),
        ("non-main", "agent:other:main", "", False),
        ("all", MAIN, "", True),
    ],
)
def test_contained_sessions_use_what_stays_in_the_sandbox(mode: str, key: str, sandbox: str, contained: bool) -> None:
    passes = allowed(ToolBook(containment=Containment(mode)), key, sandbox=sandbox)
    assert ("browser" not in passes) is contained
    assert ("web_fetch" not in passes) is contained
    assert {"exec", "read", "sessions_send"} <= passes


def test_what_contained_sessions_use_can_be_said() -> None:
    book = ToolBook(containment=Containment("all", allow=("group:fs", "exec"), deny=("write",)))
    assert allowed(book) == {"exec", "read", "edit", "apply_patch"}
    assert removal(book, "write").text == "removed by tools.sandbox (deny write)"


@pytest.mark.parametrize(
    ("tool", "pattern", "fits"),
    [
        ("read", "group:fs", True),
        ("read", " GROUP:FS ", True),
        ("exec", "group:fs", False),
        ("exec", "bash", True),
        ("apply_patch", "apply-patch", True),
        ("tracker__find", "group:plugins", True),
        ("tracker__find", "group:openclaw", False),
        ("read", "group:openclaw", True),
        ("read", "group:", False),
        ("group:fs", "group:fs", False),
    ],
)
def test_patterns_may_be_groups_and_other_names(tool: str, pattern: str, fits: bool) -> None:
    assert matches(tool, pattern) is fits


_PATTERNS = st.sampled_from(("*", "group:fs", "group:sessions", "web_*", "exec", "READ", "*_*", "my_tool", "bash"))
_LIST = st.lists(_PATTERNS, max_size=3).map(tuple)
_RULES = st.builds(
    ToolRules,
    profile=st.sampled_from(("", *PROFILES)),
    allow=st.none() | _LIST,
    also_allow=_LIST,
    deny=_LIST,
)
_KEYS = st.sampled_from((MAIN, GROUP, child_key(MAIN, "main", "c")))


@given(_RULES, _RULES, _RULES, _LIST, _KEYS)
def test_another_deny_never_adds_a_tool_and_what_it_names_is_gone(
    general: ToolRules, own: ToolRules, group: ToolRules, more: tuple[str, ...], key: str
) -> None:
    def book(deny: tuple[str, ...]) -> ToolBook:
        rules = ToolRules(general.profile, general.allow, general.also_allow, (*general.deny, *deny))
        return ToolBook(rules, {"main": own}, (GroupRules("g", group),))

    before, after = allowed(book(()), key), allowed(book(more), key)
    assert after <= before
    assert not any(matches(tool, pattern) for tool in after for pattern in more)


@given(_RULES, _RULES, _RULES, _KEYS)
def test_every_tool_passes_or_is_removed_by_somebody_by_name(
    general: ToolRules, own: ToolRules, group: ToolRules, key: str
) -> None:
    book = ToolBook(general, {"main": own}, (GroupRules("g", group),))
    decision = decide(TOOLS, book.layers(ToolScene(key)))
    assert decision.allowed | set(decision.removed) == set(TOOLS)
    assert not decision.allowed & set(decision.removed)
    assert all(each.layer and each.rule for each in decision.removed.values())
