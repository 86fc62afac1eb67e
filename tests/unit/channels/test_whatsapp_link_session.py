"""Requests become calls of neonize's client, and its events lines. The client is a stand-in: linking needs a phone."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import Any

import pytest

from openclaw.channels.whatsapp.link_journal import LinkJournal
from openclaw.channels.whatsapp.link_requests import kind_of
from openclaw.channels.whatsapp.link_session import LinkSession
from tests.wire.whatsapp.protobufs import e2e, enum, events, exc, wire
from tests.wire.whatsapp.received import GROUP, HIDDEN, PERSON, jid, received


class StandIn:
    """What a session uses of ``neonize.client.NewClient``, with neonize's own register of events."""

    is_connected = is_logged_in = True

    def __init__(self) -> None:
        self.event = events.Event(self)
        self.calls: list[tuple[str, Any]] = []
        self.error: Exception | None = None
        self.up, self.lasts = threading.Event(), threading.Event()

    def connect(self) -> None:
        if self.error is not None:
            raise self.error
        self.up.set()
        self.lasts.wait(20)

    def emit(self, kind: type[Any], event: Any) -> None:
        self.event.list_func[events.EVENT_TO_INT[kind]](self, event)

    def get_me(self) -> wire.Device:
        return wire.Device(JID=jid("15550001111@s.whatsapp.net"), LID=jid("99887766@lid"), PushName="Our Phone")

    def send_message(self, to: Any, message: Any) -> wire.SendResponse:
        if self.error is not None:
            raise self.error
        self.calls.append((f"{to.User}@{to.Server}", message))
        return wire.SendResponse(ID="3EB0")

    def upload(self, content: bytes, media_type: enum.MediaType) -> wire.UploadResponse:
        if isinstance(self.error, exc.UploadError):
            raise self.error
        self.calls.append(("upload", (content, media_type)))
        return wire.UploadResponse(url="https://mmg.whatsapp.net/x")

    def download_any(self, message: Any) -> bytes:
        if self.error is not None:
            raise self.error
        return message.imageMessage.caption.encode()

    def build_reaction(self, chat: Any, sender: Any, message_id: str, emoji: str) -> Any:
        return ("reaction", f"{sender.User}@{sender.Server}", message_id, emoji)

    def mark_read(self, *ids: str, chat: Any, sender: Any, receipt: enum.ReceiptType) -> None:
        self.calls.append(("read", (ids, chat.User, sender.User, receipt)))

    def send_chat_presence(self, jid: Any, state: Any, media: Any) -> None:
        self.calls.append(("presence", (jid.User, state.name, media.name)))

    def send_presence(self, presence: Any) -> None:
        if self.error is not None:
            raise self.error
        self.calls.append(("presence", presence.name))

    def logout(self) -> None:
        self.calls.append(("logout", None))


class _Left(Exception):
    pass


@pytest.fixture
def client():
    return StandIn()


@pytest.fixture
def lines():
    return []


@pytest.fixture
def session(client, lines, tmp_path):
    def leave(_: int) -> None:
        raise _Left

    start = {"files": str(tmp_path), "journal": str(tmp_path / "unread"), "max_download_bytes": 10}
    made = LinkSession(client, start, lines.append, leave)
    yield made
    made._scanned()


@pytest.fixture
def running(session, client):
    """The session holds its connection, until the test is over."""

    def run() -> None:
        with suppress(_Left):
            session.run()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert client.up.wait(20)
    yield session
    client.error = None
    client.lasts.set()
    if session._over.locked():
        session._over.release()  # a second end waits for the process to end, which it does not here
    thread.join(20)
    assert not thread.is_alive()


def wanting(session, say, *, wanted=True):
    """What hears a session's lines, and wants every file or none."""

    def hear(line):
        if line["event"] == "asks":
            request = {"id": 1, "op": "fetch", "message_id": line["id"], "wanted": wanted}
            assert session.answer(request) == {"id": 1, "ok": {}}
        else:
            say(line)

    return hear


def ended(lines):
    (line,) = [each for each in lines if each["event"] == "ended"]
    return line["kind"], line["message"], line["logged_out"]


def test_a_text_leaves_and_its_id_comes_back(session, client):
    answer = session.answer({"id": 1, "op": "text", "chat": "1555@s.whatsapp.net", "text": "Hi", "quote": ""})
    assert answer == {"id": 1, "ok": {"message_id": "3EB0"}}
    assert client.calls == [("1555@s.whatsapp.net", e2e.Message(conversation="Hi"))]


