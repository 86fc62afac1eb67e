"""Rules for tools that name groups which are not there are refused, with what was likely meant."""

from __future__ import annotations

import pytest

from tests.unit.settings.test_problems import problems

pytestmark = pytest.mark.spec("E9", "B8")


@pytest.mark.parametrize(
    ("config", "path"),
    [
        ('[tools]\ndeny = ["group:runtme"]', "tools.deny"),
        ('[agents.main.tools]\nallow = ["group:runtme"]', "agents.main.tools.allow"),
        ('[agents.main.tools.by_provider.openai]\nalso_allow = ["group:runtme"]', "by_provider.openai"),
        ('[[tools.groups]]\ndeny = ["group:runtme"]', "tools.groups"),
        ('[[tools.groups]]\n[tools.groups.by_sender.7]\nallow = ["group:runtme"]', "by_sender.7"),
        ('[tools.subagents]\ndeny = ["group:runtme"]', "tools.subagents.deny"),
    ],
)
def test_a_group_that_is_not_there_is_an_error_that_names_the_likely_one(load, config: str, path: str) -> None:
    (found,) = problems(load, config)
    assert path in str(found)
    assert "did you mean group:runtime?" in str(found)


def test_names_of_tools_and_patterns_are_taken_as_they_are(load) -> None:
    config = '[tools]\nprofile = "coding"\nallow = ["group:fs", "web_*", "tracker__find"]\ndeny = ["bash"]\n'
    assert load(config).tools.allow == ("group:fs", "web_*", "tracker__find")
