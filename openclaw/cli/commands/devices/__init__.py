"""``openclaw devices``: who may connect from other machines."""

from __future__ import annotations

import click

from openclaw.cli.lazy_group import Entry, LazyGroup

_PAIRING, _TOKENS, _SETUP = (f"{__name__}.{part}" for part in ("pairing", "tokens", "setup_codes"))

ENTRIES = {
    "approve": Entry(_PAIRING, "Let a device in that waits.", "approve"),
    "join": Entry(_SETUP, "Pair this machine with a setup code.", "join"),
    "list": Entry(_PAIRING, "What waits for approval, and what is paired.", "list_devices"),
    "reject": Entry(_PAIRING, "Turn a device down that waits.", "reject"),
    "remove": Entry(_PAIRING, "Forget a device.", "remove"),
    "rename": Entry(_PAIRING, "Give a device a name of yours.", "rename"),
    "revoke": Entry(_TOKENS, "Make a device's tokens void.", "revoke"),
    "rotate": Entry(_TOKENS, "Give a device a new token.", "rotate"),
    "setup-code": Entry(_SETUP, "Make a code that lets one new device in.", "setup_code"),
}


@click.group("devices", cls=LazyGroup, entries=ENTRIES)
def command() -> None:
    """Who may connect from other machines: requests, paired devices, their tokens.

    A DEVICE is named by its id, the beginning of it, or its name.
    """
