"""Messages that WhatsApp has delivered and that are not stored yet: on disk, before anybody is told of them.

The link process writes them, before it lets go of what the library gave it; the account removes them.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from openclaw.channel_kit.journal import Journal
from openclaw.channels.whatsapp.link_protocol import fields_of

_log = logging.getLogger(__name__)

#: The field of a message that says under which name it is kept.
NAME = "journal"


class LinkJournal:
    """The folder ``unread`` of an account."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._journal = Journal(folder)

    def keep(self, message: dict[str, Any]) -> None:
        """Have a message on disk as it is now. It remembers its name; where the disk takes nothing, it has none."""
        kept = json.dumps(message)
        try:
            if name := _name_of(message):
                self._journal.replace(name, kept)
            else:
                message[NAME] = self._journal.add(kept)
        except OSError as error:
            _log.warning("whatsapp: a message is not kept on disk while it waits: %s", error)

    def has(self, message: Mapping[str, Any]) -> bool:
        """Whether it was kept."""
        return bool(_name_of(message))

    def forget(self, message: Mapping[str, Any]) -> None:
        """It is stored."""
        if name := _name_of(message):
            self._journal.remove(name)

    def messages(self) -> list[dict[str, Any]]:
        """What is there, oldest first."""
        return [message | {NAME: name} for name, line in self._journal.entries() if (message := fields_of(line))]


def _name_of(message: Mapping[str, Any]) -> str:
    name = message.get(NAME)
    return name if isinstance(name, str) else ""
