"""What a linked number sends, as whatsmeow's protobufs. Runs in the link process only.

neonize's own builders look into files with ffmpeg and libmagic, and fetch what looks like an address; these do neither.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openclaw.channels.whatsapp.link_mapping import jid_text

if TYPE_CHECKING:
    from neonize.proto.Neonize_pb2 import JID, UploadResponse
    from neonize.proto.Neonize_pb2 import Message as Received
    from neonize.proto.waE2E.WAWebProtobufsE2E_pb2 import ContextInfo, Message

#: What Opus counts samples by, and where a page of Ogg has its count (RFC 7845 and 3533).
_OPUS_RATE, _GRANULE = 48_000, slice(6, 14)


def text_message(text: str, quoted: Received | None = None) -> Message:
    """A text, quoting a message."""
    from neonize.proto.waE2E.WAWebProtobufsE2E_pb2 import ExtendedTextMessage, Message

    if quoted is None:
        return Message(conversation=text)
    return Message(extendedTextMessage=ExtendedTextMessage(text=text, contextInfo=_quoting(quoted)))


def file_message(
    fields: dict[str, Any], content: bytes, uploaded: UploadResponse, quoted: Received | None = None
) -> Message:
    """A file that was uploaded; ``fields`` are those of the request ``file``."""
    from neonize.proto.waE2E import WAWebProtobufsE2E_pb2 as e2e

    facts: dict[str, Any] = {
        "URL": uploaded.url,
        "directPath": uploaded.DirectPath,
        "fileEncSHA256": uploaded.FileEncSHA256,
        "fileSHA256": uploaded.FileSHA256,
        "fileLength": uploaded.FileLength,
        "mediaKey": uploaded.MediaKey,
        "mimetype": fields["mime"],
    }
    if quoted is not None:
        facts["contextInfo"] = _quoting(quoted)
    caption = {"caption": fields["caption"]} if fields.get("caption") else {}
    match fields["type"]:
        case "image":
            return e2e.Message(imageMessage=e2e.ImageMessage(**facts, **caption))
        case "video":
            return e2e.Message(videoMessage=e2e.VideoMessage(**facts, **caption))
        case "audio":
            if fields.get("voice"):
                facts |= {"PTT": True, "seconds": opus_seconds(content), "mimetype": "audio/ogg; codecs=opus"}
            return e2e.Message(audioMessage=e2e.AudioMessage(**facts))
    name = {"fileName": fields["name"], "title": fields["name"]}
    return e2e.Message(documentMessage=e2e.DocumentMessage(**facts, **caption, **name))


def jid_of(text: str) -> JID:
    """A JID from its text."""
    from neonize.proto.Neonize_pb2 import JID

    user, _, server = text.partition("@")
    return JID(User=user, Server=server, Device=0, RawAgent=0, Integrator=0, IsEmpty=False)


def opus_seconds(content: bytes) -> int:
    """How long a voice note is, by the last page of its Ogg stream; 0 for anything else."""
    start = content.rfind(b"OggS")
    if start < 0:
        return 0
    samples = int.from_bytes(content[start:][_GRANULE], "little")
    return min(samples // _OPUS_RATE, 24 * 3600)


def _quoting(quoted: Received) -> ContextInfo:
    from neonize.proto.waE2E.WAWebProtobufsE2E_pb2 import ContextInfo

    return ContextInfo(
        stanzaID=quoted.Info.ID,
        participant=jid_text(quoted.Info.MessageSource.Sender),
        quotedMessage=quoted.Message,
    )
