"""``image_generate``: a picture that is made from words, for whoever reads the conversation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from openclaw.domain.run import ReplayPolicy, RiskClass
from openclaw.errors import ToolError
from openclaw.plugins.registry import Registry
from openclaw.ports.provider import ToolSpec
from openclaw.ports.tool import ToolContext, ToolOutcome
from openclaw.tools.arguments import check_arguments
from openclaw.tools.handing_over import Counter

#: The largest picture that is taken of a vendor. Bytes.
PICTURE_BYTES = 20 * 1024 * 1024

_SPEC = ToolSpec(
    name="image_generate",
    description="Make a picture from a description: it reaches this conversation by itself.",
    parameters={
        "type": "object",
        "properties": {
            "prompt": {"type": "string", "minLength": 1, "maxLength": 4_000},
            "size": {"type": "string", "pattern": "^[0-9]{2,4}x[0-9]{2,4}$", "description": "Such as 1024x1024."},
        },
        "required": ["prompt"],
        "additionalProperties": False,
    },
)

#: Makes a picture from a description and a size, which may be empty: its content, MIME type and the ending of its
#: name. Raises ProviderError or ConfigError.
Paint = Callable[[str, str], tuple[bytes, str, str]]


class ImageGenerateTool:
    """Has a vendor make pictures."""

    spec = _SPEC
    #: The call's name is the picture's: making it again sends nothing.
    replay = ReplayPolicy.SAFE
    risk = RiskClass.NETWORK

    def __init__(self, paint: Paint, counter: Counter) -> None:
        self._paint = paint
        self._counter = counter

    def run(self, arguments: dict[str, Any], context: ToolContext) -> ToolOutcome:
        """Have it made, and hand it over."""
        check_arguments(self.spec, arguments)
        context.cancel.raise_if_cancelled()
        content, mime, extension = self._paint(str(arguments["prompt"]), str(arguments.get("size") or ""))
        if not mime.startswith("image/"):
            raise ToolError(f"The vendor sent no picture but {mime}.")
        if len(content) > PICTURE_BYTES:
            raise ToolError(f"The picture is larger than {PICTURE_BYTES} bytes.")
        return ToolOutcome(self._counter.hand_over(content, mime, f"picture.{extension}", context))


def register_image_generate_tool(registry: Registry, paint: Paint, counter: Counter) -> None:
    """Add the tool; it takes who paints, and what brings the picture out."""
    registry.add_tool(ImageGenerateTool(paint, counter), source=__name__)
