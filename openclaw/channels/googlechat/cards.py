"""Buttons as a card: what one says travels in the parameters of its action."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from openclaw.channels.googlechat.config import GoogleChatConfig
from openclaw.channels.googlechat.limits import MAX_SAYS_BYTES

CARD_ID = "openclaw"
#: The parameter that holds what a button says.
SAYS = "says"


def button_card(buttons: Sequence[tuple[str, str]], config: GoogleChatConfig) -> dict[str, Any] | None:
    """The card of these buttons, each with a label and what it says; ``None`` when none can be shown."""
    # Add-ons are called at the address that stands as the function, other apps at their own whatever stands there.
    function = config.audience if config.audience_type == "app-url" else CARD_ID
    shown = [
        {"text": label, "onClick": {"action": {"function": function, "parameters": [{"key": SAYS, "value": says}]}}}
        for label, says in buttons
        if len(says.encode()) <= MAX_SAYS_BYTES
    ]
    if not shown:
        return None
    return {"cardId": CARD_ID, "card": {"sections": [{"widgets": [{"buttonList": {"buttons": shown}}]}]}}
