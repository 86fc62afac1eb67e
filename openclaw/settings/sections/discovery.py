"""``[discovery]``: whether the gateway is announced on the local network."""

from __future__ import annotations

from dataclasses import dataclass

from openclaw.settings.option import option

MDNS_MODES = ("off", "minimal", "full")


@dataclass(frozen=True, slots=True)
class Discovery:
    """``[discovery]``"""

    mdns: str = option(
        "minimal",
        "Announcement by mDNS. A gateway that listens on loopback only is never announced. `full` adds where the "
        "`openclaw` command lies and the port of SSH.",
        reload="part",
        one_of=MDNS_MODES,
    )
    display_name: str = option("", "The name that is announced.", reload="part", default_says="the host's name")
