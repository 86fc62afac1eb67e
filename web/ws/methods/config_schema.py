"""``config.schema`` and ``config.schema.lookup``: what the configuration may hold, and what a change takes."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cache
from typing import Any

from openclaw import __version__
from openclaw.errors import InvalidRequest
from openclaw.settings.json_schema import config_schema
from openclaw.settings.schema_lookup import lookup
from web.validation import NoParams, Params, Text
from web.ws.dispatch import Call, Method
from web.ws.methods.config import has_config

MAX_PATH = 1024
_PATH = re.compile(r"[A-Za-z0-9_./\[\]\-*]+")


class LookupParams(Params):
    path = Text(required=True, min_length=1, max_length=MAX_PATH)


def schema(_call: Call) -> Any:
    return _response()


@cache
def _response() -> dict[str, Any]:
    """Declarations do not change while a process lives."""
    found = config_schema()
    return {
        "schema": found.schema,
        "uiHints": found.hints,
        "version": __version__,
        "generatedAt": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def schema_lookup(call: Call) -> Any:
    path = call.params["path"]
    if not _PATH.fullmatch(path):
        raise InvalidRequest(f'invalid config.schema.lookup params: at /path: must match pattern "^{_PATH.pattern}$"')
    return lookup(path)


METHODS = (
    Method("config.schema", NoParams(), schema, has_config),
    Method("config.schema.lookup", LookupParams(), schema_lookup, has_config),
)
