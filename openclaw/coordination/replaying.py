"""When a piece of a run's stream is incomplete."""

from __future__ import annotations

from openclaw.domain.events import Cursor


def has_gap(after: Cursor | None, *, start: Cursor, oldest: Cursor, newest: Cursor) -> bool:
    """Say whether events between ``after`` and the oldest kept one are gone.

    ``start`` is where the stream began, ``oldest`` and ``newest`` what is kept of it. No cursor, or one with fence
    0, asks for everything. A cursor from before the start, or past the end, comes from a stream that was lost.
    """
    if after is None or after.fence == 0:
        return oldest > start
    if after < start or after > newest:
        return True
    directly_before = Cursor(oldest.fence, oldest.number - 1)
    return after < oldest and after != directly_before
