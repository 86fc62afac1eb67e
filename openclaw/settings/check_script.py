"""What a script of the demo model must not be, beside what its keys say."""

from __future__ import annotations

from collections.abc import Iterator

from openclaw.settings.file_schema import Problem
from openclaw.settings.sections.models import ProviderSection
from openclaw.settings.vendor_defaults import DEMO


def check_script(provider: str, section: ProviderSection, api: str) -> Iterator[Problem]:
    """Everything that is wrong."""
    path = ("models", "providers", provider, "replies")
    if section.replies and api != DEMO.api:
        yield Problem(path, f'is for vendors with `api = "{DEMO.api}"`, and this one\'s is {api or "missing"}')
    for index, reply in enumerate(section.replies):
        where: tuple[str | int, ...] = (*path, index)
        if reply.says_nothing:
            yield Problem(where, "says nothing: it needs a text, thinking, calls or an error")
        if reply.retry_after_seconds is not None and not reply.error:
            yield Problem((*where, "retry_after_seconds"), "counts only beside an error")
        for number, call in enumerate(reply.calls):
            if call.raw and call.arguments:
                yield Problem((*where, "calls", number), "has arguments and raw ones; keep one of them")
