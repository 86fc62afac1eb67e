"""``openclaw models``"""

from __future__ import annotations

import click

from openclaw.cli.lazy_group import Entry, LazyGroup

_AUTH, _VENDORS = f"{__name__}.auth", f"{__name__}.vendors"

ENTRIES = {
    "auth": Entry(_AUTH, "Credentials with the vendors, beside those of the configuration.", "auth"),
    "available": Entry(_VENDORS, "Ask configured vendors which models they have.", "available"),
    "clear": Entry(_VENDORS, "Forget that models failed: they are asked again at once.", "clear"),
    "list": Entry(_VENDORS, "List the models.", "list_models"),
    "probe": Entry(_VENDORS, "Ask a vendor for a word.", "probe"),
    "pull": Entry(_VENDORS, "Have a server of your own fetch a model.", "pull"),
    "status": Entry(_VENDORS, "The vendors, their keys, and which models are left alone.", "status"),
}


@click.group("models", cls=LazyGroup, entries=ENTRIES)
def command() -> None:
    """The models, their vendors and the credentials with them."""
