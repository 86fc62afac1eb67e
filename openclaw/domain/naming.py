"""Which of several named things is meant, when people name them by id, by name, or by how the id begins."""

from __future__ import annotations

from collections.abc import Iterable


def meant_by(wanted: str, known: Iterable[tuple[str, str | None]]) -> list[str]:
    """The ids, of pairs of id and name, that ``wanted`` may mean: one where it is clear, none for nothing.

    An id or a name that is given in full wins over ids that only begin so.
    """
    if not wanted:
        return []
    pairs = list(known)
    exact = [each_id for each_id, name in pairs if wanted in (each_id, name)]
    return exact or [each_id for each_id, _ in pairs if each_id.startswith(wanted)]
