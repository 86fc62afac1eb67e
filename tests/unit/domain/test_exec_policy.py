"""Which commands are known, and that no trick makes an unknown one look known."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openclaw.domain.command_line import Command, read_line
from openclaw.domain.exec_policy import (
    Ask,
    ExecPolicy,
    Looked,
    Ruling,
    Security,
    can_be_allowed_always,
    elevated_policy,
    elevation,
    look_at,
    rule,
    tightened,
)

THERE = {name: f"/usr/bin/{name}" for name in (
    *("git", "ls", "cat", "echo", "grep", "sort", "head", "tr", "wc", "jq", "python3.11", "env", "xargs", "sh", "cut"),
)} | {"./run.sh": "/work/run.sh", "/usr/bin/git": "/usr/bin/git", "ls.sh": "/work/ls.sh", "./ls": "/work/ls"}  # fmt: skip


def look(text: str, *patterns: str, sandboxed: bool = True) -> Looked:
    return look_at(text, THERE.get, patterns, sandboxed=sandboxed)


@pytest.mark.parametrize(
    ("text", "commands"),
    [
        ("git status", [("git", "status")]),
        ("  git  log --oneline ; ls -la", [("git", "log", "--oneline"), ("ls", "-la")]),
        ("echo 'a b' \"c d\" e'f'g", [("echo", "a b", "c d", "efg")]),
        ("ls && cat x || echo no;", [("ls",), ("cat", "x"), ("echo", "no")]),
        ("echo 'a | b; $(c)'", [("echo", "a | b; $(c)")]),
    ],
)
def test_plain_lines_are_read(text: str, commands: list[tuple[str, ...]]) -> None:
    read = read_line(text)
    assert read is not None
    assert [command.words for command in read] == commands


def test_a_pipe_is_told_apart_from_what_only_follows() -> None:
    assert read_line("ls | wc; wc") == (Command(("ls",)), Command(("wc",), piped=True), Command(("wc",)))


@pytest.mark.parametrize(
    "text",
    [
        *("echo $(id)", "echo `id`", 'echo "$(id)"', "echo $HOME", "cat < x", "echo x > y", "cat <<E", "(ls)", "{ ls; }"),
        *("ls &", "ls & rm x", "ls\nrm x", "ls \\\nrm", "ls # x", "FOO=1 ls", "ls *", "ls ?", "ls [a]", "ls ~", "a\\;b"),
        *("eval ls", "exec ls", ". x", "source x", "if ls", "cd /", "export A=1", "command ls", "time ls", "! ls"),
        *("", "  ", ";", "| ls", "ls |", "ls &&", "ls ;; ls", "echo 'open", 'echo "open', 'echo "a\\"b"', "-x", '""'),
        *("echo \u00a0x", "\uff4c\uff53", "ls\u2028rm", "echo \x00", "echo {a,b}", "echo !x", "echo ^a^b"),
    ],
)  # fmt: skip
def test_what_is_not_certain_is_unknown(text: str) -> None:
    assert read_line(text) is None
    assert not look(text, "/*").known


@given(st.text(alphabet="ls;|&$()<>`'\"\\ \n{}*#=~!", max_size=30))
def test_a_line_that_is_read_holds_no_active_character_outside_of_quotes(text: str) -> None:
    commands = read_line(text)
    if commands is not None and "'" not in text and '"' not in text:
        assert not set("$()<>`\\\n{}*#~!") & set(text)
        assert "&" not in text.replace("&&", "")


@pytest.mark.parametrize(
    "text", ["ls -la", "cat notes.txt", "echo hi | grep h", "cat a | sort | head -n 3", "ls | tr a b"]
)
def test_harmless_commands_are_known_in_the_sandbox(text: str) -> None:
    assert look(text).known


@pytest.mark.parametrize(
    "text",
    [
        "git status",
        "ls; git push",
        "ls | git push",
        "grep x secret.txt",
        "./ls",
        "ls.sh",
        "cat a | sort -o b",
        "cat a | sort --outp=b",
        "cat a | sort --compress-program=sh",
        "cat a | grep -f patterns",
        "cat a | grep x other.txt",
        "cat a | head /etc/hosts",
        "cat a | jq --rawfile x y .",
        "cat a | grep -r x",
        "nowhere",
    ],
)
def test_others_are_not(text: str) -> None:
    assert not look(text).known


def test_on_the_host_only_filters_are_harmless() -> None:
    assert not look("cat a", sandboxed=False).known
    assert not look("ls | wc", sandboxed=False).known
    assert look("git log | wc -l", "/usr/bin/git", sandboxed=False).known


@pytest.mark.parametrize(
    ("pattern", "known"),
    [
        ("/usr/bin/git", True),
        ("/USR/bin/GIT", True),
        ("/usr/bin/g*", True),
        ("git", False),
        ("*git", False),
        ("/usr/local/bin/git", False),
        ("/usr/bin/gi", False),
    ],
)
def test_patterns_are_of_resolved_paths(pattern: str, known: bool) -> None:
    assert look("git push", pattern).known is known
    assert look("/usr/bin/git push", pattern).known is known


def test_every_part_of_a_line_must_be_known() -> None:
    looked = look("git log | grep x; ./run.sh", "/usr/bin/git")
    assert not looked.known
    assert looked.programs == ("/usr/bin/git", "/usr/bin/grep", "/work/run.sh")
    assert look("git log; ./run.sh", "/usr/bin/git", "/work/*").patterns == ("/usr/bin/git", "/work/*")


@pytest.mark.parametrize(("text", "can"), [("git x", True), ("python3.11 x", False), ("env git", False), ("ls | xargs ls", False), ("sh x", False), ("echo $(x)", False)])  # fmt: skip
def test_what_runs_anything_cannot_be_allowed_for_good(text: str, can: bool) -> None:
    assert can_be_allowed_always(look(text)) is can


@pytest.mark.parametrize(
    ("security", "ask", "known", "ruling"),
    [
        ("deny", "off", True, "deny"),
        ("deny", "always", True, "deny"),
        ("allowlist", "off", True, "allow"),
        ("allowlist", "off", False, "deny"),
        ("allowlist", "on-miss", True, "allow"),
        ("allowlist", "on-miss", False, "ask"),
        ("allowlist", "always", True, "ask"),
        ("full", "on-miss", False, "allow"),
        ("full", "always", True, "ask"),
        ("full", "off", False, "allow"),
    ],
)
def test_the_table(security: str, ask: str, known: bool, ruling: str) -> None:
    assert rule(ExecPolicy(Security(security), Ask(ask)), Looked(known)) is Ruling(ruling)


def test_unless_told_otherwise_what_is_unknown_is_asked_about() -> None:
    assert rule(ExecPolicy(), Looked(known=False)) is Ruling.ASK


@pytest.mark.parametrize(
    ("wanted", "enabled", "full", "really"),
    [
        ("on", True, False, "on"),
        ("ask", True, False, "ask"),
        ("full", True, False, "on"),
        ("full", True, True, "full"),
        ("full", False, True, "off"),
        ("root", True, True, "off"),
    ],
)
def test_commands_leave_the_sandbox_as_far_as_the_configuration_goes(
    wanted: str, enabled: bool, full: bool, really: str
) -> None:
    assert elevation(wanted, enabled=enabled, full=full) == really


def test_outside_the_sandbox_everything_may_be_asked_or_nothing() -> None:
    policy = ExecPolicy(Security.ALLOWLIST, Ask.ON_MISS)
    assert elevated_policy(policy, "off") == elevated_policy(policy, "on") == policy
    assert elevated_policy(policy, "ask") == ExecPolicy(Security.ALLOWLIST, Ask.ALWAYS)
    assert elevated_policy(policy, "full") == ExecPolicy(Security.FULL, Ask.OFF)
    assert tightened(elevated_policy(policy, "full"), {"ask": "always"}).ask is Ask.ALWAYS
