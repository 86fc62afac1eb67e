"""neonize's own protobufs as events, and our requests as its protobufs."""

from __future__ import annotations

import pytest

from openclaw.channels.whatsapp.link_compose import file_message, opus_seconds, text_message
from openclaw.channels.whatsapp.link_inbound import Me, read_message
from openclaw.channels.whatsapp.link_mapping import event_of, media_of, unwrapped
from tests.wire.whatsapp.protobufs import MessageKey, e2e, wire
from tests.wire.whatsapp.received import GROUP, HIDDEN, PERSON, jid, received


def said(**fields) -> dict:
    event = event_of(received(e2e.Message(**fields)))
    assert event is not None
    return event


def test_a_text():
    assert said(conversation="Hello") == {
        "event": "message",
        "id": "3A0001",
        "chat": "16505551234@s.whatsapp.net",
        "group": False,
        "sender": "16505551234@s.whatsapp.net",
        "sender_phone": "16505551234@s.whatsapp.net",
        "name": "Ann",
        "timestamp": 1_767_225_600,
        "kind": "message",
        "text": "Hello",
    }


def test_who_writes_by_a_hidden_id_is_known_by_the_number_beside_it():
    with_number = event_of(received(e2e.Message(conversation="x"), HIDDEN, HIDDEN, SenderAlt=PERSON))
    assert (with_number["sender"], with_number["sender_phone"]) == ("55443322@lid", "16505551234@s.whatsapp.net")
    assert event_of(received(e2e.Message(conversation="x"), HIDDEN, HIDDEN))["sender_phone"] == ""


def test_devices_are_no_part_of_who_writes():
    sender = jid("1555@s.whatsapp.net", device=12)
    assert event_of(received(e2e.Message(conversation="x"), GROUP, sender))["sender"] == "1555@s.whatsapp.net"


def test_a_reply_with_mentions():
    context = e2e.ContextInfo(
        stanzaID="3EB0",
        participant="99887766@lid",
        quotedMessage=e2e.Message(imageMessage=e2e.ImageMessage(caption="Look")),
        mentionedJID=["99887766@lid"],
    )
    event = said(extendedTextMessage=e2e.ExtendedTextMessage(text="@99887766 nice", contextInfo=context))
    assert event["text"] == "@99887766 nice"
    assert event["mentions"] == ["99887766@lid"]
    assert event["quoted"] == {"id": "3EB0", "sender": "99887766@lid", "text": "<media:image>\nLook"}


@pytest.mark.parametrize(
    ("field", "value", "kind", "text"),
    [
        ("imageMessage", e2e.ImageMessage(caption="Look"), "image", "<media:image>\nLook"),
        ("videoMessage", e2e.VideoMessage(), "video", "<media:video>"),
        ("audioMessage", e2e.AudioMessage(PTT=True), "voice", "<media:voice>"),
        ("audioMessage", e2e.AudioMessage(), "audio", "<media:audio>"),
        ("documentMessage", e2e.DocumentMessage(fileName="a.pdf", caption="Read"), "document", "<media:document>\nRead"),
        ("stickerMessage", e2e.StickerMessage(), "sticker", "<media:sticker>"),
        ("ptvMessage", e2e.VideoMessage(), "video", "<media:video>"),
    ],
)  # fmt: skip
def test_media_are_files_behind_a_placeholder(field, value, kind, text):
    value.mimetype = "audio/ogg; codecs=opus"
    value.fileLength = 77
    event = said(**{field: value})
    assert event["text"] == text
    name = "a.pdf" if field == "documentMessage" else ""
    assert event["media"] == {"kind": kind, "mime": "audio/ogg", "name": name, "size_bytes": 77, "file": ""}
    assert media_of(e2e.Message(**{field: value}))[0] == field


def test_wrappers_are_taken_off():
    inner = e2e.Message(documentMessage=e2e.DocumentMessage(caption="Read"))
    wrapped = e2e.Message(documentWithCaptionMessage=e2e.FutureProofMessage(message=inner))
    twice = e2e.Message(ephemeralMessage=e2e.FutureProofMessage(message=wrapped))
    assert event_of(received(twice))["text"] == "<media:document>\nRead"
    assert unwrapped(twice) == inner


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        (
            "locationMessage",
            e2e.LocationMessage(degreesLatitude=1.5, degreesLongitude=2.5, name="Here", address="Road 1"),
            "[Location] Here, Road 1 (1.5, 2.5)",
        ),
        (
            "liveLocationMessage",
            e2e.LiveLocationMessage(degreesLatitude=1.5, degreesLongitude=2.5),
            "[Location] (1.5, 2.5)",
        ),
        (
            "contactMessage",
            e2e.ContactMessage(displayName="Bob", vcard="BEGIN:VCARD\nTEL;type=CELL;waid=1555:+1 555\nEND:VCARD"),
            "[Contact] Bob, +1 555",
        ),
        (
            "contactsArrayMessage",
            e2e.ContactsArrayMessage(contacts=[e2e.ContactMessage(displayName="A"), e2e.ContactMessage(displayName="B")]),
            "[Contact] A\n[Contact] B",
        ),
        (
            "pollCreationMessageV3",
            e2e.PollCreationMessage(name="Tea?", options=[e2e.PollCreationMessage.Option(optionName="Yes")]),
            "[Poll] Tea?\n• Yes",
        ),
        ("buttonsResponseMessage", e2e.ButtonsResponseMessage(selectedDisplayText="Yes"), "Yes"),
        ("templateButtonReplyMessage", e2e.TemplateButtonReplyMessage(selectedDisplayText="Yes"), "Yes"),
        ("listResponseMessage", e2e.ListResponseMessage(title="Two"), "Two"),
        ("eventMessage", e2e.EventMessage(name="Party"), "[Event] Party"),
        ("groupInviteMessage", e2e.GroupInviteMessage(groupName="Ops"), "[Invitation to the group] Ops"),
    ],
)  # fmt: skip
def test_everything_else_is_read_out(field, value, text):
    assert said(**{field: value})["text"] == text


