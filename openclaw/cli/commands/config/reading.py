"""``openclaw config get | check | path | schema``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from openclaw.cli.options import client_options, environment, gateway, json_option, print_json
from openclaw.errors import ConfigError
from openclaw.settings.config_path import ConfigPath, parse_path, value_at, written
from openclaw.settings.redaction import REDACTED, hidden, is_secret_table

_STARS = "***"


@click.command("get")
@click.argument("path", required=False)
@client_options
@json_option
def get(path: str | None, url: str | None, token: str | None, *, as_json: bool) -> None:
    """Print the config file, or the value at PATH (such as gateway.port); credentials are starred out.

    What the file does not say has its default. With a gateway named by --url or OPENCLAW_GATEWAY_URL, it is the
    gateway's configuration.
    """
    steps = parse_path(path or "")
    place = environment()
    if url or place.get("OPENCLAW_GATEWAY_URL"):
        found = _of_gateway(steps, url, token)
    else:
        found = _of_file(place.config_path, steps)
    if as_json or isinstance(found, dict | list):
        print_json(found)
    else:
        click.echo(str(found).lower() if isinstance(found, bool) else found)


def _of_gateway(path: ConfigPath, url: str | None, token: str | None) -> Any:
    from openclaw.cli.rpc import READ, GatewayClient

    with GatewayClient(gateway(url, token), scopes=READ) as client:
        answer = client.call("config.get", {})
    found = value_at(answer.get("parsed") or {}, path)
    if found is None:
        found = value_at(answer.get("config") or {}, path)
    if found is None:
        raise ConfigError(f"{written(path)} is not set")
    return _starred(found)


def _starred(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _starred(below) for name, below in value.items()}
    if isinstance(value, list):
        return [_starred(below) for below in value]
    return _STARS if value == REDACTED else value


def _of_file(file: Path, path: ConfigPath) -> Any:
    tree: Any = {}
    if file.is_file():
        from openclaw.settings.toml_source import read_toml

        tree = read_toml(file).tree
    name = next((step for step in reversed(path) if isinstance(step, str) and not step.isdigit()), "")
    inside = any(is_secret_table(str(step)) for step in path)
    found = hidden(value_at(tree, path), name, _STARS, inside=inside)
    return _default(path) if found is None else found


def _default(path: ConfigPath) -> Any:
    """What holds where the file says nothing. Raises ConfigError for a path that means nothing."""
    import dataclasses
    from enum import StrEnum

    from openclaw.settings.schema import ConfigFile
    from openclaw.settings.sections.gateway import Gateway

    node: Any = ConfigFile(gateway=Gateway(port=environment().default_port))
    for depth, step in enumerate(path):
        names = [f.name for f in dataclasses.fields(node)] if dataclasses.is_dataclass(node) else []
        if step not in names:
            raise ConfigError(f"{written(path[: depth + 1])} is not set")
        node = getattr(node, str(step))
    if dataclasses.is_dataclass(node) and not isinstance(node, type):
        return dataclasses.asdict(node)
    if isinstance(node, tuple):
        return list(node)
    return str(node) if isinstance(node, StrEnum) else node


@click.command("check")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
def check(file: Path | None, *, as_json: bool) -> None:
    """Say whether the configuration, or FILE in its place, can be used, and everything that is wrong with it."""
    from openclaw.settings.load import settings_from_text, settings_of

    place = environment()
    shown = file or place.config_path
    try:
        if file is None:
            settings_of(place)
        else:
            settings_from_text(place, file.read_text(encoding="utf-8"))
    except (ConfigError, OSError, UnicodeDecodeError) as error:
        if not as_json:
            raise (
                error if isinstance(error, ConfigError) else ConfigError(f"{shown} cannot be read: {error}")
            ) from error
        details = error.details if isinstance(error, ConfigError) else None
        problems = (details or {}).get("problems", [{"message": str(error)}])
        print_json({"ok": False, "file": str(shown), "problems": problems})
        raise click.exceptions.Exit(2) from error
    if as_json:
        print_json({"ok": True, "file": str(shown), "problems": []})
    else:
        click.echo(f"{shown}{'' if shown.is_file() else ' (not there: defaults)'}: ok")


@click.command("path")
@json_option
def path(*, as_json: bool) -> None:
    """Print where the config file is."""
    place = environment()
    if as_json:
        facts = {"path": str(place.config_path), "exists": place.config_path.exists(), "home": str(place.home)}
        print_json(facts | {"profile": place.profile})
    else:
        click.echo(place.config_path)


@click.command("schema")
@click.argument("path", required=False)
@json_option
def schema(path: str | None, *, as_json: bool) -> None:
    """Print the JSON schema of the configuration, or what may stand at PATH and what is below it."""
    from openclaw.settings.json_schema import config_schema
    from openclaw.settings.schema_lookup import lookup

    if path is None:
        print_json(config_schema().schema)
        return
    found = lookup(path)
    if as_json:
        print_json(found)
        return
    _explain(found)


_TAKES = {"restart": "takes a restart", "hot": "restarts its account, job or plugin", "none": "live"}


def _explain(found: dict[str, Any]) -> None:
    from openclaw.cli.table import print_table

    node = found["schema"]
    kind = node.get("type", "anything")
    facts = [kind if isinstance(kind, str) else " or ".join(kind)]
    facts += [f"one of {', '.join(node['enum'])}"] if "enum" in node else []
    facts += [f"default {node['default']}"] if "default" in node else []
    facts += [_TAKES[found["reloadKind"]]] if "reloadKind" in found else []
    click.echo(f"{click.style(found['path'], bold=True)}  {', '.join(facts)}")
    if node.get("description"):
        click.echo(node["description"])
    if found["children"]:
        click.echo()
        rows = [
            (child["key"], _TAKES[child["reloadKind"]], child.get("hint", {}).get("help", ""))
            for child in found["children"]
        ]
        print_table(("KEY", "A CHANGE", "MEANING"), rows, empty="")
