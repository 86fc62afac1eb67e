"""How a setting is declared: its default, its meaning, its bounds and what a change restarts, beside the field.

Pure data: imports no third party, so that quick commands can read defaults.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

#: ``live``: the next use sees it. ``part``: the account, job or plugin it belongs to restarts. ``process``: the
#: processes must be restarted.
Reload = Literal["live", "part", "process"]
Form = Literal["", "url", "path", "model", "agent", "regex"]

_KEY = "option"


@dataclass(frozen=True, slots=True)
class Option:
    """What is known about one key of the config file."""

    meaning: str
    reload: Reload = "live"
    minimum: float | None = None
    maximum: float | None = None
    one_of: tuple[str, ...] = ()
    #: A whole-match regular expression, and how to say it to a person.
    pattern: str = ""
    pattern_says: str = ""
    form: Form = ""
    #: Shown as the default where the real one depends on the installation.
    default_says: str = ""


def option(
    default: Any = dataclasses.MISSING,
    meaning: str = "",
    *,
    factory: Callable[[], Any] | None = None,
    **facts: Any,
) -> Any:
    """Declare a dataclass field as a setting; without default and factory it is required."""
    metadata = {_KEY: Option(meaning, **facts)}
    if factory is not None:
        return dataclasses.field(default_factory=factory, metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


#: Meanings of fields whose dataclass belongs to the domain and knows nothing of configuration.
_DESCRIBED: dict[type, Mapping[str, Option]] = {}


def describe(cls: type, options: Mapping[str, Option]) -> None:
    """Attach options to a domain dataclass; every field must be named."""
    missing = {f.name for f in dataclasses.fields(cls)} - set(options)
    if missing:
        raise TypeError(f"{cls.__name__}: no option for {sorted(missing)}")
    _DESCRIBED[cls] = options


def option_of(cls: type, field: dataclasses.Field[Any]) -> Option:
    """The option that a field was declared with."""
    if cls in _DESCRIBED:
        return _DESCRIBED[cls][field.name]
    found = field.metadata[_KEY]
    assert isinstance(found, Option)
    return found
