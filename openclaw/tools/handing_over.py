"""What a tool has made, on its way to whoever reads the conversation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from openclaw.domain.envelope import MediaRef
from openclaw.errors import ToolError
from openclaw.ports.post_office import PostOffice
from openclaw.ports.store import OutboxFile
from openclaw.ports.tool import ToolContext

#: Keeps a file: its content, MIME type and name.
Keep = Callable[[bytes, str, str], MediaRef]


@dataclass(frozen=True, slots=True)
class Counter:
    """Keeps files and hands them over, under the fence of the run and by the name of the call: once."""

    office: PostOffice
    keep: Keep

    def hand_over(self, content: bytes, mime: str, name: str, context: ToolContext, *, voice_note: bool = False) -> str:
        """What the model is told of it. Raises ToolError outside a turn."""
        if context.run is None:
            raise ToolError("Files can only be made by a turn.")
        ref = self.keep(content, mime, name)
        if not self.office.takes_files(context.route.channel):
            return f"It is kept as /media/{ref.id} ({mime}, {len(content)} bytes); this conversation takes no files."
        file = OutboxFile(ref.id, mime, name, voice_note)
        self.office.post_file(context.run, context.route, file, f"tool:{context.wait_id}")
        return f"It is on its way to this conversation ({mime}, {len(content)} bytes). Do not send it again."
