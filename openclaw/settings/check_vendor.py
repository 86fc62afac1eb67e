"""What a vendor's section must not have, beside what its keys say: what its wire format knows nothing of."""

from __future__ import annotations

from collections.abc import Iterator

from openclaw.settings.file_schema import Problem
from openclaw.settings.sections.models import ProviderSection
from openclaw.settings.vendor_defaults import DEMO

#: Keys that one wire format alone has a use for.
_OF_API = {"replies": DEMO.api, "betas": "anthropic-messages"}


def check_vendor(provider: str, section: ProviderSection, api: str) -> Iterator[Problem]:
    """Everything that is wrong."""
    path = ("models", "providers", provider)
    for key, only in _OF_API.items():
        if getattr(section, key) and api != only:
            yield Problem((*path, key), f'is for vendors with `api = "{only}"`, and this one\'s is {api or "missing"}')
    yield from _wrong_replies((*path, "replies"), section)


def _wrong_replies(path: tuple[str, ...], section: ProviderSection) -> Iterator[Problem]:
    for index, reply in enumerate(section.replies):
        where: tuple[str | int, ...] = (*path, index)
        if reply.says_nothing:
            yield Problem(where, "says nothing: it needs a text, thinking, calls or an error")
        if reply.retry_after_seconds is not None and not reply.error:
            yield Problem((*where, "retry_after_seconds"), "counts only beside an error")
        for number, call in enumerate(reply.calls):
            if call.raw and call.arguments:
                yield Problem((*where, "calls", number), "has arguments and raw ones; keep one of them")
