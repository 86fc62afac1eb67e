"""The text of documents: plain files as they are, PDFs page by page."""

from __future__ import annotations

import io
import logging

from openclaw.errors import InvalidRequest

#: Pages of a PDF that are read.
MAX_PAGES = 100
_TEXTS = ("text/", "application/json", "application/xml", "application/x-yaml", "application/toml")
PDF = "application/pdf"


def has_text(mime: str) -> bool:
    """Whether the text of such a file can be read here."""
    return mime == PDF or mime.startswith(_TEXTS)


def text_of(content: bytes, mime: str, max_chars: int) -> str:
    """The text, cut. Raises InvalidRequest for a file that is broken or locked."""
    text = _pdf(content, max_chars) if mime == PDF else content.decode("utf-8", "replace")
    return text if len(text) <= max_chars else f"{text[:max_chars]}\n[… cut]"


def _pdf(content: bytes, max_chars: int) -> str:
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    # It tells of every oddity of a file, which is somebody else's.
    logging.getLogger("pypdf").setLevel(logging.ERROR)
    parts: list[str] = []
    try:
        reader = PdfReader(io.BytesIO(content))
        for page in reader.pages[:MAX_PAGES]:
            parts.append(page.extract_text())
            if sum(map(len, parts)) > max_chars:
                break
    except (PyPdfError, ValueError, KeyError, TypeError, RecursionError, OSError) as error:
        raise InvalidRequest(f"the PDF cannot be read: {type(error).__name__}") from None
    return "\n\n".join(part.strip() for part in parts if part.strip())
