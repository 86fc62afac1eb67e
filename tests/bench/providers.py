"""What our adapters cost beside the vendors' own SDKs, and whether anything is left behind by very many calls.

``python -m tests.bench.providers overhead|soak``; the last line of the output is JSON. The vendors are wire servers in
processes of their own, so that only the client's processor time is counted.
"""

from __future__ import annotations

import contextlib
import gc
import json
import multiprocessing
import os
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import pairwise
from typing import Any, TypeVar

import anthropic
import openai
import psutil

from openclaw.domain.transcript import user_text
from openclaw.ports.cancel import CancelToken
from openclaw.ports.provider import ModelRequest, Provider, TextDelta
from tests.contract.providers.families import WIRE_FAMILIES, open_provider
from tests.stack import free_port

#: Of one answer, of one measurement, and how often the two take turns.
TOKENS, STREAMS, ROUNDS = 200, 40, 5
#: Of the soak.
SOAK_TURNS, SOAK_THREADS, SOAK_TOKENS = 10_000, 200, 20

#: Reads one whole answer; when its first words came, in seconds from the call.
Ask = Callable[[], float]

Event = TypeVar("Event")


def _serve(family: str, port: int, tokens: int) -> None:
    with WIRE_FAMILIES[family].server_class(tokens=tokens, port=port):
        threading.Event().wait()


@contextlib.contextmanager
def vendor(family: str, tokens: int) -> Iterator[str]:
    """A family's wire server; its ``base_url``."""
    port = free_port()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(family, port, tokens), daemon=True)
    process.start()
    base_url = WIRE_FAMILIES[family].server_class(port=port).base_url
    try:
        with closing(open_provider(WIRE_FAMILIES[family].api, base_url)) as probe:
            _until_it_answers(ours(probe))
        yield base_url
    finally:
        process.terminate()
        process.join(10)


def _until_it_answers(ask: Ask) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            ask()
        except Exception:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return


def _timed(events_of: Callable[[], Iterable[Event]], has_words: Callable[[Event], bool]) -> Ask:
    """Ask anew each time, and look at the clock when the first event with words has come."""

    def ask() -> float:
        began, first = time.perf_counter(), 0.0
        for event in events_of():
            if not first and has_words(event):
                first = time.perf_counter() - began
        return first

    return ask


def ours(provider: Provider) -> Ask:
    """By our adapter."""
    request = ModelRequest("m", "Be brief.", (user_text("hello"),))
    return _timed(lambda: provider.stream(request, CancelToken()), lambda event: isinstance(event, TextDelta))


def _openai(base_url: str) -> Ask:
    client = openai.OpenAI(api_key="k", base_url=base_url, max_retries=0)
    said: Any = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "hello"}]
    return _timed(
        lambda: client.chat.completions.create(
            model="m", messages=said, stream=True, stream_options={"include_usage": True}
        ),
        lambda chunk: bool(chunk.choices and chunk.choices[0].delta.content),
    )


def _responses(base_url: str) -> Ask:
    client = openai.OpenAI(api_key="k", base_url=base_url, max_retries=0)
    said: Any = [{"role": "user", "content": [{"type": "input_text", "text": "hello"}]}]
    return _timed(
        lambda: client.responses.create(model="m", input=said, instructions="Be brief.", stream=True),
        lambda event: event.type == "response.output_text.delta",
    )


def _anthropic(base_url: str) -> Ask:
    client = anthropic.Anthropic(api_key="k", base_url=base_url, max_retries=0)
    said: Any = [{"role": "user", "content": "hello"}]
    return _timed(
        lambda: client.messages.create(model="m", max_tokens=100, system="Be brief.", messages=said, stream=True),
        lambda event: event.type == "content_block_delta",
    )


BARE: dict[str, Callable[[str], Ask]] = {"anthropic": _anthropic, "openai": _openai, "responses": _responses}


def _measured(ask: Ask) -> tuple[float, float]:
    """Microseconds of processor time per token, and milliseconds to the first one in the median."""
    began = time.process_time()
    firsts = [ask() for _ in range(STREAMS)]
    return (time.process_time() - began) / (STREAMS * TOKENS) * 1e6, statistics.median(firsts) * 1e3


def overhead() -> dict[str, Any]:
    """Each family by our adapter and by the bare SDK, in turns."""
    found: dict[str, Any] = {}
    for family, bare_of in BARE.items():
        with (
            vendor(family, TOKENS) as base_url,
            closing(open_provider(WIRE_FAMILIES[family].api, base_url)) as provider,
        ):
            asks = {"ours": ours(provider), "bare": bare_of(base_url)}
            for ask in asks.values():
                _measured(ask)
            rounds = {name: [] for name in asks}  # type: dict[str, list[tuple[float, float]]]
            for _ in range(ROUNDS):
                for name, ask in asks.items():
                    rounds[name].append(_measured(ask))
        cpu, first = ({n: statistics.median(r[i] for r in each) for n, each in rounds.items()} for i in (0, 1))
        found[family] = {
            "ours_us_per_token": round(cpu["ours"], 1),
            "bare_us_per_token": round(cpu["bare"], 1),
            "cpu_ratio": round(cpu["ours"] / cpu["bare"], 3),
            "ours_first_token_ms": round(first["ours"], 2),
            "bare_first_token_ms": round(first["bare"], 2),
            "first_token_ratio": round(first["ours"] / first["bare"], 3),
        }
    return found


def soak() -> dict[str, Any]:
    """Very many calls, 200 at once, by one provider: what is held before and after."""
    with vendor("openai", SOAK_TOKENS) as base_url, closing(open_provider("openai-completions", base_url)) as provider:
        ask = ours(provider)
        with ThreadPoolExecutor(SOAK_THREADS) as pool:
            list(pool.map(lambda _: ask(), range(5 * SOAK_THREADS)))
            held, began = [_held()], time.perf_counter()
            for _ in range(2):
                assert all(pool.map(lambda _: ask(), range(SOAK_TURNS // 2)))
                held.append(_held())
            seconds = time.perf_counter() - began
    # What only fills up, grows in the first half; what leaks, grows in both.
    first, second = ({name: round(b[name] - a[name], 1) for name in a} for a, b in pairwise(held))
    rate = round(SOAK_TURNS / seconds)
    return {
        "turns": SOAK_TURNS,
        "at_once": SOAK_THREADS,
        "per_second": rate,
        "first_half": first,
        "second_half": second,
    }


def _held() -> dict[str, float]:
    gc.collect()
    process = psutil.Process(os.getpid())
    return {
        "files_and_sockets": float(process.num_fds()),
        "threads": float(process.num_threads()),
        "memory_mb": process.memory_info().rss / 2**20,
    }


if __name__ == "__main__":
    print(json.dumps({"overhead": overhead, "soak": soak}[sys.argv[1]]()))
