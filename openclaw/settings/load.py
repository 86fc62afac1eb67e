"""Load the settings: environment over file over defaults, everything wrong told at once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from openclaw.errors import ConfigError
from openclaw.settings.assemble import assemble
from openclaw.settings.changes import keep_process_keys
from openclaw.settings.environment import Environment, read_environment
from openclaw.settings.file_schema import Problem, validate
from openclaw.settings.references import resolve
from openclaw.settings.schema import ConfigFile, Settings
from openclaw.settings.toml_source import KeyPath, TomlSource, expand, parse_toml, read_toml

#: Variables that stand above the file, and the keys they set.
OVERRIDES: dict[str, tuple[str, ...]] = {
    "OPENCLAW_GATEWAY_HOST": ("gateway", "host"),
    "OPENCLAW_GATEWAY_PORT": ("gateway", "port"),
    "OPENCLAW_GATEWAY_TOKEN": ("gateway", "auth", "token"),
    "OPENCLAW_REDIS_URL": ("redis", "url"),
    "OPENCLAW_REDIS_SERVER": ("redis", "server"),
    "OPENCLAW_DATABASE_URL": ("database", "url"),
    "OPENCLAW_LOG_LEVEL": ("log", "level"),
    "OPENCLAW_WORKER_CONCURRENCY": ("worker", "concurrency"),
    "OPENCLAW_WORKER_POOL": ("worker", "pool"),
    "OPENCLAW_TASK_EVENTS": ("worker", "task_events"),
}


def load_settings(
    environ: Mapping[str, str] | None = None, *, profile: str | None = None, cwd: Path | None = None
) -> Settings:
    """Load and check the settings; makes no folder and no file.

    Raises ConfigError that lists every problem with its file, line and key; ``details["problems"]`` has them as data.
    """
    return settings_of(read_environment(environ, profile=profile, cwd=cwd))


def settings_of(environment: Environment) -> Settings:
    """Load the settings of an environment that is read already, from its file."""
    return _settle(environment, _source(environment), None)


def settings_from_text(environment: Environment, text: str, running: ConfigFile | None = None) -> Settings:
    """Load the settings of a text in the place of the file. Raises ConfigError as ``load_settings`` does.

    ``running`` is what the process was built by: keys that only a restart can change keep its values.
    """
    return _settle(environment, parse_toml(environment.config_path, text), running)


def _settle(environment: Environment, source: TomlSource, running: ConfigFile | None) -> Settings:
    overridden = {path: name for name, path in OVERRIDES.items() if environment.get(name)}
    tree, named, unresolved = expand(
        _without(source.tree, overridden), environment.values, partial(resolve, environment)
    )
    problems = [Problem(path, message) for path, message in unresolved]
    for path, name in overridden.items():
        _put(tree, path, _typed(path[-1], environment.get(name) or ""))
    _mode_strings(tree)
    _broadcast_peers(tree)
    config, invalid = validate(ConfigFile, tree)
    problems += invalid
    if config is not None and running is not None:
        config = keep_process_keys(running, config)
    settings = assemble(config, environment, frozenset(named), problems) if config else None
    if problems or settings is None:
        raise _config_error(problems, source, overridden)
    return settings


def _source(environment: Environment) -> TomlSource:
    if environment.config_path.exists():
        return read_toml(environment.config_path)
    if environment.config_is_explicit:
        raise ConfigError(f"{environment.config_path} does not exist, and OPENCLAW_CONFIG names it")
    return TomlSource(environment.config_path, {}, {})


def _without(tree: Any, paths: Mapping[tuple[str, ...], str], prefix: tuple[str, ...] = ()) -> Any:
    """The tree without the keys a variable overrides: what they say, ``${VAR}`` included, is of no account."""
    if not isinstance(tree, dict):
        return tree
    return {key: _without(value, paths, (*prefix, key)) for key, value in tree.items() if (*prefix, key) not in paths}


def _put(tree: Any, path: tuple[str, ...], value: Any) -> None:
    for key in path[:-1]:
        if not isinstance(tree.setdefault(key, {}), dict):
            return  # not a table: validation says so
        tree = tree[key]
    tree[path[-1]] = value


def _typed(key: str, text: str) -> int | bool | str:
    """A variable's text as TOML would have it; what does not fit stays text, which validation refuses."""
    if key in ("port", "concurrency") and text.isascii() and text.isdigit():
        return int(text)
    return {"1": True, "true": True, "0": False, "false": False}.get(text, text) if key == "task_events" else text


def _mode_strings(tree: Any) -> None:
    """``by_channel.slack = "steer"`` is short for a table with that mode."""
    node = tree
    for key in ("messages", "queue", "by_channel"):
        node = node.get(key) if isinstance(node, dict) else None
    if isinstance(node, dict):
        node.update({channel: {"mode": text} for channel, text in node.items() if isinstance(text, str)})


def _broadcast_peers(tree: Any) -> None:
    """``[broadcast] "<peer>" = [agents]`` is short for the same under ``peers``."""
    section = tree.get("broadcast") if isinstance(tree, dict) else None
    if isinstance(section, dict) and isinstance(section.setdefault("peers", {}), dict):
        for peer in [key for key in section if key not in _BROADCAST_KEYS and isinstance(section[key], list)]:
            section["peers"][peer] = section.pop(peer)


_BROADCAST_KEYS = ("strategy", "peers")


def _config_error(
    problems: list[Problem], source: TomlSource, overridden: Mapping[tuple[str, ...], str]
) -> ConfigError:
    facts = [_placed(problem, source, overridden) for problem in problems]
    facts.sort(key=lambda fact: fact["line"] or 0)
    lines = [f"{fact['where']}: {fact['path']}: {fact['message']}" for fact in facts]
    return ConfigError("the configuration cannot be used\n  " + "\n  ".join(lines), details={"problems": facts})


def _placed(problem: Problem, source: TomlSource, overridden: Mapping[tuple[str, ...], str]) -> dict[str, Any]:
    path: KeyPath = problem.path
    variable = next((name for keys, name in overridden.items() if path == keys), None)
    line = None if variable else source.line_of(path)
    in_file = f"{source.path}:{line}" if line else str(source.path)
    return {
        "file": None if variable else str(source.path),
        "line": line,
        "variable": variable,
        "where": f"environment variable {variable}" if variable else in_file,
        "path": problem.dotted,
        "message": problem.message,
        "suggestion": problem.suggestion,
    }
