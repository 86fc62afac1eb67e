"""``openclaw config set | unset | patch | apply | edit``."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from openclaw.cli.commands.config.report import report
from openclaw.cli.config_target import choose_target
from openclaw.cli.options import client_options, environment, json_option
from openclaw.errors import ConfigError, InvalidRequest, OpenClawError
from openclaw.settings.config_path import ConfigPath, parse_path, value_at, written

C = TypeVar("C", bound=Callable[..., Any])

_note = click.option("--note", metavar="TEXT", default="", help="Why, for the history.")


def _edit_options(command: C) -> C:
    return _note(client_options(json_option(command)))


@click.command("set")
@click.argument("path")
@click.argument("value")
@click.option("--text", is_flag=True, help="Take VALUE as text, whatever it looks like.")
@_edit_options
def set_value(
    path: str, value: str, note: str, url: str | None, token: str | None, *, text: bool, as_json: bool
) -> None:
    """Change the value at PATH, such as agents.main.model or bindings[0].agent.

    VALUE is TOML (true, 8, ["a", "b"], { mode = "off" }), else text. With - it is read from standard input, which
    keeps a credential out of the shell's history.
    """
    steps = parse_path(path)
    given = sys.stdin.read().rstrip("\n") if value == "-" else value
    wanted = given if text else parse_value(given, _declared_type(steps))
    from openclaw.settings.path_patch import patch_at

    report(choose_target(url, token).patch(lambda tree: patch_at(tree, steps, wanted), note=note), as_json=as_json)


def parse_value(text: str, declared: str) -> Any:
    """A value as TOML has it; text where a text is declared or nothing else fits."""
    import tomllib

    try:
        found = tomllib.loads(f"value = {text}")
    except tomllib.TOMLDecodeError:
        return text
    value = found.get("value")
    # JSON, in which gateways are asked, has no dates, and no option takes one.
    is_plain = len(found) == 1 and isinstance(value, str | bool | int | float | list | dict)
    return value if is_plain and (declared != "string" or isinstance(value, str)) else text


def _declared_type(path: ConfigPath) -> str:
    from openclaw.settings.schema_lookup import type_at

    try:
        return type_at(path)
    except InvalidRequest:
        return ""  # whoever checks the whole says what is wrong with it; another version may know the key


@click.command("unset")
@click.argument("path")
@_edit_options
def unset(path: str, note: str, url: str | None, token: str | None, *, as_json: bool) -> None:
    """Take the value at PATH out, so that its default holds again."""
    steps = parse_path(path)
    from openclaw.settings.path_patch import patch_at

    def make(tree: Mapping[str, Any]) -> Mapping[str, Any]:
        if value_at(tree, steps) is None:
            raise ConfigError(f"{written(steps)} is not set")
        return patch_at(tree, steps, None)

    report(choose_target(url, token).patch(make, note=note), as_json=as_json)


@click.command("patch")
@click.argument("patch", metavar="PATCH")
@_edit_options
def patch(patch: str, note: str, url: str | None, token: str | None, *, as_json: bool) -> None:
    """Merge PATCH, a JSON object or a piece of TOML, into the configuration; - reads it from standard input.

    Tables merge, lists and everything else replace, and null (in JSON) takes a key out.
    """
    wanted = _read_patch(sys.stdin.read() if patch == "-" else patch)
    report(choose_target(url, token).patch(lambda _: wanted, note=note), as_json=as_json)


def _read_patch(text: str) -> dict[str, Any]:
    import json
    import tomllib

    try:
        found = json.loads(text) if text.lstrip().startswith("{") else tomllib.loads(text)
    except ValueError as error:
        raise click.BadParameter(f"neither JSON nor TOML: {error}", param_hint="PATCH") from None
    return dict(found)


@click.command("apply")
@click.argument("file", type=click.File(encoding="utf-8"))
@_edit_options
def apply_file(file: Any, note: str, url: str | None, token: str | None, *, as_json: bool) -> None:
    """Put FILE, TOML or a JSON object, into the place of the whole configuration; - reads standard input."""
    target = choose_target(url, token)
    report(target.replace(file.read(), target.newest().hash, note=note), as_json=as_json)


@click.command("edit")
@_edit_options
def edit(note: str, url: str | None, token: str | None, *, as_json: bool) -> None:
    """Edit the configuration in $VISUAL or $EDITOR. It is checked before it is saved."""
    target = choose_target(url, token)
    newest = target.newest()
    if newest.problem:
        click.echo(f"the file has an edit that is not in force: {newest.problem}", err=True)
    before = text = target.own_text(newest)
    while True:
        edited = click.edit(text, extension=".toml")
        if edited is None or edited == before:
            click.echo("nothing was changed", err=as_json)
            return
        try:
            outcome = target.replace(edited, newest.hash, note=note)
            break
        except OpenClawError as error:
            click.echo(f"error: {error}", err=True)
            if not (sys.stdin.isatty() and click.confirm("Edit again?", default=True, err=True)):
                _keep(edited)
                raise click.exceptions.Exit(1) from error
            text = edited
    report(outcome, as_json=as_json)


def _keep(text: str) -> None:
    """What somebody has written is not lost with the editor's temporary file."""
    from openclaw.settings.private_file import write_private

    place = environment()
    path: Path = place.home / "config.toml.edited"
    place.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private(path, text)
    click.echo(f"nothing was saved; what you wrote is in {path}, try `openclaw config apply {path}`", err=True)
