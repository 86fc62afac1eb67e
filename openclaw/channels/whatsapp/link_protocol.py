"""What an account and its link process say to each other: one JSON object per line, on the process's stdin and stdout.

The process holds the native library that speaks WhatsApp Web's protocol; it knows nothing of us but these lines. Any
program that speaks them can take its place (``command`` in the account's section). It ends when its stdin ends.

First line to the process::

    {"op": "start", "session": FILE OR postgres://…, "files": FOLDER, "journal": FOLDER, "device": NAME,
     "max_download_bytes": N}

Requests after it carry an ``id``, and are answered in any order by ``{"id": N, "ok": {…}}`` or
``{"id": N, "error": {"kind": KIND, "message": TEXT, "retry_after": SECONDS}}``. A kind is one of ``ERRORS``.

=========  ==========================================================  ===================
``op``     fields                                                      ``ok`` holds
=========  ==========================================================  ===================
``text``   ``chat``, ``text``, ``quote`` (a message's id, or empty)    ``message_id``
``file``   ``chat``, ``file`` (a name in the folder), ``type``         ``message_id``
           (image, audio, video, document), ``mime``, ``name``,
           ``caption``, ``voice``, ``quote``
``react``  ``chat``, ``message_id``, ``emoji`` (empty takes it away)
``typing`` ``chat``, ``read`` (a message to mark as read, or empty)
``fetch``  ``message_id``, ``wanted`` (answers ``asks``)
``logout`` none: unlink this device
=========  ==========================================================  ===================

Lines from the process that are no answers carry an ``event``:

================  ====================================================================================================
``code``          ``code``: what the phone scans now; each takes the place of the one before; ``expires_in_seconds``
``connected``     ``jid``, ``lid``, ``name``: who we are
``message``       a message of somebody else, see below
``asks``          a message that brings a file: shall it be fetched? The process waits for ``fetch`` before it goes on
``alive``         the platform has answered
``ended``         ``kind`` of ``ERRORS``, ``message``, ``logged_out`` (whether the link is gone): the process exits
================  ====================================================================================================

A message has ``id``, ``chat``, ``group`` (whether the chat is one), ``sender``, ``sender_phone`` (empty when it is
hidden), ``name``, ``timestamp`` (seconds), ``kind`` (``message``, ``edit``, ``delete``, ``reaction``), ``text``,
``target`` (the message that an edit, a deletion or a reaction is of), ``target_sender``, ``mentions``, ``quoted``
(``id``, ``sender``, ``text``) and ``media`` (``kind``, ``mime``, ``name``, ``file``: a name in the folder, which the
reader removes, or empty when it was not fetched). Chats and people are JIDs: ``15551234567@s.whatsapp.net``,
``1203…@g.us``, ``123…@lid``. ``journal`` is the name under which a program has it on disk, in the folder ``journal``,
from before it told of it; the reader removes what is stored.
"""

from __future__ import annotations

import json
from typing import Any, Literal

from openclaw.errors import (
    ChannelError,
    ChannelOutcomeUnknown,
    ChannelRateLimited,
    ChannelRejected,
    ChannelUnreachable,
)

#: ``rejected``: for good. ``unreachable``: nothing was sent, try again. ``unknown``: it may have been sent.
ErrorKind = Literal["rejected", "unreachable", "unknown", "rate-limited"]
ERRORS: dict[ErrorKind, type[ChannelError]] = {
    "rejected": ChannelRejected,
    "unreachable": ChannelUnreachable,
    "unknown": ChannelOutcomeUnknown,
    "rate-limited": ChannelRateLimited,
}
#: Where people are who show their number, who hide it, and groups.
PHONE_SERVER, HIDDEN_SERVER, GROUP_SERVER = "s.whatsapp.net", "lid", "g.us"
#: When WhatsApp asks to wait, it does not say how long. Seconds.
RATE_LIMIT_SECONDS = 60.0


def line_of(fields: dict[str, Any]) -> bytes:
    """One line."""
    return json.dumps(fields, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"


def fields_of(line: bytes | str) -> dict[str, Any] | None:
    """What a line says; ``None`` for one that is no JSON object."""
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def error_of(error: Any, what: str) -> ChannelError:
    """The error that a request or a connection ended with."""
    given: dict[str, Any] = error if isinstance(error, dict) else {}
    kind = given.get("kind")
    words = f"whatsapp {what}: {given.get('message') or 'the link process does not say why'}"
    made = next((each for name, each in ERRORS.items() if name == kind), ChannelOutcomeUnknown)
    if made is ChannelRateLimited:
        wait = given.get("retry_after")
        return ChannelRateLimited(
            words, retry_after_seconds=float(wait) if isinstance(wait, int | float) else RATE_LIMIT_SECONDS
        )
    return made(words)
