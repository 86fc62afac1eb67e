"""A linked number's connection: the link process runs, its messages are stored, and it goes when the tenure is over."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from openclaw.channel_kit.shapes import Malformed, maybe_obj, text
from openclaw.channels.whatsapp.config import LinkConfig
from openclaw.channels.whatsapp.link_child import OWN_PROGRAM, LinkChild
from openclaw.channels.whatsapp.link_files import LinkFiles
from openclaw.channels.whatsapp.link_inbound import Me, bare, id_of, read_message
from openclaw.channels.whatsapp.link_protocol import error_of
from openclaw.domain.envelope import MediaRef
from openclaw.errors import ChannelError, ChannelRejected, ChannelUnreachable, Unavailable
from openclaw.ports.channel_connection import Inbox, Tenure

_log = logging.getLogger(__name__)

#: How long unlinking may take. Seconds.
_LOGOUT_SECONDS = 15.0
#: How long the process may take to hear whether a file is wanted. Seconds.
_FETCH_SECONDS = 15.0
#: Between two attempts to store a message while the database is away. Seconds.
_STORE_AGAIN_SECONDS = 1.0


class LinkConnection:
    """At most one at a time. Thread-safe but for ``hold``, which one thread calls."""

    def __init__(self, account_id: str, config: LinkConfig, files: LinkFiles) -> None:
        self._account_id = account_id
        self._config = config
        self._files = files
        self._lock = threading.Lock()
        self._child: LinkChild | None = None
        self._me: Me | None = None
        self._name = ""
        self._unlinked = False

    @property
    def name(self) -> str:
        """Who the number is; empty before it was connected."""
        return self._name

    def linked(self) -> LinkChild:
        """The process, while it is connected. Raises ChannelUnreachable."""
        with self._lock:
            if self._child is None or self._me is None:
                raise ChannelUnreachable("whatsapp: the number is not connected")
            return self._child

    def hold(self, inbox: Inbox, tenure: Tenure) -> None:
        """Run the link process until the tenure is over. Raises a ChannelError class."""
        self._files.prepare()
        self._unlinked = False
        if not self._store_unread(inbox, tenure):
            return
        child = LinkChild(self._config.command or OWN_PROGRAM, self._start_line())
        try:
            with child:
                with self._lock:
                    self._child = child
                tenure.on_over(child.interrupt)
                self._follow(child, inbox, tenure)
        except Malformed as error:
            raise ChannelUnreachable(f"whatsapp: the link process cannot be understood: {error}") from None
        except ChannelError:
            # Unlinking ends the connection in one way or another.
            if not self._unlinked:
                raise
        finally:
            with self._lock:
                self._child = self._me = None
            for event in child.left_over():
                if event.get("event") == "message":
                    self._keep(event)
        if self._unlinked:
            self._files.forget_link()
            raise ChannelRejected("whatsapp: the number was unlinked: link it anew to use it again")
        if not tenure.over:
            raise ChannelUnreachable(f"whatsapp: the link process has ended: {self._clean(child.last_words())}")

    def unlink(self) -> None:
        """Unlink at WhatsApp, and forget the link. Raises a ChannelError class."""
        with self._lock:
            child, connected = self._child, self._me is not None
        if child is None:
            self._files.forget_link()
            return
        self._unlinked = True
        try:
            if connected:
                child.request("logout", _LOGOUT_SECONDS)
        except ChannelError:
            self._unlinked = False
            raise
        child.interrupt()

    def interrupt(self) -> None:
        """Let ``hold`` return, if it runs. Does not block."""
        with self._lock:
            if self._child is not None:
                self._child.interrupt()

    def _follow(self, child: LinkChild, inbox: Inbox, tenure: Tenure) -> None:
        asked = False
        for event in child.events():
            match event.get("event"):
                case "message":
                    self._keep(event)
                    if not self._store(event, inbox, tenure):
                        return
                case _ if tenure.over:
                    return
                case "asks":
                    self._answer(event, child, inbox)
                case "code":
                    asked = True
                    seconds = event.get("expires_in_seconds")
                    inbox.show_login(text(event, "code"), float(seconds) if isinstance(seconds, int | float) else 0.0)
                case "connected":
                    self._connected(event)
                    inbox.alive(self._name)
                    if asked:
                        inbox.show_login("", 0)
                case "alive":
                    inbox.alive(self._name)
                case "ended":
                    raise self._ended(event)

    def _connected(self, event: Mapping[str, Any]) -> None:
        me = Me(bare(text(event, "jid")), bare(text(event, "lid")))
        self._name = " ".join(part for part in (text(event, "name"), f"+{id_of(me.jid)}" if me.jid else "") if part)
        with self._lock:
            self._me = me

    def _ended(self, event: Mapping[str, Any]) -> ChannelError:
        if event.get("logged_out") is True:
            self._files.forget_link()
        return error_of(dict(event) | {"message": self._clean(text(event, "message"))}, "link")

    def _store_unread(self, inbox: Inbox, tenure: Tenure) -> bool:
        """Store what an earlier connection could not; whether the tenure lasts."""
        return all(self._store(event, inbox, tenure) for event in self._files.unread.messages())

    def _keep(self, event: dict[str, Any]) -> None:
        """Have a message on disk, also if the program that told of it keeps none."""
        if not self._files.unread.has(event):
            self._files.unread.keep(event)

    def _store(self, event: dict[str, Any], inbox: Inbox, tenure: Tenure) -> bool:
        """Store one message, however long the store is away; ``False`` when the tenure is over before."""
        stored = self._stored(event, inbox, tenure)
        if stored:
            self._files.unread.forget(event)
        return stored

    def _stored(self, event: dict[str, Any], inbox: Inbox, tenure: Tenure) -> bool:
        while True:
            try:
                self._accept(event, inbox)
            except Unavailable as error:
                _log.warning("whatsapp account %s: a message waits for the store: %s", self._account_id, error)
                if tenure.wait(_STORE_AGAIN_SECONDS):
                    return False
            except Malformed as error:
                _log.warning("whatsapp account %s: a message was left out: %s", self._account_id, error)
                return True
            else:
                return True

    def _answer(self, event: dict[str, Any], child: LinkChild, inbox: Inbox) -> None:
        wanted = self._wants(event, inbox)
        try:
            child.request("fetch", _FETCH_SECONDS, message_id=event.get("id"), wanted=wanted)
        except ChannelError as error:
            # A process that has ended says why by its next event.
            _log.debug("whatsapp account %s: nobody hears whether a file is wanted: %s", self._account_id, error)

    def _wants(self, event: dict[str, Any], inbox: Inbox) -> bool:
        """Whether a message's file is worth fetching: not of one that gives nothing, nor of who may not write."""
        try:
            envelope = read_message(event, self._account_id, self._me or Me())
            return envelope is not None and inbox.admits(envelope)
        except Malformed:
            return False
        except Unavailable:
            return True  # asked again before it is kept

    def _accept(self, event: dict[str, Any], inbox: Inbox) -> None:
        envelope = read_message(event, self._account_id, self._me or Me())
        if envelope is None:
            return
        if event.get("media"):
            envelope = replace(envelope, media=self._media(event, inbox, wanted=inbox.admits(envelope)))
        inbox.accept(envelope)

    def _media(self, event: dict[str, Any], inbox: Inbox, *, wanted: bool) -> tuple[MediaRef, ...]:
        """The message's file, if it is wanted.

        The event remembers where it is kept, for when the message cannot be stored yet.
        """
        media = maybe_obj(event, "media")
        if kept := maybe_obj(media, "kept"):
            return (MediaRef(**kept),)
        name = text(media, "file")
        content = self._files.read(name) if name and wanted else None
        if content is None:
            if name:
                self._files.remove(name)
            return ()
        ref = inbox.keep_file(content, text(media, "mime"), text(media, "name"))
        media["kept"] = {"id": ref.id, "mime": ref.mime, "name": ref.name, "size_bytes": ref.size_bytes}
        self._files.unread.keep(event)
        self._files.remove(name)
        return (ref,)

    def _start_line(self) -> dict[str, Any]:
        database = self._config.session_database_url
        return {
            "session": database.reveal() if database else str(self._files.session),
            "files": str(self._files.exchange),
            "journal": str(self._files.unread.folder),
            "device": self._config.device_name,
            "max_download_bytes": self._config.max_download_bytes,
        }

    def _clean(self, words: str) -> str:
        database = self._config.session_database_url
        return words.replace(database.reveal(), "***") if database else words
