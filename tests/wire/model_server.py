"""A model behind any vendor's wire format: what it answers is the same, the words are the vendor's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

from tests.wire import directives
from tests.wire.sse_server import EVENTS, RecordedRequest, Reply, SSEServer, Step

Json = dict[str, Any]
#: Tools that are called: their names and arguments.
Calls = tuple[tuple[str, Json], ...]


class ModelServer(SSEServer):
    """Answers ``You said: …``, or what a tool said, and heeds ``tests/wire/directives.py``.

    ``base_url`` is what a provider is configured with.
    """

    content_type: ClassVar[str] = EVENTS
    #: What it says to everything, if anything.
    answer = ""

    # -- what a vendor's format adds -------------------------------------------------------------------------

    @property
    def base_url(self) -> str:
        return self.url

    def result_of(self, request: RecordedRequest) -> str | None:
        """What the tools said, where that is the last word of the conversation."""
        raise NotImplementedError

    def refusal(self, message: str, status: int) -> Json:
        """The body of an error."""
        raise NotImplementedError

    def begin(self, prompt: int) -> bytes:
        """What comes before the first word; ``prompt`` is the number of tokens that were read."""
        raise NotImplementedError

    def say(self, word: str) -> bytes:
        raise NotImplementedError

    def end(self, prompt: int, output: int) -> bytes:
        raise NotImplementedError

    def call(self, tools: Calls) -> Iterable[Step]:
        """A whole answer that calls tools."""
        raise NotImplementedError

    # -- what every model does -------------------------------------------------------------------------------

    def reply_to(self, request: RecordedRequest) -> Reply:
        said, result = self.text_of(request), self.result_of(request)
        wanted = directives.read(said)
        if wanted.status is not None:
            return Reply.of_json(self.refusal(f"asked for {wanted.status}", wanted.status), wanted.status)
        if wanted.tools and result is None:
            return Reply(self.call(wanted.tools), content_type=self.content_type)
        if self.answer:
            return Reply(self._words([self.answer], 0.0, len(said)), content_type=self.content_type)
        answer = f"You said: {said}" if result is None else f"Tool said: {result}"
        count = wanted.tokens or self.tokens
        pause = self.delay_seconds if wanted.slow_seconds is None else wanted.slow_seconds / count
        return Reply(self._words(directives.words(answer, count), pause, len(said)), content_type=self.content_type)

    def _words(self, words: list[str], pause: float, prompt: int) -> Iterator[Step]:
        prompt = max(1, prompt)
        yield self.begin(prompt)
        for word in words:
            if pause:
                yield pause
            yield self.say(word)
        yield self.end(prompt, len(words))
