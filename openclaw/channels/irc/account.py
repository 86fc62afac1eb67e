"""One nick on one server: lines in, paced lines out."""

from __future__ import annotations

import re
import threading

from openclaw.channels.irc.config import IrcConfig
from openclaw.channels.irc.connect import hold
from openclaw.channels.irc.limits import MAX_TEXT_BYTES
from openclaw.channels.irc.link import Link
from openclaw.channels.irc.render import plain, render_codes, without_codes
from openclaw.channels.irc.split import wire_lines
from openclaw.domain.envelope import ReplyRoute
from openclaw.errors import ChannelRejected, ChannelUnreachable
from openclaw.ports.channel import SendReceipt
from openclaw.ports.channel_connection import Inbox, Tenure

#: One person or one room: no list, no mask of servers, nothing that would end the parameter.
_TARGET = re.compile(r"[^\s,:$\x00-\x1f\x7f][^\s,\x00-\x1f\x7f]{0,199}")


class IrcAccount:
    """A configured nick. Thread-safe; sends only while it is connected."""

    def __init__(self, account_id: str, config: IrcConfig) -> None:
        self._account_id = account_id
        self._config = config
        self._link: Link | None = None
        self._lock = threading.Lock()

    @property
    def account_id(self) -> str:
        return self._account_id

    @property
    def keeps_connection(self) -> bool:
        return True

    @property
    def sends_over_connection(self) -> bool:
        return True

    def connect(self, inbox: Inbox, tenure: Tenure) -> None:
        """Be on the server until the tenure is over. Raises a ChannelError class."""
        hold(self._config, self._account_id, inbox, tenure, self._linked)

    def send(self, route: ReplyRoute, markdown: str) -> SendReceipt:
        """Send one chunk as lines with control codes. Raises a ChannelError class."""
        target = route.target
        if not _TARGET.fullmatch(target):
            raise ChannelRejected(f"irc: {target!r} is neither a nick nor a room")
        if len(markdown.encode("utf-8", "surrogatepass")) > MAX_TEXT_BYTES:
            raise ChannelRejected("irc: the text is too long: that many lines would be a flood")
        link = self._here()
        rendered = render_codes(markdown)
        text = rendered if without_codes(rendered).strip() else plain(markdown)
        lines = wire_lines(text, link.me.room_for(target))
        if not lines:
            raise ChannelRejected("irc: there is nothing to send")
        return SendReceipt(link.say(target, lines))

    def typing(self, route: ReplyRoute) -> None:
        """IRC shows nobody that somebody writes."""

    def close(self) -> None:
        """Nothing is open but what ``connect`` closes itself."""

    def _linked(self, link: Link | None) -> None:
        with self._lock:
            self._link = link

    def _here(self) -> Link:
        with self._lock:
            if self._link is None:
                raise ChannelUnreachable("irc: not connected")
            return self._link
