"""Memory is private, and it is made of few files."""

from __future__ import annotations

import pytest

from openclaw.domain.memory_scope import is_memory_path, remembers

pytestmark = pytest.mark.spec("H7")


@pytest.mark.parametrize("key", ["agent:main:main", "agent:main:MAIN", "main", "agent:work:talk", "agent:main:main:x"])
def test_the_owners_own_sessions_have_memory(key: str) -> None:
    assert remembers(key)


@pytest.mark.parametrize(
    "key",
    [
        "agent:main:telegram:default:group:-100",
        "agent:main:discord:default:channel:7",
        "agent:main:telegram:default:direct:42:thread:9",
        "agent:main:hook:1",
        "agent:main:tool:1",
    ],
)
def test_groups_and_what_comes_from_outside_never_have_it_whatever_is_configured(key: str) -> None:
    assert not remembers(key)
    assert not remembers(key, ("*",))


@pytest.mark.parametrize(
    "key", ["agent:main:telegram:default:direct:42", "agent:main:cron:daily", "agent:a:subagent:1"]
)
def test_other_sessions_have_it_when_they_are_named(key: str) -> None:
    rest = key.split(":", 2)[2]
    assert not remembers(key)
    assert not remembers(key, ("telegram:default:direct:43", "slack:*"))
    assert remembers(key, ("nothing", rest))
    assert remembers(key, (f"{rest.upper()[:-1]}*",))


def test_memory_is_one_file_and_one_folder() -> None:
    mine = ["MEMORY.md", "memory/2026-01-01.md", "memory/deep/er/note.md"]
    others = ["memory.txt", "memory", "memory/x.txt", "AGENTS.md", "/MEMORY.md", "memory/../secret.md", "x/MEMORY.md"]
    assert [path for path in [*mine, *others] if is_memory_path(path)] == mine