def test_a_message_that_came_can_be_quoted_reacted_to_and_marked_as_read(session, client):
    client.emit(events.MessageEv, received(e2e.Message(conversation="Q?"), GROUP, HIDDEN))
    group = f"{GROUP.User}@g.us"
    session.answer({"id": 1, "op": "text", "chat": group, "text": "A!", "quote": "3A0001"})
    session.answer({"id": 2, "op": "react", "chat": group, "message_id": "3A0001", "emoji": "👍"})
    session.answer({"id": 3, "op": "typing", "chat": group, "read": "3A0001"})
    text, reaction, read, presence = client.calls
    assert text[1].extendedTextMessage.contextInfo.stanzaID == "3A0001"
    assert reaction == (group, ("reaction", "55443322@lid", "3A0001", "👍"))
    assert read == ("read", (("3A0001",), GROUP.User, HIDDEN.User, enum.ReceiptType.READ))
    assert presence == ("presence", (GROUP.User, "CHAT_PRESENCE_COMPOSING", "CHAT_PRESENCE_MEDIA_TEXT"))


def test_a_message_that_is_forgotten_is_not_quoted_and_reacted_to_only_where_two_talk(session, client):
    session.answer({"id": 1, "op": "text", "chat": "1555@s.whatsapp.net", "text": "A!", "quote": "3A9999"})
    session.answer({"id": 2, "op": "react", "chat": "1555@s.whatsapp.net", "message_id": "3A9999", "emoji": "👍"})
    assert client.calls[0][1] == e2e.Message(conversation="A!")
    assert client.calls[1][1] == ("reaction", "1555@s.whatsapp.net", "3A9999", "👍")
    refused = session.answer({"id": 3, "op": "react", "chat": "1@g.us", "message_id": "3A9999", "emoji": "👍"})
    assert refused["error"]["kind"] == "rejected"


def test_a_file_is_uploaded_from_the_folder(session, client, tmp_path):
    (tmp_path / "abc").write_bytes(b"PK")
    request = {"op": "file", "chat": "1555@s.whatsapp.net", "type": "document", "mime": "application/zip"}
    request |= {"name": "a.zip", "caption": "", "voice": False, "quote": ""}
    assert "ok" in session.answer({"id": 1, "file": "abc"} | request)
    assert client.calls[0] == ("upload", (b"PK", enum.MediaType.MediaDocument))
    assert client.calls[1][1].documentMessage.fileName == "a.zip"
    missing = session.answer({"id": 2, "file": "../abc-elsewhere"} | request)
    assert missing["error"]["kind"] == "rejected"
    client.error = exc.UploadError("server returned status 500")
    assert session.answer({"id": 3, "file": "abc"} | request)["error"]["kind"] == "unreachable"


def test_logging_out_and_what_is_not_known(session, client):
    assert session.answer({"id": 1, "op": "logout"}) == {"id": 1, "ok": {}}
    assert client.calls == [("logout", None)]
    assert session.answer({"id": 2, "op": "dance"})["error"]["kind"] == "rejected"
    assert session.answer({"id": 3, "op": "text"})["error"]["kind"] == "rejected"
    assert session.answer({})["error"]["kind"] == "rejected"


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("failed to send message node: websocket not connected", "unreachable"),
        ("the store doesn't contain a device JID", "unreachable"),
        ("failed to get device list: info query timed out", "unreachable"),
        ("timed out waiting for message send response", "unknown"),
        ("failed to get group members: you're not participating in that group", "rejected"),
        ("server returned error 479", "rejected"),
        ("info query returned status 429: rate-overlimit", "rate-limited"),
        ("something new", "unknown"),
    ],
)
def test_an_error_of_the_library_has_one_meaning(session, client, words, kind):
    client.error = exc.SendMessageError(words)
    answer = session.answer({"id": 1, "op": "text", "chat": "1555@s.whatsapp.net", "text": "Hi"})
    assert (answer["error"]["kind"], kind_of(words)) == (kind, kind)
    assert ("retry_after" in answer["error"]) == (kind == "rate-limited")


