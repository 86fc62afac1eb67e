"""Comparing what a caller gives with what the gateway knows."""

from __future__ import annotations

from collections.abc import Iterable

from openclaw.ports.secrets import Secret


def matches_any(given: str, secrets: Iterable[Secret]) -> bool:
    """Compare with every secret, in constant time each, so that the time does not tell which one was close."""
    matched = False
    for secret in secrets:
        matched |= secret.matches(given)
    return matched
