"""What a file is: its content decides, then what was declared, then its name's extension.

A sender's word is taken only where it can do no harm: to tell kinds of plain text apart, and for sound and film that
cannot be recognised. Text that a browser would run (HTML, SVG, XML, scripts) is plain text here.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

#: How much of the content is looked at, in bytes.
SNIFF_BYTES = 16 * 1024

_TEXT_TYPES = {
    "txt": "text/plain",
    "log": "text/plain",
    "md": "text/markdown",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "json": "application/json",
    "jsonl": "application/x-ndjson",
    "yaml": "application/yaml",
    "toml": "application/toml",
    "ics": "text/calendar",
    "vcf": "text/vcard",
}
#: Recognised by their first bytes although they are text themselves.
_TEXTUAL_MAGIC = frozenset({"application/pdf", "application/rtf", "application/postscript"})
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")


class ContentType(NamedTuple):
    """A MIME type with the extension files of it bear in the store."""

    mime: str
    extension: str


PLAIN_TEXT = ContentType("text/plain", "txt")
UNKNOWN = ContentType("application/octet-stream", "bin")


def content_type(content: bytes, declared_mime: str = "", name: str = "") -> ContentType:
    """Say what ``content`` is, given what its sender claims."""
    import filetype  # type: ignore[import-untyped]

    head = content[:SNIFF_BYTES]
    kind = filetype.guess(head) if head else None
    is_text = _is_text(head, cut=len(content) > len(head))
    if kind is not None and (not is_text or kind.mime in _TEXTUAL_MAGIC):
        return ContentType(kind.mime, kind.extension.lower())
    claims = (_by_mime(declared_mime), _by_extension(name))
    if is_text:
        return next((claim for claim in claims if claim and claim.extension in _TEXT_TYPES), PLAIN_TEXT)
    return next((claim for claim in claims if claim and claim.mime.startswith(("audio/", "video/"))), UNKNOWN)


def mime_of_extension(extension: str) -> str:
    """The MIME type of a file that the store has named."""
    return _mimes().get(extension, UNKNOWN.mime)


@lru_cache(maxsize=1)
def _mimes() -> dict[str, str]:
    import filetype

    # The first type of an extension is the one that is guessed first.
    known = {kind.extension.lower(): kind.mime for kind in reversed(filetype.TYPES)}
    return known | _TEXT_TYPES | {UNKNOWN.extension: UNKNOWN.mime}


def _by_mime(declared: str) -> ContentType | None:
    mime = declared.partition(";")[0].strip().lower()
    return next((ContentType(mime, extension) for extension, known in _mimes().items() if known == mime), None)


def _by_extension(name: str) -> ContentType | None:
    extension = name.rpartition(".")[2].lower() if "." in name else ""
    mime = _mimes().get(extension)
    return ContentType(mime, extension) if mime else None


def _is_text(head: bytes, *, cut: bool) -> bool:
    if _CONTROL.search(head):
        return False
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        # A character that the end of the sample cuts in two is no fault of the text's.
        return cut and error.start >= len(head) - 3 and error.reason == "unexpected end of data"
    return True
