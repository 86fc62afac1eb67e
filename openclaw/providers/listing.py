"""What vendors' lists of models have in common: JSON of which nothing is taken for granted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import httpx2

from openclaw.errors import BadModelRequest, ProviderError
from openclaw.ports.provider import ListedModel
from openclaw.providers.raw_http import translate
from openclaw.providers.vendor_errors import Redactor

#: As many as vendors put on a page; none has so many models.
PAGE = 1000


def get_json(
    client: httpx2.Client, provider: str, url: str, headers: dict[str, str], timeout_seconds: float, redactor: Redactor
) -> Any:
    """Read a list without an SDK. Raises ProviderError."""
    try:
        answer = client.get(url, headers=headers, timeout=httpx2.Timeout(timeout_seconds))
        answer.raise_for_status()
        return answer.json()
    except httpx2.HTTPError as error:
        known: ProviderError | httpx2.HTTPError = translate(provider, error, redactor) or error
        raise known from None
    except ValueError:
        return None


def entries(provider: str, answer: Any, key: str) -> Iterator[dict[str, Any]]:
    """The models of an answer, which is an object with a list under ``key``, or with some vendors the list itself.

    Raises BadModelRequest for anything else.
    """
    found = answer.get(key) if isinstance(answer, dict) else answer
    if not isinstance(found, list):
        raise BadModelRequest(f"{provider}: what it answers is no list of models")
    return (entry for entry in found if isinstance(entry, dict))


def in_order(models: Sequence[ListedModel]) -> tuple[ListedModel, ...]:
    """By name, each once; those without one are left out."""
    by_id = {model.id: model for model in models if model.id}
    return tuple(by_id[id_] for id_ in sorted(by_id))


def count(value: Any) -> int | None:
    """A number of tokens, where it is one."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def text(value: Any) -> str:
    """A text, where it is one."""
    return value if isinstance(value, str) else ""


def table(value: Any) -> dict[str, Any]:
    """A table, where it is one."""
    return value if isinstance(value, dict) else {}


def words(value: Any) -> tuple[str, ...]:
    """A list of words in small letters, where it is one."""
    return tuple(each.lower() for each in value if isinstance(each, str)) if isinstance(value, list) else ()
