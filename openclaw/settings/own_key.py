"""Keys of vendors that stand in the environment."""

from __future__ import annotations

from openclaw.ports.secrets import Secret


def own_key(given: Secret | None, base_url: str, own_url: str, found: str | None) -> Secret | None:
    """The key of a section, else the one that was found in the environment.

    A vendor's key goes to the vendor's own address only: another ``base_url`` must bring its own.
    """
    return Secret(found) if given is None and base_url == own_url and found else given
