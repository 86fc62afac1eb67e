"""The configuration reference, made from the declarations: ``python -m openclaw.settings.describe``."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, cast, get_args, get_origin, get_type_hints

from openclaw.ports.secrets import Secret
from openclaw.settings.environment import PROFILE_PORT_FIRST, PROFILE_PORT_SPAN
from openclaw.settings.file_schema import strip_optional
from openclaw.settings.load import OVERRIDES
from openclaw.settings.option import Option, option_of
from openclaw.settings.schema import ConfigFile
from openclaw.settings.vendor_defaults import VENDORS

_NAMES = {
    ("models", "providers"): "<id>",
    ("agents",): "<id>",
    ("messages", "queue", "by_channel"): "<channel>",
    ("messages", "replies", "by_channel"): "<channel>",
    ("messages", "streaming", "by_channel"): "<channel>",
}
_TYPES = {bool: "true or false", int: "whole number", float: "number", str: "text", Secret: "secret"}
_INTRODUCTION = f"""# Configuration

This page is generated: `python -m openclaw.settings.describe > docs/configuration.md`.

One TOML file, `<home>/config.toml` or the one `OPENCLAW_CONFIG` names. Every key may be left out. A key that is not
listed here is an error that names the nearest known one. `openclaw config check` says whether a file can be used.

* **Variables.** `${{NAME}}` in any text stands for an environment variable, upper case; one that is not set is an
  error. `$${{NAME}}` is the text itself. `.env` files in the working folder and in the home are read too; the real
  environment wins over the working folder's, and that over the home's.
* **Credentials elsewhere.** `${{file:NAME}}` stands for what a file holds, looked for in systemd's
  `$CREDENTIALS_DIRECTORY`, in `<home>/secrets` and in `/run/secrets`. `${{command:NAME}}` stands for what the program
  `<home>/secrets/NAME` says: yours, writable by you alone, without arguments, at most 10 s. Neither takes a path, so
  whoever may change the configuration over the network can read no other file by it and run no other program.
* **Home.** `OPENCLAW_HOME`, by default `~/.openclaw`.
* **Profiles.** `--profile NAME` or `OPENCLAW_PROFILE` adds `-NAME` to the home, and with it come another config file,
  database and Redis. Its default port is {PROFILE_PORT_FIRST} + crc32(NAME) mod {PROFILE_PORT_SPAN}.
* **Changes.** *live*: the next use sees it. *part*: the account, job or plugin restarts. *process*: restart the stack.
"""


@dataclasses.dataclass(frozen=True, slots=True)
class _Table:
    path: tuple[str, ...]
    cls: type
    meaning: str
    default: Any
    is_array: bool = False

    @property
    def title(self) -> str:
        name = ".".join(self.path)
        return f"[[{name}]]" if self.is_array else f"[{name}]"


def reference() -> str:
    """The whole page, as Markdown."""
    parts = [_INTRODUCTION, *_sections(), _environment(), _vendors()]
    return "\n".join(parts)


def _sections() -> Iterator[str]:
    for table in _tables(_Table((), ConfigFile, "", ConfigFile())):
        rows = list(_rows(table))
        if not table.path or not rows:
            continue
        yield f"## `{table.title}`\n\n{table.meaning}\n"
        yield "| key | type | default | change | meaning |\n|---|---|---|---|---|"
        yield from rows
        yield ""


def _tables(table: _Table) -> Iterator[_Table]:
    yield table
    hints = get_type_hints(table.cls)
    for field in dataclasses.fields(table.cls):
        option = option_of(table.cls, field)
        inner, path = strip_optional(hints[field.name]), (*table.path, field.name)
        if dataclasses.is_dataclass(inner):
            default = getattr(table.default, field.name, None)
            yield from _tables(_Table(path, cast("type", inner), option.meaning, default))
        elif get_origin(inner) is Mapping and dataclasses.is_dataclass(get_args(inner)[1]):
            named = (*path, _NAMES.get(path, "<name>"))
            yield from _tables(_Table(named, get_args(inner)[1], option.meaning, None))
        elif get_origin(inner) is tuple and dataclasses.is_dataclass(get_args(inner)[0]):
            yield from _tables(_Table(path, get_args(inner)[0], option.meaning, None, is_array=True))
        elif get_origin(inner) is Mapping and get_args(inner)[1] is Any and not table.path:
            yield _Table((*path, "<channel>", "accounts", "<account>"), _Nothing, option.meaning, None)


@dataclasses.dataclass(frozen=True, slots=True)
class _Nothing:
    """A table whose keys are declared elsewhere."""


def _rows(table: _Table) -> Iterator[str]:
    if table.cls is _Nothing:
        yield "| … | | | part | see the channel's own page |"
    hints = get_type_hints(table.cls)
    for field in dataclasses.fields(table.cls):
        option = option_of(table.cls, field)
        kind = _type(strip_optional(hints[field.name]), option)
        if kind is None:
            continue
        cells = (f"`{field.name}`", kind, _default(table, field, option), option.reload, option.meaning)
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _type(inner: Any, option: Option) -> str | None:
    """A type in words; ``None`` for tables, which get a section."""
    if dataclasses.is_dataclass(inner):
        return None
    if option.one_of:
        return ", ".join(f"`{choice}`" for choice in option.one_of)
    if isinstance(inner, type) and issubclass(inner, StrEnum):
        return ", ".join(f"`{choice}`" for choice in inner)
    if inner in _TYPES:
        return _TYPES[inner] + _bounds(option)
    of = get_args(inner)[0 if get_origin(inner) is tuple else 1]
    if dataclasses.is_dataclass(of):
        return None
    if of is Any:
        return "table"
    return "list of text" if get_origin(inner) is tuple else "table of text"


def _bounds(option: Option) -> str:
    low, high = option.minimum, option.maximum
    if low is not None and high is not None:
        return f", {low:g} to {high:g}"
    return f", at least {low:g}" if low is not None else ""


def _default(table: _Table, field: dataclasses.Field[Any], option: Option) -> str:
    if option.default_says:
        return option.default_says
    if table.default is not None:
        return _shown(getattr(table.default, field.name))
    if field.default is not dataclasses.MISSING:
        return _shown(field.default)
    return "none" if field.default_factory is not dataclasses.MISSING else "**required**"


def _shown(value: Any) -> str:
    if value is None or value in ((), "", {}):
        return "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, tuple):
        return ", ".join(f"`{item}`" for item in value)
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"


def _environment() -> str:
    rows = "\n".join(f"| `{name}` | `{'.'.join(path)}` |" for name, path in OVERRIDES.items())
    return f"## Environment\n\nThese stand above the file.\n\n| variable | key |\n|---|---|\n{rows}\n"


def _vendors() -> str:
    rows = "\n".join(
        f"| `{vendor.id}` | {', '.join(f'`{name}`' for name in vendor.key_variables)} | `{vendor.default_model}` "
        f"| `{vendor.api}` | `{vendor.base_url}` |"
        for vendor in VENDORS
        if vendor.automatic
    )
    return (
        "## Vendors without configuration\n\nA key in the environment is enough. Where no agent names a model, the "
        "first vendor of this table whose key is set gives it; without any it is `demo/echo`, which needs no key.\n\n"
        f"| id | key | default model | api | base_url |\n|---|---|---|---|---|\n{rows}\n"
    )


if __name__ == "__main__":
    sys.stdout.write(reference())
