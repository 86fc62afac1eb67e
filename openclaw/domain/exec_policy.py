"""Whether a command may run, must be asked about, or may not. Pure.

What is not known to be harmless is asked about. A line is known when each of its programs is: one that cannot do harm
inside the sandbox, a filter that reads what comes before it, or one whose resolved path an operator has allowed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from openclaw.domain.command_line import Command, read_line


class Security(StrEnum):
    """Which commands may run at all. From strict to lax."""

    DENY = "deny"
    ALLOWLIST = "allowlist"
    FULL = "full"


class Ask(StrEnum):
    """When a person is asked. From lax to strict."""

    OFF = "off"
    ON_MISS = "on-miss"
    ALWAYS = "always"


class Ruling(StrEnum):
    ALLOW = "allow"
    ASK = "ask"
    DENY = "deny"


class Decision(StrEnum):
    """What a person says."""

    ALLOW_ONCE = "allow-once"
    ALLOW_ALWAYS = "allow-always"
    DENY = "deny"


@dataclass(frozen=True, slots=True)
class ExecPolicy:
    """``[tools.exec]``"""

    security: Security = Security.ALLOWLIST
    ask: Ask = Ask.ON_MISS


def read_preferences(words: Sequence[str]) -> dict[str, str] | None:
    """``security:deny ask:always``, or with ``=``; ``None`` when a word cannot be read."""
    known: Mapping[str, type[StrEnum]] = {"security": Security, "ask": Ask}
    found: dict[str, str] = {}
    for word in words:
        name, _, value = word.lower().replace("=", ":", 1).partition(":")
        if name not in known or value not in tuple(known[name]):
            return None
        found[name] = value
    return found or None


def tightened(policy: ExecPolicy, preferences: Mapping[str, str]) -> ExecPolicy:
    """The policy with a session's preferences: they make it stricter and never laxer."""
    strict, asking = list(Security), list(Ask)
    security = Security(preferences.get("security", policy.security))
    ask = Ask(preferences.get("ask", policy.ask))
    return ExecPolicy(
        security=min(policy.security, security, key=strict.index),
        ask=max(policy.ask, ask, key=asking.index),
    )


#: How far a session's commands may leave the sandbox, where the configuration lets them: not at all, as configured,
#: with a person asked about each, and with nobody asked.
ELEVATIONS = ("off", "on", "ask", "full")


def elevation(wanted: str, *, enabled: bool, full: bool) -> str:
    """How far commands really may: as wanted, as far as the configuration goes."""
    if not enabled or wanted not in ELEVATIONS:
        return "off"
    return "on" if wanted == "full" and not full else wanted


def elevated_policy(policy: ExecPolicy, elevation: str) -> ExecPolicy:
    """The policy for commands outside the sandbox."""
    match elevation:
        case "ask":
            return ExecPolicy(policy.security, Ask.ALWAYS)
        case "full":
            return ExecPolicy(Security.FULL, Ask.OFF)
    return policy


@dataclass(frozen=True, slots=True)
class Looked:
    """A command line as it was understood."""

    known: bool
    #: Resolved paths of its programs; empty when the line could not be read or one is not there.
    programs: tuple[str, ...] = ()
    #: The allowed patterns that made it known.
    patterns: tuple[str, ...] = ()


