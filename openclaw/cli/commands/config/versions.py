"""``openclaw config history | show | diff | rollback``: the versions, from the database itself."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from openclaw.cli.options import client_options, environment, json_option, print_json
from openclaw.cli.table import ago, print_table
from openclaw.errors import ConfigError, NotFound
from openclaw.ports.config_store import ConfigStore, ConfigVersion

_VERSION = click.IntRange(1)


@contextmanager
def _versions() -> Iterator[ConfigStore]:
    from openclaw.composition.local_config import local_config

    place = environment()
    with local_config(place) as local:
        if not local.is_stored:
            raise ConfigError(
                "there are no versions: this machine has no database yet; `openclaw up` makes one, and the first "
                f"version of {place.config_path}"
            )
        yield local.editor.store


@click.command("history")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="The most to list.")
@json_option
def history(limit: int, *, as_json: bool) -> None:
    """List the versions that were in force, the newest first."""
    with _versions() as store:
        found = store.recent(limit)
    if as_json:
        print_json({"versions": [_facts(version) for version in found]})
        return
    now = time.time_ns() // 1_000_000
    rows = [(v.id, ago(v.created_at_ms, now), v.author, v.source, v.note) for v in found]
    print_table(("VERSION", "WHEN", "BY", "FROM", "NOTE"), rows, empty="There are no versions yet.")


@click.command("show")
@click.argument("version", type=_VERSION)
@json_option
def show(version: int, *, as_json: bool) -> None:
    """Print VERSION, with its credentials hidden."""
    from openclaw.settings.redacted_text import hide_in_text

    with _versions() as store:
        found = _version(store, version)
    text = hide_in_text(found.text)
    if as_json:
        print_json({**_facts(found), "text": text})
    else:
        click.echo(text, nl=not text.endswith("\n"))


@click.command("diff")
@click.argument("old", metavar="[FROM]", type=_VERSION, required=False)
@click.argument("new", metavar="[TO]", type=_VERSION, required=False)
@json_option
def diff(old: int | None, new: int | None, *, as_json: bool) -> None:
    """What differs between two versions, by default between the newest and the one before it.

    Credentials are hidden; the list of keys names those that differ.
    """
    from difflib import unified_diff

    from openclaw.settings.redacted_text import hide_in_text

    with _versions() as store:
        newest = store.latest_id()
        after = _version(store, new or newest)
        before = _version(store, old or max(1, after.id - 1))
    texts = [hide_in_text(version.text).splitlines() for version in (before, after)]
    names = [f"version {version.id}" for version in (before, after)]
    lines = list(unified_diff(texts[0], texts[1], names[0], names[1], lineterm=""))
    changes = _changes(before, after)
    if as_json:
        print_json({"from": before.id, "to": after.id, "changes": changes, "diff": "\n".join(lines)})
        return
    for line in lines:
        colour = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1])
        click.echo(click.style(line, fg=colour) if colour else line)
    for change in changes:
        click.echo(f"{change['path']} ({change['reload']})")
    if not (lines or changes):
        click.echo(f"{names[0]} and {names[1]} are the same")


def _changes(before: ConfigVersion, after: ConfigVersion) -> list[dict[str, str]]:
    """The keys that differ; none where one of them cannot be used here any more."""
    from openclaw.settings.changes import changes
    from openclaw.settings.load import settings_from_text

    place = environment()
    try:
        files = [settings_from_text(place, version.text).file for version in (before, after)]
    except ConfigError as error:
        click.echo(f"the keys that differ are not listed: {error}", err=True)
        return []
    return [{"path": change.dotted, "reload": change.reload} for change in changes(files[0], files[1])]


@click.command("rollback")
@click.argument("version", type=_VERSION)
@click.option("--note", metavar="TEXT", help="Why, for the history; default: which version it is.")
@client_options
@json_option
def rollback(version: int, note: str | None, url: str | None, token: str | None, *, as_json: bool) -> None:
    """Put VERSION into force again, as a new version."""
    from openclaw.cli.commands.config.report import report
    from openclaw.cli.config_target import choose_target

    with _versions() as store:
        text = _version(store, version).text
    target = choose_target(url, token)
    outcome = target.replace(text, target.newest().hash, note=note or f"back to version {version}")
    report(outcome, as_json=as_json)


def _version(store: ConfigStore, number: int) -> ConfigVersion:
    found = store.version(number)
    if found is None:
        raise NotFound(f"there is no version {number}; `openclaw config history` lists them")
    return found


def _facts(version: ConfigVersion) -> dict[str, Any]:
    return {
        "version": version.id,
        "createdAtMs": version.created_at_ms,
        "author": version.author,
        "source": version.source,
        "note": version.note,
    }
