"""Reading a command line far enough to know which programs it runs, or to know that one does not know. Pure.

Only what is certain counts: words, quotes without expansion, and the operators between commands. Redirections,
substitutions, globs, sub-shells, here-documents, background, assignments in front, comments and line breaks make the
whole line unknown. A line that is unknown is no error: it is asked about.
"""

from __future__ import annotations

from dataclasses import dataclass

#: What joins commands. Longer ones first.
_OPERATORS = ("||", "&&", "|", ";")
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=,+@%")
#: Words of the shell itself: what they do is not what a program of that name does.
_SHELL_WORDS = frozenset(
    {
        *("if", "then", "else", "elif", "fi", "for", "while", "until", "do", "done", "case", "esac", "select", "in"),
        *("function", "time", "coproc", "eval", "exec", "source", ".", "builtin", "command", "alias", "unalias"),
        *("export", "declare", "typeset", "local", "readonly", "unset", "set", "shopt", "trap", "enable", "hash"),
        *("let", "read", "mapfile", "readarray", "getopts", "cd", "pushd", "popd", "umask", "ulimit", "fc", "history"),
    }
)


@dataclass(frozen=True, slots=True)
class Command:
    """One program of a line and its arguments."""

    words: tuple[str, ...]
    #: Whether it reads what the one before it says.
    piped: bool = False

    @property
    def program(self) -> str:
        return self.words[0]


def read_line(text: str) -> tuple[Command, ...] | None:
    """The commands of a line, in order; ``None`` when it holds anything whose meaning is not certain."""
    commands: list[Command] = []
    words: list[str] = []
    piped = False
    rest = text.strip(" \t")
    while rest:
        operator = next((each for each in _OPERATORS if rest.startswith(each)), "")
        if operator:
            if not words:
                return None
            commands.append(Command(tuple(words), piped))
            words, piped, rest = [], operator == "|", rest[len(operator) :].lstrip(" \t")
            if not rest and operator != ";":
                return None
            continue
        word, rest = _word(rest)
        if word is None:
            return None
        words.append(word)
        rest = rest.lstrip(" \t")
    if words:
        commands.append(Command(tuple(words), piped))
    return tuple(commands) if commands and all(map(_is_certain, commands)) else None


def _word(text: str) -> tuple[str | None, str]:
    """The first word and the rest; ``None`` for a word that is not certain."""
    found: list[str] = []
    index = 0
    while index < len(text):
        character = text[index]
        if character in "'\"":
            end = text.find(character, index + 1)
            inside = text[index + 1 : end]
            if end < 0 or "\n" in inside or (character == '"' and any(each in inside for each in "$`\\!")):
                return None, ""
            found.append(inside)
            index = end + 1
        elif character in _PLAIN:
            found.append(character)
            index += 1
        elif character in " \t" or any(text.startswith(each, index) for each in _OPERATORS):
            break
        else:
            return None, ""
    return "".join(found), text[index:]


def _is_certain(command: Command) -> bool:
    program = command.program
    return bool(program) and "=" not in program and program not in _SHELL_WORDS and not program.startswith(("-", "+"))
