"""One connection of a linked number: neonize's events as lines.

Runs in the link process only. The library calls back on a thread of its own, which must not wait; while codes are shown
it tells of nothing else.
"""

from __future__ import annotations

import logging
import os
import queue
import threading
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from openclaw.channels.whatsapp.link_journal import LinkJournal
from openclaw.channels.whatsapp.link_mapping import event_of, jid_text, media_of, unwrapped
from openclaw.channels.whatsapp.link_protocol import ErrorKind
from openclaw.channels.whatsapp.link_requests import LinkRequests

if TYPE_CHECKING:
    from neonize.client import NewClient
    from neonize.proto.Neonize_pb2 import Message as Received

#: How long a code is good: WhatsApp Web shows the first for a minute and five more for 20 seconds each.
_FIRST_CODE_SECONDS, _CODE_SECONDS = 60.0, 20.0
#: After this long without another code there is none any more. Seconds.
_LAST_CODE_SECONDS = 70.0
#: How long messages that have arrived are told of at the end. Seconds.
_DRAIN_SECONDS = 2.0
#: How often an idle connection is said to stand. Seconds.
_ALIVE_SECONDS = 30.0
#: Of ``ConnectFailureReason``: what passes by itself.
_PASSING = frozenset({"GENERIC", "INTERNAL_SERVER_ERROR", "EXPERIMENTAL", "SERVICE_UNAVAILABLE"})

_log = logging.getLogger(__name__)


