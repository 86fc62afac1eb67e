"""DuckDuckGo's page for browsers without scripts (https://html.duckduckgo.com/html/). It has no API for results."""

from __future__ import annotations

from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

from openclaw.errors import ToolError
from openclaw.tools.search.wire import SearchHit, SearchQuestion, SearchRequest

_HEADERS = {
    "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "accept": "text/html",
    "content-type": "application/x-www-form-urlencoded",
}
#: The page's own name for the United Kingdom.
_COUNTRIES = {"gb": "uk"}
#: Elements without an end.
_VOID = frozenset({"br", "img", "input", "hr", "meta", "link", "wbr"})


@dataclass(frozen=True, slots=True)
class DuckDuckGo:
    """Asks without a key; it may take many questions for those of a machine and refuse them."""

    base_url: str
    name: str = "duckduckgo"

    def request(self, question: SearchQuestion) -> SearchRequest:
        country, language = question.country.lower(), question.language.lower()
        wishes = {
            "q": question.query,
            # Its regions are a country with a language.
            "kl": f"{_COUNTRIES.get(country, country)}-{language}" if country and language else "",
            "df": question.freshness[:1],
        }
        form = urlencode({name: value for name, value in wishes.items() if value})
        alone = {"country": country and not language, "language": language and not country}
        return SearchRequest(
            f"{self.base_url.rstrip('/')}/html/",
            _HEADERS,
            form.encode(),
            ignored=tuple(name for name, is_alone in alone.items() if is_alone),
        )

    def hits(self, body: bytes) -> list[SearchHit]:
        text = body.decode("utf-8", "replace")
        page = _ResultPage()
        page.feed(text)
        page.close()
        if not page.found and "anomaly" in text:
            raise ToolError(f"{self.name} takes us for a machine and answers nothing for a while. {_OTHERS}")
        return [
            SearchHit(" ".join(row.title.split()), _target(row.link, self.base_url), " ".join(row.snippet.split()))
            for row in page.found
            if not row.is_ad
        ]

    def refusal(self, status: int) -> str:
        return _OTHERS if status in (202, 403, 429) else ""


_OTHERS = "An operator can set up Brave, Tavily or SearxNG in `[tools.web.search]`."


@dataclass(slots=True)
class _Row:
    is_ad: bool
    link: str = ""
    title: str = ""
    snippet: str = ""


class _ResultPage(HTMLParser):
    """Takes the rows ``result`` with their ``result__a`` and ``result__snippet``."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[_Row] = []
        #: ``title`` or ``snippet`` while inside one, and how many elements deep.
        self._part = ""
        self._depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._part:
            self._depth += tag not in _VOID
            return
        facts = {name: value or "" for name, value in attrs}
        classes = facts.get("class", "").split()
        if "result" in classes:
            self.found.append(_Row("result--ad" in classes))
        elif self.found and "result__a" in classes:
            self.found[-1].link = facts.get("href", "")
            self._part, self._depth = "title", 1
        elif self.found and "result__snippet" in classes:
            self._part, self._depth = "snippet", 1

    def handle_endtag(self, tag: str) -> None:
        if self._part and tag not in _VOID:
            self._depth -= 1
            if self._depth == 0:
                self._part = ""

    def handle_data(self, data: str) -> None:
        if self._part == "title":
            self.found[-1].title += data
        elif self._part == "snippet":
            self.found[-1].snippet += data


def _target(link: str, base_url: str) -> str:
    """Where a result leads: its links pass through the engine and name their target as ``uddg``."""
    absolute = urljoin(f"{base_url}/", link)
    try:
        named = parse_qs(urlsplit(absolute).query).get("uddg")
    except ValueError:
        return ""
    return named[0] if named else absolute
