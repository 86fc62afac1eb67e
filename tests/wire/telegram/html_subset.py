"""The HTML that Telegram parses, read as strictly as its documentation has it.

https://core.telegram.org/bots/api#html-style
"""

from __future__ import annotations

from html.parser import HTMLParser

ALLOWED = {
    "b": set(),
    "i": set(),
    "s": set(),
    "u": set(),
    "a": {"href"},
    "code": {"class"},
    "pre": set(),
    "blockquote": {"expandable"},
    "tg-spoiler": set(),
}


class NotTelegramHtml(ValueError):
    """Telegram would answer "can't parse entities"."""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ALLOWED:
            raise NotTelegramHtml(f'Unsupported start tag "{tag}"')
        unknown = {name for name, _ in attrs} - ALLOWED[tag]
        if unknown:
            raise NotTelegramHtml(f"unexpected attributes {unknown} of {tag}")
        if tag == "blockquote" and tag in self.open:
            raise NotTelegramHtml("a quotation inside a quotation")
        if tag == "a" and tag in self.open:
            raise NotTelegramHtml("a link inside a link")
        self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        raise NotTelegramHtml(f"self-closing {tag}")

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            raise NotTelegramHtml(f'Unmatched end tag "{tag}"')

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def handle_comment(self, data: str) -> None:
        raise NotTelegramHtml("a comment")

    def handle_decl(self, decl: str) -> None:
        raise NotTelegramHtml("a declaration")

    def handle_pi(self, data: str) -> None:
        raise NotTelegramHtml("a processing instruction")

    def unknown_decl(self, data: str) -> None:
        raise NotTelegramHtml("a declaration")


def parse(html: str) -> str:
    """The visible text. Raises NotTelegramHtml for anything but well-formed, allowed markup."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    if reader.open:
        raise NotTelegramHtml(f'Can\'t find end tag corresponding to start tag "{reader.open[-1]}"')
    return "".join(reader.text)
