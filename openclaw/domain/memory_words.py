"""The words of a text as memory is searched by: folded, so that case and accents make no difference.

Both databases index what this gives and nothing else, so that they find the same. Scripts without spaces are taken by
characters and pairs of them.
"""

from __future__ import annotations

import re
import unicodedata

#: A longer word is looked for by its beginning.
MAX_WORD_CHARS = 40
#: Words of one query that are looked for.
MAX_QUERY_WORDS = 32

_WORD = re.compile(r"[^\W_]+")
#: Thai to Khmer, kana, ideographs: written without spaces between words.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_RUN = re.compile(f"[{_UNSPACED}]+|[^{_UNSPACED}]+")
_UNSPACED_RUN = re.compile(f"[{_UNSPACED}]+")


def indexed_words(text: str) -> str:
    """What of a text is indexed: its words with a space between them."""
    return " ".join(word for run, unspaced in _runs(text) for word in (_grams(run) if unspaced else (run,)))


def query_words(text: str) -> tuple[str, ...]:
    """The different words that a query looks for, in their order."""
    words: list[str] = []
    for run, unspaced in _runs(text):
        words += _pairs(run) if unspaced and len(run) > 1 else (run,)
    return tuple(dict.fromkeys(words))[:MAX_QUERY_WORDS]


def _runs(text: str) -> list[tuple[str, bool]]:
    bare = _bare(text)
    return [
        (run if unspaced else run[:MAX_WORD_CHARS], unspaced)
        for word in _WORD.findall(bare)
        for run in _RUN.findall(word)
        for unspaced in (_UNSPACED_RUN.fullmatch(run) is not None,)
    ]


def _bare(text: str) -> str:
    """Without case and accents."""
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKD", text).casefold()
    return unicodedata.normalize("NFC", "".join(char for char in folded if unicodedata.category(char) != "Mn"))


def _pairs(run: str) -> list[str]:
    return [run[index : index + 2] for index in range(len(run) - 1)]


def _grams(run: str) -> list[str]:
    return [*run, *_pairs(run)]
