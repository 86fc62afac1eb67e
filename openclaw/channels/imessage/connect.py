"""A Mac's connection: imsg runs, its messages are stored, and how far they were read; it goes when the tenure is over.

The database's row numbers are the cursor. It moves only past what is stored, so that after any end imsg tells again of
what was not, and intake knows what was.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections import deque
from typing import Any

from openclaw.channel_kit.shapes import Malformed, obj, text
from openclaw.channels.imessage.child import ImsgChild, missing
from openclaw.channels.imessage.config import IMessageConfig
from openclaw.channels.imessage.files import MacFiles
from openclaw.channels.imessage.inbound import attachments_of, cursor_of, read_message
from openclaw.channels.imessage.limits import ASK_SECONDS, PING_SECONDS, STORE_AGAIN_SECONDS
from openclaw.channels.imessage.refusals import ImsgTooOld
from openclaw.channels.imessage.tapbacks import Bridge, bridge_of
from openclaw.domain.envelope import InboundEnvelope, MediaRef
from openclaw.errors import ChannelError, ChannelOutcomeUnknown, ChannelRejected, ChannelUnreachable, Unavailable
from openclaw.ports.channel_connection import Inbox, Tenure

_log = logging.getLogger(__name__)

#: A shell's status when there is no such program.
_NO_SUCH_PROGRAM = 127
#: How many of our own messages are remembered, to know reactions and replies to them.
_OURS = 2_000


class MacConnection:
    """At most one at a time. Thread-safe but for ``hold``, which one thread calls."""

    def __init__(self, account_id: str, config: IMessageConfig, files: MacFiles) -> None:
        self._account_id = account_id
        self._config = config
        self._files = files
        self._lock = threading.Lock()
        self._child: ImsgChild | None = None
        self._bridge = Bridge()
        self._name = ""
        self._ours: deque[str] = deque(maxlen=_OURS)

    @property
    def name(self) -> str:
        """Which imsg it is, and where; empty before it was connected."""
        return self._name

    @property
    def bridge(self) -> Bridge:
        """What imsg can do inside of Messages."""
        return self._bridge

    def connected(self) -> ImsgChild:
        """The process, while it is connected. Raises ChannelUnreachable."""
        with self._lock:
            if self._child is None:
                raise ChannelUnreachable("imessage: imsg is not connected")
            return self._child

    def remember(self, guid: str) -> None:
        """This message is ours."""
        self._ours.append(guid)

    def interrupt(self) -> None:
        """Let ``hold`` return, if it runs. Does not block."""
        with self._lock:
            if self._child is not None:
                self._child.interrupt()

    def hold(self, inbox: Inbox, tenure: Tenure) -> None:
        """Run imsg until the tenure is over. Raises a ChannelError class."""
        self._files.prepare()
        child = ImsgChild(self._config.command)
        try:
            with child:
                tenure.on_over(child.interrupt)
                try:
                    self._begin(child, inbox)
                    self._follow(child, inbox, tenure)
                except (ChannelOutcomeUnknown, ChannelUnreachable) as error:
                    raise self._failed(child, error) from error
                if not tenure.over:
                    raise self._ended(child)
        except ChannelError:
            if not tenure.over:
                raise
        finally:
            with self._lock:
                self._child = None

    def _begin(self, child: ImsgChild, inbox: Inbox) -> None:
        self._ask(child)
        cursor = inbox.cursor()
        wanted: dict[str, Any] = {"attachments": True, "include_reactions": True}
        if cursor:
            wanted["since_rowid"] = int(cursor)
        child.request("watch.subscribe", wanted, ASK_SECONDS)
        with self._lock:
            self._child = child
        inbox.alive(self._name)

    def _ask(self, child: ImsgChild) -> None:
        """Ask how imsg is. An old one that does not say is asked for a chat."""
        try:
            status = child.request("status", {}, ASK_SECONDS)
        except ImsgTooOld:
            child.request("chats.list", {"limit": 1}, ASK_SECONDS)
            status = {}
        try:
            self._bridge = bridge_of(status)
            self._name = f"imsg {text(status, 'version')}".rstrip() + f" on {self._config.ssh_host or 'this host'}"
        except Malformed as error:
            raise ChannelUnreachable(f"imessage: imsg cannot be understood: {error}") from None

    def _follow(self, child: ImsgChild, inbox: Inbox, tenure: Tenure) -> None:
        while True:
            try:
                notice = child.next_notice(PING_SECONDS)
            except queue.Empty:
                self._ask(child)
                inbox.alive(self._name)
                continue
            if notice is None or tenure.over:
                return
            inbox.alive(self._name)
            if notice.get("method") == "message":
                if not self._store(notice, inbox, tenure):
                    return
            elif notice.get("method") in ("watch.overflow", "error"):
                # What was not told is told from the cursor on.
                raise ChannelUnreachable(f"imessage: imsg has ended the watch ({notice['method']})")

    def _store(self, notice: dict[str, Any], inbox: Inbox, tenure: Tenure) -> bool:
        """Store one message, however long the store is away; ``False`` when the tenure is over before."""
        try:
            message = obj(obj(notice, "params"), "message")
            cursor = cursor_of(message)
        except Malformed as error:
            self._left_out(error)
            return True
        while True:
            try:
                inbox.accept(*self._read(message, inbox, tenure), cursor=cursor)
            except Unavailable as error:
                _log.warning("imessage account %s: a message waits for the store: %s", self._account_id, error)
                if tenure.wait(STORE_AGAIN_SECONDS):
                    return False
            else:
                return True

    def _read(self, message: dict[str, Any], inbox: Inbox, tenure: Tenure) -> tuple[InboundEnvelope, ...]:
        """What a message gives, which may be nothing. What cannot be read would be no better the next time."""
        try:
            if message.get("is_from_me") is True:
                self.remember(text(message, "guid"))
            # First without its files: a message that gives nothing, cannot be read, or is a stranger's keeps none.
            envelope = read_message(message, self._account_id, self._ours)
            brings_files = envelope is not None and envelope.event == "message" and attachments_of(message)
            if envelope is not None and brings_files and inbox.admits(envelope):
                media = self._media(message, inbox, tenure)
                envelope = read_message(message, self._account_id, self._ours, media)
        except Malformed as error:
            self._left_out(error)
            return ()
        return () if envelope is None else (envelope,)

    def _left_out(self, error: Malformed) -> None:
        _log.warning("imessage account %s: a message is left out: %s", self._account_id, error)

    def _media(self, message: dict[str, Any], inbox: Inbox, tenure: Tenure) -> tuple[MediaRef, ...]:
        """The message's files. Each remembers where it is kept, for when the message cannot be stored yet."""
        kept = []
        for each in attachments_of(message):
            if "kept" not in each:
                each["kept"] = self._keep(each, inbox, tenure)
            kept += [each["kept"]] if each["kept"] is not None else []
        return tuple(kept)

    def _keep(self, attachment: dict[str, Any], inbox: Inbox, tenure: Tenure) -> MediaRef | None:
        path, size = text(attachment, "original_path"), attachment.get("total_bytes")
        too_large = isinstance(size, int) and size > self._config.max_download_bytes
        content = None if too_large or not path else self._files.read(path, tenure)
        if content is None:
            _log.info(
                "imessage account %s: a file is not read: it is missing, elsewhere or too large", self._account_id
            )
            return None
        return inbox.keep_file(content, text(attachment, "mime_type"), text(attachment, "transfer_name"))

    def _failed(self, child: ImsgChild, error: ChannelError) -> ChannelError:
        """What a failure here means: that imsg has ended, if it has. Nobody sees anything of what it was asked here."""
        if child.exit_status() is not None:
            return self._ended(child)
        return ChannelUnreachable(str(error))

    def _ended(self, child: ImsgChild) -> ChannelError:
        status, words = child.exit_status(), child.last_words()
        if status == _NO_SUCH_PROGRAM:
            return ChannelRejected(f"imessage: {missing(self._config.imsg_path)} ({words})")
        return ChannelUnreachable(f"imessage: imsg has ended (status {status}): {words}")