#: Programs that only show what the agent may read anyway. Only inside the sandbox.
HARMLESS = frozenset(
    {
        *("basename", "cat", "date", "dirname", "echo", "false", "id", "ls", "printf", "pwd", "seq", "stat", "test"),
        *("true", "uname", "whoami"),
    }
)
#: Filters: how many arguments that are no options each takes. None may name a file.
FILTERS: Mapping[str, int] = {
    "jq": 1,
    "grep": 1,
    "tr": 2,
    **dict.fromkeys(("cut", "sort", "uniq", "head", "tail", "wc"), 0),
}
#: Options of filters that read or write files, or start programs.
_FILE_OPTIONS = (
    *("-f", "--file", "--from-file", "-o", "--output", "--compress-program", "-T", "--temporary-directory"),
    *("--files0-from", "--rawfile", "--slurpfile", "-L", "-r", "-R", "--recursive", "--include", "--exclude-from"),
    *("--dereference-recursive", "--directories", "-d", "-D", "--devices", "--random-source", "--follow", "-F"),
)
#: Programs that run whatever they are told: allowing one by its path would allow everything.
WRAPPERS = frozenset(
    {
        *("ash", "awk", "bash", "busybox", "bwrap", "chroot", "csh", "dash", "docker", "doas", "ed", "env", "expect"),
        *("find", "fish", "flock", "gawk", "gdb", "ionice", "ksh", "less", "lua", "make", "man", "mawk", "more"),
        *("nice", "node", "nodejs", "nohup", "npx", "parallel", "perl", "php", "python", "rsync", "ruby", "scp"),
        *("script", "sed", "setpriv", "setsid", "sh", "ssh", "start-stop-daemon", "stdbuf", "strace", "su", "sudo"),
        *("tar", "taskset", "tcsh", "time", "timeout", "unshare", "vi", "vim", "watch", "xargs", "zsh"),
    }
)
_RULINGS: Mapping[tuple[Security, Ask, bool], Ruling] = {
    **{(Security.DENY, ask, known): Ruling.DENY for ask in Ask for known in (True, False)},
    (Security.ALLOWLIST, Ask.OFF, True): Ruling.ALLOW,
    (Security.ALLOWLIST, Ask.OFF, False): Ruling.DENY,
    (Security.ALLOWLIST, Ask.ON_MISS, True): Ruling.ALLOW,
    (Security.ALLOWLIST, Ask.ON_MISS, False): Ruling.ASK,
    (Security.ALLOWLIST, Ask.ALWAYS, True): Ruling.ASK,
    (Security.ALLOWLIST, Ask.ALWAYS, False): Ruling.ASK,
    (Security.FULL, Ask.OFF, True): Ruling.ALLOW,
    (Security.FULL, Ask.OFF, False): Ruling.ALLOW,
    (Security.FULL, Ask.ON_MISS, True): Ruling.ALLOW,
    (Security.FULL, Ask.ON_MISS, False): Ruling.ALLOW,
    (Security.FULL, Ask.ALWAYS, True): Ruling.ASK,
    (Security.FULL, Ask.ALWAYS, False): Ruling.ASK,
}

#: From a program's name to its resolved path; ``None`` for one that is not there.
Resolve = Callable[[str], str | None]


def rule(policy: ExecPolicy, looked: Looked) -> Ruling:
    """What to do with a command."""
    return _RULINGS[policy.security, policy.ask, looked.known]


def look_at(text: str, resolve: Resolve, patterns: Sequence[str], *, sandboxed: bool) -> Looked:
    """Understand a line. ``patterns`` are globs on resolved paths that an operator has allowed."""
    commands = read_line(text)
    if commands is None:
        return Looked(known=False)
    programs, used, known = [], [], True
    for command in commands:
        path = resolve(command.program)
        if path is None:
            return Looked(known=False)
        programs.append(path)
        pattern = _allowed_by(path, patterns)
        if pattern:
            used.append(pattern)
        elif not _is_harmless(command, path, sandboxed=sandboxed):
            known = False
    return Looked(known, tuple(programs), tuple(dict.fromkeys(used)))


def can_be_allowed_always(looked: Looked) -> bool:
    """Whether allowing these programs by their paths would allow no more than them."""
    return bool(looked.programs) and not any(_is_wrapper(path) for path in looked.programs)


def is_pattern(text: str) -> bool:
    """Whether a pattern can match anything: it must be of a path, not of a bare name."""
    return text.startswith("/") and "\0" not in text and "\n" not in text


def _allowed_by(path: str, patterns: Sequence[str]) -> str:
    lowered = path.lower()
    return next((each for each in patterns if is_pattern(each) and fnmatchcase(lowered, each.lower())), "")


def _is_harmless(command: Command, path: str, *, sandboxed: bool) -> bool:
    # By where it really lies: a file of the workspace may have any name.
    if not path.startswith(("/usr/", "/bin/", "/sbin/")):
        return False
    name = PurePosixPath(command.program).name
    return (sandboxed and name in HARMLESS) or (command.piped and _is_filter(name, command.words[1:]))


def _is_filter(name: str, arguments: Sequence[str]) -> bool:
    if name not in FILTERS:
        return False
    # Numbers are values of options.
    plain = [each for each in arguments if not each.startswith("-") and not each.isdigit()]
    options = [each for each in arguments if each.startswith("-")]
    names_files = any("/" in each or ".." in each for each in arguments)
    opens_files = any(_opens_files(each) for each in options)
    return len(plain) <= FILTERS[name] and not names_files and not opens_files


def _opens_files(option: str) -> bool:
    if option.startswith("--"):
        long = option.partition("=")[0]
        # Long options may be shortened.
        return any(each.startswith(long) for each in _FILE_OPTIONS if each.startswith("--"))
    return any(option[1:].find(each[1]) >= 0 for each in _FILE_OPTIONS if not each.startswith("--"))


def _is_wrapper(path: str) -> bool:
    name = PurePosixPath(path).name.lower()
    return any(name == each or (name.startswith(each) and name[len(each)] in "0123456789.-") for each in WRAPPERS)
