"""Which sessions are seen from where."""

from __future__ import annotations

import pytest

from openclaw.domain.session_reach import SessionRules, Visibility, why_unseen

pytestmark = pytest.mark.spec("E7")

OWN, SIBLING, STRANGER = "agent:main:main", "agent:main:irc:x:direct:bob", "agent:other:main"
CHILD = "agent:helper:subagent:1"


def seen(visibility: Visibility, other: str, lineage: tuple[str, ...] = (), **rules: object) -> bool:
    return not why_unseen(SessionRules(visibility, **rules), OWN, other, lineage)  # type: ignore[arg-type]


def test_each_level_sees_what_the_one_before_sees() -> None:
    table = {
        visibility: [
            seen(visibility, OWN),
            seen(visibility, CHILD, (OWN,)),
            seen(visibility, SIBLING),
            seen(visibility, STRANGER, agent_to_agent=True),
        ]
        for visibility in Visibility
    }
    assert table == {
        Visibility.SELF: [True, False, False, False],
        Visibility.TREE: [True, True, False, False],
        Visibility.AGENT: [True, True, True, False],
        Visibility.ALL: [True, True, True, True],
    }


def test_another_agents_sessions_need_both_agents_allowed() -> None:
    assert not seen(Visibility.ALL, STRANGER)
    assert not seen(Visibility.ALL, STRANGER, agent_to_agent=True, allow_agents=("main",))
    assert not seen(Visibility.ALL, STRANGER, agent_to_agent=True, allow_agents=("other",))
    assert seen(Visibility.ALL, STRANGER, agent_to_agent=True, allow_agents=("main", "other"))


def test_a_child_does_not_see_whoever_opened_it() -> None:
    assert why_unseen(SessionRules(), CHILD, OWN, ())


def test_the_reason_names_the_setting() -> None:
    assert "tools.sessions.visibility" in why_unseen(SessionRules(), OWN, SIBLING, ())
    assert "tools.agent_to_agent" in why_unseen(SessionRules(Visibility.ALL), OWN, STRANGER, ())
