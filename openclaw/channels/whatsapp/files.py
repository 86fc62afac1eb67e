"""As what a file is sent.

After https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/media: these MIME
types are all that Meta takes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from openclaw.channels.whatsapp.limits import (
    MAX_AUDIO_BYTES,
    MAX_DOCUMENT_BYTES,
    MAX_IMAGE_BYTES,
    MAX_VIDEO_BYTES,
)
from openclaw.errors import ChannelRejected
from openclaw.ports.channel import OutboundFile

MediaType = Literal["image", "audio", "video", "document"]

_IMAGES = frozenset({"image/jpeg", "image/png"})
_SOUNDS = frozenset({"audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"})
_VIDEOS = frozenset({"video/mp4", "video/3gpp"})
_DOCUMENTS = frozenset(
    {
        "application/pdf",
        "application/msword",
        "application/vnd.ms-excel",
        "application/vnd.ms-powerpoint",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "text/plain",
    }
)
#: Text under another name: it goes as plain text and keeps its file name.
_TEXTS = frozenset({"application/json", "application/xml", "application/yaml", "application/x-yaml"})
_VOICE = "audio/ogg"


@dataclass(frozen=True, slots=True)
class Kind:
    """How Meta is told what a file is."""

    type: MediaType
    mime: str
    max_bytes: int
    #: Whether words may stand below it.
    captions: bool = True
    voice: bool = False


def kind_of(file: OutboundFile) -> Kind:
    """As what the file leaves. Raises ChannelRejected for one that Meta does not take."""
    mime = file.mime.partition(";")[0].strip().lower()
    kind = _kind(mime, voice=file.voice_note)
    if kind is None:
        raise ChannelRejected(f"whatsapp: files of the type {mime} cannot be sent; {file.name!r} was not")
    if len(file.content) > kind.max_bytes:
        megabytes = kind.max_bytes // 1024**2
        raise ChannelRejected(
            f"whatsapp: {file.name!r} is larger than the {megabytes} MB that WhatsApp takes for {kind.type} files"
        )
    return kind


def _kind(mime: str, *, voice: bool) -> Kind | None:
    if mime in _IMAGES:
        return Kind("image", mime, MAX_IMAGE_BYTES)
    if mime in _SOUNDS:
        return Kind("audio", mime, MAX_AUDIO_BYTES, captions=False, voice=voice and mime == _VOICE)
    if mime in _VIDEOS:
        return Kind("video", mime, MAX_VIDEO_BYTES)
    if mime in _DOCUMENTS:
        return Kind("document", mime, MAX_DOCUMENT_BYTES)
    if mime in _TEXTS or mime.startswith("text/"):
        return Kind("document", "text/plain", MAX_DOCUMENT_BYTES)
    return None
