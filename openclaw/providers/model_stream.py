"""One streamed model call over HTTP, the same for every vendor that speaks server-sent events.

Owns the life of the response: it is read to its end so that the connection can be used again, and closed at once when
the turn is cancelled, the consumer stops, or the vendor falls silent. A reader turns the data of each event into ours.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

import httpx2

from openclaw.errors import OpenClawError, Overloaded, ProviderError, ProviderTimeout, RunAborted
from openclaw.net.connection import InFlight
from openclaw.ports.cancel import CancelToken
from openclaw.ports.provider import ModelEvent
from openclaw.providers.sse import iter_data

#: How long the rest of a response may take once everything that matters has come.
LINGER_SECONDS = 0.25
#: How long the usage may take after the model has stopped.
USAGE_WAIT_SECONDS = 5.0


class EventReader(Protocol):
    """Assembles one call's events. Not shared between calls."""

    @property
    def stopped(self) -> bool:
        """The model has stopped; only accounting can follow."""
        ...

    @property
    def complete(self) -> bool:
        """The vendor has said that nothing follows."""
        ...

    def feed(self, data: bytes) -> tuple[ModelEvent, ...] | list[ModelEvent]:
        """Take one event's data. Raises a ProviderError for an error inside the stream."""
        ...

    def finish(self) -> list[ModelEvent]:
        """The last events, ending with ``Stopped``. Called once, after ``stopped``."""
        ...


def read_json(provider: str, data: bytes) -> dict[str, Any]:
    """Decode one event's data. Raises Overloaded for what is not a JSON object: a vendor that is failing."""
    try:
        value = json.loads(data)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise Overloaded(f"{provider}: the stream holds something that is not a JSON object")
    return value


def stream_model(
    provider: str,
    send: Callable[[], httpx2.Response],
    reader: EventReader,
    cancel: CancelToken,
    translate: Callable[[Exception], ProviderError | None],
    *,
    split: Callable[[Iterable[bytes]], Iterator[bytes]] = iter_data,
) -> Iterator[ModelEvent]:
    """Send the request and yield its events.

    ``split`` takes the body apart; by default it is server-sent events.
    ``translate`` turns the SDK's exceptions into ours; what it does not know comes out unchanged. Whatever happens
    after ``cancel`` is set comes out as RunAborted.
    """
    with InFlight(cancel) as call:
        response: httpx2.Response | None = None
        try:
            with call.sending():
                response = send()
            yield from _events(response, reader, call, cancel, split)
        except OpenClawError as error:
            if not isinstance(error, RunAborted):
                cancel.raise_if_cancelled()
            raise
        except Exception as error:
            cancel.raise_if_cancelled()
            known = translate(error)
            if known is None:
                raise
            raise known from None
        finally:
            if response is not None:
                response.close()
        cancel.raise_if_cancelled()
        if not reader.stopped:
            raise ProviderTimeout(f"{provider}: the stream broke off before the model had stopped")
        yield from reader.finish()


def _events(
    response: httpx2.Response,
    reader: EventReader,
    call: InFlight,
    cancel: CancelToken,
    split: Callable[[Iterable[bytes]], Iterator[bytes]],
) -> Iterator[ModelEvent]:
    try:
        for data in split(response.iter_bytes()):
            cancel.raise_if_cancelled()
            if reader.complete:
                continue
            for event in reader.feed(data):
                yield event
                cancel.raise_if_cancelled()
            if reader.stopped:
                call.patience_seconds = LINGER_SECONDS if reader.complete else USAGE_WAIT_SECONDS
    except httpx2.TransportError:
        # What is lost after the stop is the connection, and at worst the usage.
        if not reader.stopped:
            raise