def test_codes_and_the_connection_are_told(session, client, lines):
    client.event._qr(client, b"2@abc")
    client.event._qr(client, b"2@def")
    client.emit(events.ConnectedEv, events.ConnectedEv())
    assert lines == [
        {"event": "code", "code": "2@abc", "expires_in_seconds": 60.0},
        {"event": "code", "code": "2@def", "expires_in_seconds": 20.0},
        {"event": "connected", "jid": "15550001111@s.whatsapp.net", "lid": "99887766@lid", "name": "Our Phone"},
    ]
    assert session._expiry is None
    assert client.calls == [("presence", "UNAVAILABLE")]


def test_a_name_that_whatsapp_does_not_take_does_not_end_the_connection(session, client, lines):
    client.error = exc.SendPresenceError("can't send presence without PushName set")
    client.emit(events.ConnectedEv, events.ConnectedEv())
    assert [line["event"] for line in lines] == ["connected"]


def test_messages_are_told_in_their_order_with_their_files(running, client, lines, tmp_path):
    small = e2e.ImageMessage(caption="small", mimetype="image/png", fileLength=5)
    large = e2e.ImageMessage(caption="large", mimetype="image/png", fileLength=11)
    done = threading.Event()
    running._say = wanting(running, lambda line: (lines.append(line), len(lines) == 3 and done.set()))
    for message in (e2e.Message(imageMessage=small), e2e.Message(imageMessage=large), e2e.Message(conversation="x")):
        client.emit(events.MessageEv, received(message, PERSON, PERSON))
    assert done.wait(20)
    assert [line["text"] for line in lines] == ["<media:image>\nsmall", "<media:image>\nlarge", "x"]
    assert (tmp_path / lines[0]["media"]["file"]).read_bytes() == b"small"
    assert lines[1]["media"]["file"] == ""


def test_a_file_that_is_not_wanted_is_not_fetched(running, client, lines, tmp_path):
    done = threading.Event()
    running._say = wanting(running, lambda line: (lines.append(line), done.set()), wanted=False)
    image = e2e.ImageMessage(caption="small", mimetype="image/png", fileLength=5)
    client.emit(events.MessageEv, received(e2e.Message(imageMessage=image)))
    assert done.wait(20)
    assert lines[0]["media"]["file"] == ""
    assert [path.name for path in tmp_path.iterdir()] == ["unread"]


def test_a_message_is_on_disk_before_it_is_told_of_and_so_is_where_its_file_is(running, client, lines, tmp_path):
    journal, asked, told = LinkJournal(tmp_path / "unread"), threading.Event(), threading.Event()
    found: list[dict] = []

    def say(line):
        lines.append(line)
        found.extend(journal.messages())
        (asked if line["event"] == "asks" else told).set()

    running._say = say
    image = e2e.ImageMessage(caption="small", mimetype="image/png", fileLength=5)
    client.emit(events.MessageEv, received(e2e.Message(imageMessage=image)))
    # The library's thread is through, and nobody has heard of the message yet but by the question.
    assert [message["text"] for message in journal.messages()] == ["<media:image>\nsmall"]
    assert asked.wait(20)
    running.answer({"id": 1, "op": "fetch", "message_id": "", "wanted": True})
    assert told.wait(20)
    assert [message["media"]["file"] for message in found] == ["", lines[1]["media"]["file"]]
    assert lines[1]["journal"] == found[0]["journal"]
    assert (tmp_path / lines[1]["media"]["file"]).read_bytes() == b"small"


def test_a_disk_that_takes_nothing_holds_no_message_up(running, client, lines, tmp_path):
    (tmp_path / "unread").write_text("no folder")
    told = threading.Event()
    running._say = lambda line: (lines.append(line), told.set())
    client.emit(events.MessageEv, received(e2e.Message(conversation="x")))
    assert told.wait(20)
    assert (lines[0]["text"], "journal" in lines[0]) == ("x", False)


def test_an_end_is_not_held_up_by_a_question_that_nobody_answers(running, client, lines):
    asked = threading.Event()
    running._say = lambda line: (lines.append(line), asked.set())
    image = e2e.ImageMessage(caption="small", mimetype="image/png", fileLength=5)
    client.emit(events.MessageEv, received(e2e.Message(imageMessage=image)))
    assert asked.wait(20)
    with pytest.raises(_Left):
        client.emit(events.DisconnectedEv, events.DisconnectedEv())
    assert [line["event"] for line in lines] == ["asks", "message", "ended"]


