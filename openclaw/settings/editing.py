"""From what a client sends to the next text of the configuration: TOML, JSON or a merge-patch. No I/O."""

from __future__ import annotations

import copy
import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from openclaw.errors import ConfigError, InvalidRequest
from openclaw.settings.issues import issues_of
from openclaw.settings.list_guard import guarded
from openclaw.settings.merge_patch import merged, patch_between
from openclaw.settings.redacted_text import restore_in_text
from openclaw.settings.redaction import restore_in
from openclaw.settings.toml_source import parse_toml


def refused(error: ConfigError) -> InvalidRequest:
    """A configuration that cannot be used, as the fault of whoever sent it."""
    return InvalidRequest(f"invalid config: {error}", details={"issues": issues_of(error)})


def replaced(path: Path, before: str, given: str) -> str:
    """A whole configuration, TOML or a JSON object; hidden credentials in it have their values again.

    A JSON object changes the text before as little as it can, so that comments stay. Raises InvalidRequest.
    """
    try:
        if given.lstrip().startswith("{"):  # no TOML begins so
            return _from_json(path, before, given)
        parse_toml(path, given)
        return restore_in_text(given, _usable(path, before))
    except ConfigError as error:
        raise refused(error) from error


def patched(path: Path, before: str, patch: Mapping[str, Any], replace_paths: Collection[str] | None) -> str:
    """The text with a merge-patch applied, comments kept; with ``replace_paths`` lists are guarded.

    Raises InvalidRequest.
    """
    try:
        tree = parse_toml(path, before).tree
    except ConfigError as error:
        raise refused(error) from error
    wanted = copy.deepcopy(dict(patch))
    restore_in(wanted, tree)
    return merged(before, wanted if replace_paths is None else guarded(wanted, tree, replace_paths))


def _from_json(path: Path, before: str, given: str) -> str:
    try:
        wanted = json.loads(given)
    except ValueError as error:
        raise InvalidRequest(f"invalid config: not valid JSON: {error}") from error
    base = _usable(path, before)
    known = parse_toml(path, base).tree
    restore_in(wanted, known)
    return merged(base, patch_between(known, wanted))


def _usable(path: Path, text: str) -> str:
    """A text that can be read, if it can."""
    try:
        parse_toml(path, text)
    except ConfigError:
        return ""
    return text
