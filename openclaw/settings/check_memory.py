"""What ``[memory]`` alone cannot say: that its vendor is there and its paths stay in the workspace."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from openclaw.settings.file_schema import Problem, nearest
from openclaw.settings.sections.memory import EMBEDDING_MODELS, Memory
from openclaw.settings.vendor_defaults import BY_ID


def check_memory(memory: Memory, providers: tuple[str, ...]) -> list[Problem]:
    """Everything that is wrong. ``providers`` are the ids of the vendors that can be used."""
    return [*_vendor(memory, providers), *_paths(memory)]


def _vendor(memory: Memory, providers: tuple[str, ...]) -> Iterator[Problem]:
    if not memory.provider:
        if memory.model:
            yield Problem(("memory", "provider"), f"is missing, and model is {memory.model!r}")
        return
    if memory.provider not in providers:
        vendor, close = BY_ID.get(memory.provider), nearest(memory.provider, providers)
        if vendor and vendor.key_variables:
            advice = f"set {vendor.key_variables[0]} or add [models.providers.{vendor.id}]"
        else:
            advice = f'did you mean "{close}"?' if close else f"known: {', '.join(sorted(providers))}"
        yield Problem(("memory", "provider"), f"no provider {memory.provider!r} is configured; {advice}", close)
    if not memory.model and memory.provider not in EMBEDDING_MODELS:
        yield Problem(("memory", "model"), f"is missing; {memory.provider} has no default model for vectors")


def _paths(memory: Memory) -> Iterator[Problem]:
    for index, path in enumerate(memory.extra_paths):
        place = PurePosixPath(path)
        if not place.parts or place.is_absolute() or ".." in place.parts:
            yield Problem(("memory", "extra_paths", index), f"{path!r} is no path inside the workspace")
