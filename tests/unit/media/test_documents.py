"""The text of documents."""

from __future__ import annotations

import pytest

from openclaw.errors import InvalidRequest
from openclaw.media.documents import has_text, text_of

pytestmark = pytest.mark.spec("E10")


def pdf(text: str) -> bytes:
    """A PDF of one page that says this."""
    stream = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
            b"/Resources << /Font << /F1 5 0 R >> >> >>"
        ),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    body, offsets = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, 1):
        offsets.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    trailer = b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, len(body))
    return body + b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + table + trailer


def test_the_words_of_a_pdf() -> None:
    assert text_of(pdf("The Nile is long."), "application/pdf", 1_000) == "The Nile is long."


@pytest.mark.parametrize("content", [b"%PDF-1.4\nbroken", b"", pdf("x")[:80]])
def test_a_broken_pdf_is_said_to_be_one(content: bytes) -> None:
    with pytest.raises(InvalidRequest, match="the PDF cannot be read"):
        text_of(content, "application/pdf", 1_000)


def test_plain_text_is_as_it_is_and_cut() -> None:
    assert text_of(b"name,age\nAnn,7", "text/csv", 1_000) == "name,age\nAnn,7"
    assert text_of(b"x" * 20, "text/plain", 10) == "xxxxxxxxxx\n[… cut]"
    assert text_of(b"\xff\xfe", "text/plain", 10) == "��"


def test_what_has_text_here() -> None:
    assert [has_text(mime) for mime in ("application/pdf", "text/html", "application/json", "application/zip")] == [
        *[True] * 3,
        False,
    ]
