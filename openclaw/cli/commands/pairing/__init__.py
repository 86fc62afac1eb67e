"""``openclaw pairing``: who may write to the accounts of channels."""

from __future__ import annotations

import click

from openclaw.cli.lazy_group import Entry, LazyGroup

_DESK, _KNOWN = (f"{__name__}.{part}" for part in ("requests", "known"))

ENTRIES = {
    "allowed": Entry(_KNOWN, "Who was let in, and who was refused.", "allowed"),
    "approve": Entry(_DESK, "Let a stranger in.", "approve"),
    "dismiss": Entry(_DESK, "Forget a request; its sender may ask again.", "dismiss"),
    "list": Entry(_DESK, "Strangers who wait.", "list_requests"),
    "reject": Entry(_DESK, "Refuse a stranger for good.", "reject"),
    "revoke": Entry(_KNOWN, "Take back what was decided over a sender.", "revoke"),
}


@click.group("pairing", cls=LazyGroup, entries=ENTRIES)
def command() -> None:
    """Strangers on channels: who waits, who was let in, who was refused.

    A CODE is what the stranger was told; the id of his request is as good.
    """
