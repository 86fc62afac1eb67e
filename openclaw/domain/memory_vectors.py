"""Vectors as they are stored and compared: 32-bit floats of length 1, and one bit per dimension to look fast.

The bits are the signs of the numbers: vectors that point the same way share most of them. Comparing them takes a
fraction of a microsecond, so that all chunks can be looked at and only the best of them compared exactly. No third
party is needed for that.
"""

from __future__ import annotations

import math
import sys
from array import array
from collections.abc import Sequence
from operator import mul


def normalized(vector: Sequence[float]) -> array[float]:
    """The same direction with length 1. Raises ValueError for a vector without a direction."""
    length = math.sqrt(sum(map(mul, vector, vector)))
    if not vector or not math.isfinite(length) or not length:
        raise ValueError("a vector of zeros, or none at all, points nowhere")
    return array("f", [value / length for value in vector])


def pack(vector: array[float]) -> bytes:
    """As bytes, the lowest first."""
    if sys.byteorder == "big":  # pragma: no cover - no machine of ours
        vector = array("f", vector)
        vector.byteswap()
    return vector.tobytes()


def unpack(stored: bytes) -> array[float]:
    """What ``pack`` was given."""
    vector = array("f")
    vector.frombytes(stored)
    if sys.byteorder == "big":  # pragma: no cover - no machine of ours
        vector.byteswap()
    return vector


def signs(vector: Sequence[float]) -> bytes:
    """One bit per dimension: whether the number is above zero."""
    bits = int("".join("1" if value > 0 else "0" for value in vector) or "0", 2)
    return bits.to_bytes((len(vector) + 7) // 8)


def differing(one: int, other: int) -> int:
    """How many signs differ; both as numbers (``int.from_bytes``)."""
    return (one ^ other).bit_count()


def cosine(one: array[float], other: array[float]) -> float:
    """How alike two vectors of length 1 are: 1 the same way, 0 nothing in common. 0 for other lengths."""
    return sum(map(mul, one, other)) if len(one) == len(other) else 0.0
