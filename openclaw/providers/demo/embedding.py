"""Vectors without a model: every word points into a direction of its own, so that texts that share words are close."""

from __future__ import annotations

import hashlib
import math

MODEL = "hash"
DIMENSIONS = 256


def vector_of(text: str, dimensions: int) -> tuple[float, ...]:
    """A vector of length 1, always the same for the same words."""
    vector = [0.0] * dimensions
    for word in text.lower().split() or [""]:
        digest = hashlib.sha256(word.encode("utf-8", "surrogatepass")).digest()
        vector[int.from_bytes(digest[:8]) % dimensions] += 1.0 if digest[8] % 2 else -1.0
    length = math.sqrt(sum(value * value for value in vector))
    if not length:  # words that cancel each other out
        return (1.0, *vector[1:])
    return tuple(value / length for value in vector)
