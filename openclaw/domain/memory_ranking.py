"""One score out of two searches, by words and by vectors, and what of a chunk is shown (OpenClaw's constants)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

VECTOR_WEIGHT = 0.7
TEXT_WEIGHT = 0.3
#: Either search brings so many times the results that are wanted.
CANDIDATES_PER_RESULT = 4
SNIPPET_CHARS = 700


@dataclass(frozen=True, slots=True)
class Ranked:
    """A chunk and how well it fits, 0 to 1."""

    chunk_id: int
    score: float


def candidates_for(max_results: int) -> int:
    """How many chunks either search is asked for."""
    return max_results * CANDIDATES_PER_RESULT


def text_score(rank: int) -> float:
    """What the place in the list of a search by words is worth; the first is 0."""
    return 1 / (1 + max(0, rank))


def fuse(by_words: Sequence[int], by_vector: Mapping[int, float] | None) -> list[Ranked]:
    """Put both together, the best first; chunks of the same score in the order of their ids.

    ``by_words`` are chunks, the best first. ``by_vector`` has the likeness of those that have a vector, ``None`` when
    there was no such search. Where one of the two says nothing of a chunk because it could not, the other counts alone.
    """
    texts = {chunk_id: text_score(rank) for rank, chunk_id in enumerate(by_words)}
    if not by_vector:
        found = [Ranked(chunk_id, score) for chunk_id, score in texts.items()]
    else:
        ids = dict.fromkeys([*texts, *by_vector])
        found = [Ranked(id_, _fused(texts.get(id_), by_vector.get(id_), bool(texts))) for id_ in ids]
    return sorted(found, key=lambda ranked: (-ranked.score, ranked.chunk_id))


def _fused(text: float | None, likeness: float | None, has_words: bool) -> float:
    if likeness is None:  # its vector is still to come
        return text or 0.0
    vector = min(1.0, max(0.0, likeness))
    return VECTOR_WEIGHT * vector + TEXT_WEIGHT * (text or 0.0) if has_words else vector


def snippet(text: str) -> str:
    """The beginning of a chunk, cut between words where that is possible."""
    if len(text) <= SNIPPET_CHARS:
        return text
    cut = text[: SNIPPET_CHARS - 1]
    end = max(cut.rfind(" "), cut.rfind("\n"))
    return f"{cut[:end] if end > SNIPPET_CHARS // 2 else cut}…"