class LinkSession:
    """One linked number. ``say`` writes a line; ``leave`` ends the process."""

    def __init__(
        self,
        client: NewClient,
        start: dict[str, Any],
        say: Callable[[dict[str, Any]], None],
        leave: Callable[[int], object] = os._exit,
    ) -> None:
        self._client = client
        self._leave = leave
        self._say = say
        self._files = Path(start["files"])
        self._journal = LinkJournal(Path(start["journal"]))
        self._max_download = int(start.get("max_download_bytes", 0))
        self._requests = LinkRequests(client, self._files, self._unlink)
        self._expiry: threading.Timer | None = None
        self._over = threading.Lock()
        self._stopped = threading.Event()
        self._up = self._unlinking = False
        self._teller = threading.Thread(target=self._tell, daemon=True)
        self._arrived: queue.SimpleQueue[tuple[dict[str, Any], Received] | None] = queue.SimpleQueue()
        self._wanted: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self._listen()

    def run(self) -> None:
        """Hold the connection until it ends, and say why. Returns only when the number was unlinked by a request."""
        from neonize.exc import NeonizeError

        self._teller.start()
        threading.Thread(target=self._watch, daemon=True).start()
        try:
            self._client.connect()
            reason = "the connection has ended"
        except NeonizeError as error:
            reason = str(error)
        self.end("unreachable", reason)

    def drain(self, seconds: float) -> None:
        """Tell of the messages that have arrived: WhatsApp does not send them again. Files are not waited for."""
        self._stopped.set()
        self._arrived.put(None)
        self._wanted.put(False)
        if self._teller.is_alive():
            self._teller.join(seconds)

    def end(self, kind: ErrorKind, message: str, *, logged_out: bool = False) -> None:
        """Say why the connection is over, and exit: nothing of the library outlives it."""
        if self._unlinking:
            return  # whoever asked for it ends the process
        self._over.acquire()  # only the first reason counts
        try:
            self.drain(_DRAIN_SECONDS)
            self._say({"event": "ended", "kind": kind, "message": message, "logged_out": logged_out})
        finally:
            self._leave(0)

    # --- events -----------------------------------------------------------------------------------------------

    def _listen(self) -> None:
        from neonize import events

        on = self._client.event
        on.qr(lambda _, code: self._show(code.decode()))
        on(events.ConnectedEv)(lambda *_: self._connected())
        on(events.MessageEv)(lambda _, received: self._received(received))
        on(events.KeepAliveRestoredEv)(lambda *_: self._say({"event": "alive"}))
        on(events.ReceiptEv)(lambda *_: self._say({"event": "alive"}))
        on(events.DisconnectedEv)(lambda *_: self._disconnected())
        on(events.StreamReplacedEv)(lambda *_: self.end("unreachable", "another program uses this link"))
        on(events.ClientOutdatedEv)(lambda *_: self.end("rejected", "neonize is too old for WhatsApp: update it"))
        on(events.LoggedOutEv)(
            lambda *_: self.end("rejected", "the phone has unlinked this device: link it anew", logged_out=True)
        )
        on(events.PairStatusEv)(lambda _, status: self._paired(status))
        on(events.TemporaryBanEv)(
            lambda _, ban: self.end("rejected", f"the number is banned for {ban.Expire} s (reason {ban.Code})")
        )
        on(events.ConnectFailureEv)(lambda _, failure: self._failed(failure))

    def _show(self, code: str) -> None:
        """Nobody is asked for ever: after the last code the operator has to start anew."""
        seconds = _FIRST_CODE_SECONDS if self._expiry is None else _CODE_SECONDS
        self._say({"event": "code", "code": code, "expires_in_seconds": seconds})
        if self._expiry is not None:
            self._expiry.cancel()
        self._expiry = threading.Timer(_LAST_CODE_SECONDS, self._not_scanned)
        self._expiry.daemon = True
        self._expiry.start()

    def _not_scanned(self) -> None:
        self.end("rejected", "nobody has scanned the code: start the account to try again")

    def _paired(self, status: Any) -> None:
        if status.Error:
            self.end("rejected", f"linking failed: {status.Error}")
        self._scanned()

    def _scanned(self) -> None:
        if self._expiry is not None:
            self._expiry.cancel()
            self._expiry = None

    def _disconnected(self) -> None:
        if self._expiry is not None:
            self._not_scanned()
        self.end("unreachable", "WhatsApp has closed the connection")

    def _failed(self, failure: Any) -> None:
        from neonize.proto.Neonize_pb2 import ConnectFailureReason

        reason = ConnectFailureReason.Name(failure.Reason)
        words = f"WhatsApp refuses the connection: {failure.Message} ({reason})"
        self.end("unreachable" if reason in _PASSING else "rejected", words)

    def _connected(self) -> None:
        from neonize.exc import NeonizeError
        from neonize.utils.enum import Presence

        self._scanned()
        # Not what neonize keeps of us: that is from before the linking, when we had no name yet.
        me = self._client.get_me()
        self._say({"event": "connected", "jid": jid_text(me.JID), "lid": jid_text(me.LID), "name": me.PushName})
        try:
            # WhatsApp learns our name by it; as long as we are not "available", the phone goes on showing messages.
            self._client.send_presence(Presence.UNAVAILABLE)
        except NeonizeError as error:
            _log.warning("our name cannot be told: %s", error)
        self._up = True

    def _received(self, received: Received) -> None:
        event = event_of(received)
        if event is None:
            return
        # Before the library's thread goes on, and with it the acknowledgement.
        self._journal.keep(event)
        self._requests.remember(received)
        self._arrived.put((event, received))

    def _tell(self) -> None:
        """Tell of messages in their order, off the library's thread: fetching a file takes its time."""
        while (arrived := self._arrived.get()) is not None:
            event, received = arrived
            if "media" in event and self._may_fetch(event, received) and self._fetch(received, event["media"]):
                self._journal.keep(event)
            self._say(event)

    def _may_fetch(self, event: dict[str, Any], received: Received) -> bool:
        """Whether the account wants the file: strangers' files cost nothing."""
        too_large = event["media"]["size_bytes"] > self._max_download
        if self._stopped.is_set() or media_of(unwrapped(received.Message)) is None or too_large:
            return False
        self._say(event | {"event": "asks"})
        return self._wanted.get() and not self._stopped.is_set()

    def _fetch(self, received: Received, media: dict[str, Any]) -> bool:
        """Whether its file is in the folder now."""
        from neonize.exc import DownloadError

        message = unwrapped(received.Message)
        try:
            content = self._client.download_any(message)
        except DownloadError as error:
            _log.warning("a file cannot be fetched: %s", error)
            return False
        name = uuid.uuid4().hex
        (self._files / name).write_bytes(content)
        media["file"] = name
        return True

    def _watch(self) -> None:
        """Say from time to time that the connection stands, also while nobody writes."""
        while not self._stopped.wait(_ALIVE_SECONDS):
            # The library knows nothing of a client that has not been connected yet, and would crash.
            if self._up and self._client.is_connected and self._client.is_logged_in:
                self._say({"event": "alive"})

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """What a request leads to, as a line."""
        if request.get("op") == "fetch":
            self._wanted.put(request.get("wanted") is True)
            return {"id": request.get("id"), "ok": {}}
        return self._requests.answer(request)

    def _unlink(self) -> None:
        from neonize.exc import NeonizeError

        self._unlinking = True
        try:
            self._client.logout()
        except NeonizeError:
            self._unlinking = False
            raise
