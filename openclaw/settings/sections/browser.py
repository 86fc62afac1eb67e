"""``[browser]``: the browser of agents."""

from __future__ import annotations

from dataclasses import dataclass

from openclaw.settings.option import option


@dataclass(frozen=True, slots=True)
class BrowserSection:
    """``[browser]``"""

    enabled: bool = option(False, "Whether agents have a browser.", reload="process")
    executable: str = option(
        "", "The Chromium or Chrome to start.", reload="process", form="path", default_says="the one on the `PATH`"
    )
    headless: bool = option(True, "Whether it runs without a window.", reload="process")
    timeout_seconds: float = option(30.0, "How long an action may take.", reload="process", minimum=1, maximum=300)
    idle_seconds: float = option(300.0, "After that without an action it is ended.", reload="process", minimum=1)