def test_a_reaction_names_whose_message_it_is_of():
    key = MessageKey(ID="3EB0", fromMe=False, remoteJID="15550001111@s.whatsapp.net")
    event = said(reactionMessage=e2e.ReactionMessage(key=key, text="👍"))
    assert (event["kind"], event["text"], event["target"]) == ("reaction", "👍", "3EB0")
    assert event["target_sender"] == "15550001111@s.whatsapp.net"
    key.participant = "99887766@lid"
    assert said(reactionMessage=e2e.ReactionMessage(key=key))["target_sender"] == "99887766@lid"
    key.fromMe = True
    assert said(reactionMessage=e2e.ReactionMessage(key=key))["target_sender"] == ""


def test_edits_and_deletions():
    key = MessageKey(ID="3A0000", fromMe=True)
    gone = said(protocolMessage=e2e.ProtocolMessage(key=key, type=e2e.ProtocolMessage.REVOKE))
    assert (gone["kind"], gone["target"], gone["text"]) == ("delete", "3A0000", "")
    new = e2e.Message(conversation="Hello again")
    protocol = e2e.ProtocolMessage(key=key, type=e2e.ProtocolMessage.MESSAGE_EDIT, editedMessage=new)
    wrapped = e2e.FutureProofMessage(message=e2e.Message(protocolMessage=protocol))
    for fields in ({"protocolMessage": protocol}, {"editedMessage": wrapped}):
        edit = said(**fields)
        assert (edit["kind"], edit["target"], edit["text"]) == ("edit", "3A0000", "Hello again")


@pytest.mark.parametrize(
    "message",
    [
        received(e2e.Message(conversation="ours"), IsFromMe=True),
        received(e2e.Message(conversation="status"), jid("status@broadcast")),
        received(e2e.Message(conversation="news"), jid("1203@newsletter")),
        received(e2e.Message()),
        received(e2e.Message(protocolMessage=e2e.ProtocolMessage(type=e2e.ProtocolMessage.EPHEMERAL_SETTING))),
        received(e2e.Message(protocolMessage=e2e.ProtocolMessage())),
        received(e2e.Message(senderKeyDistributionMessage=e2e.SenderKeyDistributionMessage(groupID="x"))),
    ],
)
def test_there_is_nothing_to_tell(message):
    assert event_of(message) is None


def test_what_is_told_can_be_read():
    event = event_of(received(e2e.Message(conversation="Hello"), GROUP, HIDDEN, SenderAlt=PERSON, IsGroup=True))
    envelope = read_message(event, "phone", Me("1555@s.whatsapp.net"))
    assert (envelope.peer.id, envelope.sender.id, envelope.text) == (f"{GROUP.User}@g.us", PERSON.User, "Hello")


def test_a_text_that_quotes_carries_what_it_quotes():
    original = received(e2e.Message(conversation="Q?"), GROUP, HIDDEN)
    context = text_message("A!", original).extendedTextMessage.contextInfo
    assert (context.stanzaID, context.participant) == ("3A0001", "55443322@lid")
    assert context.quotedMessage.conversation == "Q?"
    assert text_message("A!") == e2e.Message(conversation="A!")


@pytest.mark.parametrize(
    ("kind", "field"),
    [("image", "imageMessage"), ("video", "videoMessage"), ("audio", "audioMessage"), ("document", "documentMessage")],
)
def test_a_file_leaves_as_what_it_is(kind, field):
    uploaded = wire.UploadResponse(
        url="https://mmg.whatsapp.net/x", DirectPath="/x", MediaKey=b"k", FileEncSHA256=b"e", FileSHA256=b"f",
        FileLength=2, Handle="",
    )  # fmt: skip
    fields = {"type": kind, "mime": "application/x", "name": "a.x", "caption": "Look"}
    message = file_message(fields, b"PK", uploaded, received(e2e.Message(conversation="Q?")))
    value = getattr(message, field)
    assert (value.URL, value.directPath, value.mediaKey, value.fileLength) == (
        "https://mmg.whatsapp.net/x",
        "/x",
        b"k",
        2,
    )
    assert (value.fileEncSHA256, value.fileSHA256, value.mimetype) == (b"e", b"f", "application/x")
    assert value.contextInfo.stanzaID == "3A0001"
    assert getattr(value, "caption", "Look") == "Look"
    assert [each.name for each, _ in message.ListFields()] == [field]
    if kind == "document":
        assert value.fileName == "a.x"


def test_a_voice_note_says_how_long_it_is():
    page = b"OggS\x00\x04" + (48_000 * 7 + 1).to_bytes(8, "little") + b"\x00" * 13
    fields = {"type": "audio", "mime": "audio/ogg", "name": "a.ogg", "voice": True}
    voice = file_message(fields, b"OggS" + b"\x00" * 23 + page, wire.UploadResponse()).audioMessage
    assert (voice.PTT, voice.seconds, voice.mimetype) == (True, 7, "audio/ogg; codecs=opus")
    assert opus_seconds(b"not Ogg") == 0
    assert opus_seconds(b"OggS\x00\x04" + b"\xff" * 8) == 24 * 3600
