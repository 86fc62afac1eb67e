"""What a contained command is shown, word for word."""

from __future__ import annotations

from pathlib import Path

import pytest

from openclaw.domain.terminal_keys import keys_of
from openclaw.sandbox.box import Box, boxed
from openclaw.sandbox.limits import Limits, grouped, limited

WORKSPACE = Path("/home/me/workspace")


def pairs(argv: list[str], option: str) -> list[str]:
    return [argv[i + 1] for i, word in enumerate(argv) if word == option]


def test_nothing_is_shown_but_the_system_and_the_workspace() -> None:
    argv = boxed(Box(WORKSPACE), WORKSPACE / "src", ["true"])
    assert pairs(argv, "--bind") == [str(WORKSPACE)]
    shown = pairs(argv, "--ro-bind-try") + pairs(argv, "--ro-bind")
    assert all(path.startswith(("/usr", "/bin", "/sbin", "/lib", "/etc/")) for path in shown)
    assert not {"/etc/passwd", "/etc/shadow", "/etc/hosts", "/etc/resolv.conf", "/"} & set(shown)
    assert pairs(argv, "--chdir") == [str(WORKSPACE / "src")]
    assert {"--unshare-all", "--clearenv", "--die-with-parent", "--new-session"} <= set(argv)
    assert "--share-net" not in argv
    assert argv[-2:] == ["--", "true"]


def test_the_network_is_there_when_the_operator_says_so() -> None:
    argv = boxed(Box(WORKSPACE, network=True), WORKSPACE, ["true"])
    assert "--share-net" in argv
    assert "/etc/resolv.conf" in pairs(argv, "--ro-bind-try")


@pytest.mark.parametrize(("access", "option"), [("ro", "--ro-bind"), ("rw", "--bind")])
def test_the_workspace_is_shown_as_it_may_be_used(access: str, option: str) -> None:
    assert str(WORKSPACE) in pairs(boxed(Box(WORKSPACE, access), WORKSPACE, ["true"]), option)  # type: ignore[arg-type]


def test_without_the_workspace_the_command_has_only_its_own_folder() -> None:
    argv = boxed(Box(WORKSPACE, "none"), WORKSPACE, ["true"])
    assert str(WORKSPACE) not in argv
    assert pairs(argv, "--chdir") == ["/tmp"]


def test_variables_are_set_and_nothing_is_inherited() -> None:
    argv = boxed(Box(WORKSPACE, env={"COLOUR": "no"}), WORKSPACE, ["true"])
    names = pairs(argv, "--setenv")
    assert names == ["PATH", "HOME", "TERM", "LANG", "COLOUR"]


def test_a_terminal_of_its_own_stays_with_the_command() -> None:
    assert "--new-session" not in boxed(Box(WORKSPACE, terminal=True), WORKSPACE, ["true"])


def test_limits_stand_before_the_command() -> None:
    argv = limited(Limits(cpu_seconds=5, memory_mb=2, processes=9, file_mb=1), ["true"])
    assert argv[0] == "prlimit"
    assert {"--cpu=5", "--data=2097152", "--nproc=9", "--fsize=1048576", "--core=0"} <= set(argv)
    assert grouped(Path("/g"), ["a", "b"])[-3:] == ["/g", "a", "b"]


@pytest.mark.parametrize(
    ("names", "raw"),
    [
        (["Enter"], b"\r"),
        (["C-c", "c-D"], b"\x03\x04"),
        (["M-x", "Up", "q"], b"\x1bx\x1b[Aq"),
        (["Return", "esc", "F1", "ä"], b"\r\x1b\x1bOP\xc3\xa4"),
    ],
)
def test_keys_by_name(names: list[str], raw: bytes) -> None:
    assert keys_of(names) == raw


def test_a_key_that_is_none_is_named() -> None:
    with pytest.raises(ValueError, match="there is no key 'Hyper'"):
        keys_of(["Enter", "Hyper"])
