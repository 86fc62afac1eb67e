"""The text of a config with its credentials hidden, comments and layout kept, and the way back.

Fails closed: a text whose hidden form cannot be shown to hold no credential is shown without its comments.
"""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Callable

from openclaw.settings.redaction import REDACTED, hidden, hide_in, is_secret, restore_in

#: The tokens of TOML that a ``#`` can be part of: texts in their four forms, and comments.
_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}'
    r"|'''.*?'{3,5}"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'"
    r"|(?P<comment>\#[^\n]*)",
    re.DOTALL,
)
#: An assignment that somebody has commented out.
_ASSIGNMENT = re.compile(
    r"""(?P<key>[\w-]+)(?P<sign>["']?\s*=\s*)(?P<value>"(?:\\.|[^"\\])*"|'[^']*'|(?![{\[])[^\s,]+)""", re.VERBOSE
)
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s\"',]+")


def hide_in_text(text: str) -> str:
    """A config text with its credentials hidden. The text must be valid TOML."""
    import tomlkit

    wanted = hidden(tomllib.loads(text))
    document = tomlkit.parse(_with_comments(text, _masked))
    hide_in(document)
    shown = tomlkit.dumps(document)
    return shown if _says(shown, wanted) else tomlkit.dumps(wanted)


def restore_in_text(text: str, known: str) -> str:
    """Put the values that ``known``, the text in force, has in the places of ``REDACTED``.

    Both must be valid TOML. Raises InvalidRequest where it has none.
    """
    if REDACTED not in text:
        return text
    import tomlkit

    document = tomlkit.parse(_with_comments_of(text, known))
    # Not as plain data: a credential comes back in the very form it was written in.
    restore_in(document, tomlkit.parse(known))
    return tomlkit.dumps(document)


def _says(text: str, tree: object) -> bool:
    try:
        return tomllib.loads(text) == tree
    except tomllib.TOMLDecodeError:
        return False


def _with_comments(text: str, change: Callable[[str], str]) -> str:
    return _TOKEN.sub(lambda token: change(token["comment"]) if token["comment"] else token[0], text)


def _masked(comment: str) -> str:
    return _ADDRESS.sub(_masked_address, _ASSIGNMENT.sub(_masked_assignment, comment))


def _masked_assignment(found: re.Match[str]) -> str:
    value = found["value"].strip("\"'")
    return f'{found["key"]}{found["sign"]}"{REDACTED}"' if is_secret(found["key"], value) else found[0]


def _masked_address(found: re.Match[str]) -> str:
    return REDACTED if is_secret("", found[0]) else found[0]


def _with_comments_of(text: str, known: str) -> str:
    """The text with the comments it had before they were masked."""
    before: defaultdict[str, list[str]] = defaultdict(list)
    for token in _TOKEN.finditer(known):
        if token["comment"]:
            before[_masked(token["comment"])].append(token["comment"])

    def unmasked(comment: str) -> str:
        return before[comment].pop(0) if REDACTED in comment and before[comment] else comment

    return _with_comments(text, unmasked)
