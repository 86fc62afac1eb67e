"""Logging for every process: one line per record on standard error, credentials masked.

Secrets are kept out of messages where they are made; the mask here is the second net.
"""

from __future__ import annotations

import logging
import re
import sys

FORMAT = "%(asctime)s.%(msecs)03d %(levelname)s %(name)s: %(message)s"
DATES = "%Y-%m-%dT%H:%M:%S"
MASK = "***"

#: Shapes of credentials: bot tokens, vendors' keys, bearer headers, passwords in URLs.
_CREDENTIALS = re.compile(
    r"(?P<bot>\b\d{6,12}:[A-Za-z0-9_-]{30,})"
    r"|(?P<key>\b(?:sk|xox[abpr]|gh[opu]|AIza)[-_][A-Za-z0-9_-]{12,})"
    r"|(?P<bearer>(?<=[Bb]earer )[A-Za-z0-9._~+/=-]{12,})"
    r"|(?P<url>(?<=://)[^/\s:@]*:[^/\s@]+(?=@))"
)


#: Libraries that say more than warnings about their work, and not always without what passes through it.
_CHATTY = ("httpx", "httpx2", "httpcore", "httpcore2", "aiohttp", "anthropic", "openai", "discord", "markdown_it")


class MaskingFormatter(logging.Formatter):
    """Formats a record and masks what looks like a credential, tracebacks included."""

    def format(self, record: logging.LogRecord) -> str:
        return _CREDENTIALS.sub(MASK, super().format(record))


def set_up_logging(level: str) -> None:
    """Send everything of this process to standard error. Calling it again only changes the level."""
    root = logging.getLogger()
    root.setLevel(level)
    if not any(isinstance(h.formatter, MaskingFormatter) for h in root.handlers):
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(MaskingFormatter(FORMAT, DATES))
        root.handlers[:] = [handler]
    for chatty in _CHATTY:
        logging.getLogger(chatty).setLevel(max(logging.WARNING, root.level))
    # Its warnings of rate limits hold addresses with an interaction's token.
    logging.getLogger("discord.http").setLevel(logging.ERROR)
    # Celery logs every task it receives and finishes; at our rates that is noise below DEBUG.
    for verbose in ("celery.worker.strategy", "celery.app.trace"):
        logging.getLogger(verbose).setLevel(logging.DEBUG if level == "DEBUG" else logging.WARNING)
