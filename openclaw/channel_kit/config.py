"""One section ``[channels.<channel>.accounts.<account>]``, validated by the channel's own schema.

An unknown key is an error that names the nearest known one. No error shows a value: it may be a secret.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any, cast

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from openclaw.domain.account_rules import COMMON_KEYS
from openclaw.errors import ConfigError
from openclaw.ports.secrets import Secret

_ADDRESS: dict[str, Any] = {"schemes": {"http", "https"}, "require_tld": False}


class SecretField(fields.Field[Secret]):
    """A string, or a secret that the settings have resolved already; ``pattern`` is what all of it must match."""

    def __init__(self, pattern: str = r"\A[^\s\x00-\x1f\x7f]+\Z", **options: Any) -> None:
        super().__init__(**options)
        self._matches = validate.Regexp(pattern, error="has characters that are not allowed there, or is empty")

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Secret:
        secret = value if isinstance(value, Secret) else Secret(value) if isinstance(value, str) else None
        if secret is None:
            raise ValidationError("must be a string")
        self._matches(secret.reveal())
        return secret


def address() -> fields.URL:
    """An http or https address, of a local server too."""
    return fields.URL(**_ADDRESS)


class ApiBase(fields.URL):
    """An ``api_base``: an address that paths are put behind, so it is kept without a slash at its end."""

    def __init__(self) -> None:
        super().__init__(**_ADDRESS)

    def _deserialize(self, *given: Any, **more: Any) -> str:
        return str(super()._deserialize(*given, **more)).rstrip("/")


class AccountSchema(Schema):
    """The base of a channel's schema: its ``post_load`` makes the channel's own dataclass."""

    class Meta:
        unknown = RAISE


def load_section(schema: AccountSchema, channel: str, account_id: str, section: Mapping[str, Any]) -> Any:
    """Validate an account's section; what the schema's ``post_load`` makes of it.

    Raises ConfigError that names the key and, for a misspelt one, the nearest.
    """
    where = f"channels.{channel}.accounts.{account_id}"
    known = [*schema.fields, *COMMON_KEYS]
    for key in section:
        if key not in schema.fields:
            near = difflib.get_close_matches(str(key), known, n=1, cutoff=0.5)
            hint = f"; did you mean {near[0]!r}?" if near else f"; known keys: {', '.join(sorted(known))}"
            raise ConfigError(f"{where}: unknown key {str(key)!r}{hint}")
    try:
        return schema.load(dict(section))
    except ValidationError as error:
        raise ConfigError(problems_of(where, error)) from None


def problems_of(where: str, error: ValidationError) -> str:
    """What is wrong with a section, key by key."""
    problems = cast("dict[str, Any]", error.messages)
    return "; ".join(f"{where}.{key}: {_words(what)}" for key, what in problems.items())


def _words(problem: Any) -> str:
    """Marshmallow nests what it says of lists and of sections in sections."""
    if isinstance(problem, Mapping):
        return "; ".join(f"{key}: {_words(what)}" for key, what in problem.items())
    return " ".join(map(str, problem)) if isinstance(problem, list) else str(problem)
