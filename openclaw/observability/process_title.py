"""What ``ps`` shows."""

from __future__ import annotations


def set_title(title: str) -> None:
    """Name this process, where the library for it is there."""
    try:
        from setproctitle import setproctitle
    except ImportError:  # an extra of some platforms: the title is a nicety
        return
    setproctitle(title)
