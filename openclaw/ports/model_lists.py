"""What vendors say of their models, kept for a while."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from openclaw.ports.provider import ListedModel, ModelInfo

#: The reason of a vendor that has no list.
NO_LIST = "no_list"
#: How old a list may be before its vendor is asked again, and how long one that did not answer is left alone.
#: Milliseconds.
FRESH_MS = 3_600_000
RETRY_MS = 60_000


@dataclass(frozen=True, slots=True)
class VendorList:
    """A vendor's list as it was when it last gave one. Times in milliseconds since the epoch."""

    models: tuple[ListedModel, ...] = ()
    asked_at_ms: int = 0
    #: Why the vendor gave none when it was last asked: a reason of ``ProviderError`` or ``NO_LIST``; empty when it did.
    reason: str = ""
    error: str = ""

    def is_due(self, now_ms: int) -> bool:
        """Whether the vendor may be asked again."""
        return now_ms - self.asked_at_ms >= (RETRY_MS if self.reason not in ("", NO_LIST) else FRESH_MS)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> VendorList:
        models = tuple(
            ListedModel(**{**model, "input_kinds": model["input_kinds"] and tuple(model["input_kinds"])})
            for model in data["models"]
        )
        return cls(**{**data, "models": models})


class ListCache(Protocol):
    """Lists by account, which every process reads. Raises RedisUnavailable."""

    def read(self, accounts: Sequence[str]) -> dict[str, VendorList]:
        """Those that are known."""
        ...

    def put(self, account: str, found: VendorList) -> None: ...


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every model that is configured, comes along or is listed by its vendor."""

    models: tuple[ModelInfo, ...]
    #: What is known of the vendors that have a list.
    outcomes: Mapping[str, VendorList]
