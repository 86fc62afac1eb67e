"""``openclaw config``: the local file; no gateway is asked."""

from __future__ import annotations

from typing import Any

import click

from openclaw.cli.options import environment, json_option, print_json
from openclaw.errors import ConfigError
from openclaw.settings.redaction import hidden


@click.group("config")
def command() -> None:
    """Read and check the configuration."""


@command.command("get")
@click.argument("path", required=False)
@json_option
def get(path: str | None, *, as_json: bool) -> None:
    """Print the config file, or the value at PATH (such as gateway.port); credentials are starred out."""
    place = environment()
    tree: Any = {}
    if place.config_path.is_file():
        from openclaw.settings.toml_source import read_toml

        tree = read_toml(place.config_path).tree
    keys = path.split(".") if path else []
    found = hidden(_at(tree, keys), keys[-1] if keys else "", "***")
    if found is None:
        found = _default(keys)
    if as_json or isinstance(found, dict | list):
        print_json(found)
    else:
        click.echo(str(found).lower() if isinstance(found, bool) else found)


@command.command("check")
@json_option
def check(*, as_json: bool) -> None:
    """Say whether the configuration can be used, and everything that is wrong with it."""
    from openclaw.settings.load import settings_of

    place = environment()
    try:
        settings = settings_of(place)
    except ConfigError as error:
        if not as_json:
            raise
        problems = (error.details or {}).get("problems", [{"message": str(error)}])
        print_json({"ok": False, "file": str(place.config_path), "problems": problems})
        raise click.exceptions.Exit(2) from error
    if as_json:
        print_json({"ok": True, "file": str(place.config_path), "problems": []})
    else:
        there = "" if place.config_path.is_file() else " (not there: defaults)"
        click.echo(f"{settings.config_path}{there}: ok")


def _at(tree: Any, keys: list[str]) -> Any:
    for key in keys:
        if isinstance(tree, dict):
            tree = tree.get(key)
        elif isinstance(tree, list) and key.isdigit() and int(key) < len(tree):
            tree = tree[int(key)]
        else:
            return None
    return tree


def _default(keys: list[str]) -> Any:
    """What holds where the file says nothing. Raises ConfigError for a path that means nothing."""
    import dataclasses
    from enum import StrEnum

    from openclaw.settings.schema import ConfigFile
    from openclaw.settings.sections.gateway import Gateway

    node: Any = ConfigFile(gateway=Gateway(port=environment().default_port))
    for depth, key in enumerate(keys):
        names = [f.name for f in dataclasses.fields(node)] if dataclasses.is_dataclass(node) else []
        if key not in names:
            raise ConfigError(f"{'.'.join(keys[: depth + 1])} is not set")
        node = getattr(node, key)
    if dataclasses.is_dataclass(node) and not isinstance(node, type):
        return dataclasses.asdict(node)
    if isinstance(node, tuple):
        return list(node)
    return str(node) if isinstance(node, StrEnum) else node