def test_a_file_that_cannot_be_fetched_leaves_its_message(running, client, lines):
    done = threading.Event()
    running._say = wanting(running, lambda line: (lines.append(line), done.set()))
    client.error = exc.DownloadError("404")
    image = e2e.ImageMessage(caption="gone", mimetype="image/png", fileLength=5)
    client.emit(events.MessageEv, received(e2e.Message(imageMessage=image)))
    assert done.wait(20)
    assert lines[0]["media"]["file"] == ""


@pytest.mark.parametrize(
    ("kind", "event", "told"),
    [
        (events.DisconnectedEv, events.DisconnectedEv(), ("unreachable", "closed the connection", False)),
        (events.StreamReplacedEv, events.StreamReplacedEv(), ("unreachable", "another program", False)),
        (events.ClientOutdatedEv, events.ClientOutdatedEv(), ("rejected", "too old", False)),
        (events.LoggedOutEv, events.LoggedOutEv(OnConnect=True, Reason=2), ("rejected", "unlinked", True)),
        (events.TemporaryBanEv, events.TemporaryBanEv(Code=1, Expire=3600), ("rejected", "3600 s", False)),
        (events.ConnectFailureEv, events.ConnectFailureEv(Reason=8, Message="x"), ("unreachable", "INTERNAL", False)),
        (events.ConnectFailureEv, events.ConnectFailureEv(Reason=4, Message="x"), ("rejected", "MAIN_DEVICE", False)),
        (events.PairStatusEv, events.PairStatusEv(Error="no"), ("rejected", "linking failed", False)),
    ],
)
def test_an_end_is_told_with_its_reason(session, client, lines, kind, event, told):
    with pytest.raises(_Left):
        client.emit(kind, event)
    said = ended(lines)
    assert (said[0], said[2]) == (told[0], told[2])
    assert told[1] in said[1]


def test_what_has_arrived_is_told_before_the_end_without_waiting_for_files(running, client, lines):
    gate, started = threading.Event(), threading.Event()

    def download(_: Any) -> bytes:
        started.set()
        assert gate.wait(20)
        return b"small"

    client.download_any = download
    running._say = wanting(running, lines.append)
    image = e2e.ImageMessage(caption="small", mimetype="image/png", fileLength=5)
    for _ in range(2):
        client.emit(events.MessageEv, received(e2e.Message(imageMessage=image)))
    client.emit(events.MessageEv, received(e2e.Message(conversation="x")))
    assert started.wait(20)
    threading.Timer(0.05, gate.set).start()
    with pytest.raises(_Left):
        client.emit(events.DisconnectedEv, events.DisconnectedEv())
    assert [line.get("text", line["event"]) for line in lines] == ["<media:image>\nsmall"] * 2 + ["x", "ended"]
    assert [bool(line["media"]["file"]) for line in lines[:2]] == [True, False]


def test_unlinking_by_request_is_answered_though_the_library_reports_its_end(session, client, lines):
    def logout() -> None:
        client.emit(events.LoggedOutEv, events.LoggedOutEv())

    client.logout = logout
    assert session.answer({"id": 1, "op": "logout"}) == {"id": 1, "ok": {}}
    assert lines == []


def test_unlinking_that_fails_leaves_the_connection_as_it_was(session, client, lines):
    def logout() -> None:
        raise exc.LogoutError("websocket not connected")

    client.logout = logout
    assert session.answer({"id": 1, "op": "logout"})["error"]["kind"] == "unreachable"
    with pytest.raises(_Left):
        client.emit(events.DisconnectedEv, events.DisconnectedEv())
    assert ended(lines)[0] == "unreachable"


def test_codes_that_nobody_scans_end_the_linking(session, client, lines):
    client.event._qr(client, b"2@abc")
    with pytest.raises(_Left):
        client.emit(events.DisconnectedEv, events.DisconnectedEv())
    assert ended(lines)[0] == "rejected"
    assert "nobody has scanned" in ended(lines)[1]


def test_a_connection_that_cannot_be_made_is_told(session, client, lines):
    client.error = exc.SendMessageError("failed to dial whatsapp web websocket")
    with pytest.raises(_Left):
        session.run()
    assert ended(lines)[:2] == ("unreachable", "failed to dial whatsapp web websocket")
