"""Frames as nobody means them: recorded ones, changed a little or a lot, and noise. The same seed gives the same frames."""

from __future__ import annotations

import copy
import csv
import json
import random
from collections.abc import Callable, Iterator
from typing import Any

from tests.integration.web.client import WIRE

#: Values that are wrong almost everywhere, or large, or hostile.
VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 2**31, 2**63, -(2**64), 10**400, 1.5, 1e308, -0.0),
    *("", " ", "x", "\0", "a\0b", "\ud800", "é" * 300, "x" * 5000, "../../etc/passwd", "agent:main:main", "agent::"),
    *(
        "operator.admin",
        "connect",
        "' OR 1=1 --",
        "%00",
        "\u202e",
        "🦞" * 50,
        "[[tool:read {}]]",
        "/reset",
        "-1",
        "NaN",
    ),
    *([], [[]], [None], ["a"] * 50, {}, {"": ""}, {"a": {"b": {"c": {}}}}, {"__proto__": {"x": 1}}),
)
NOISE = '{}[]",:0123456789.-+eE\\/ \t\n\rtruefalsnx\0\x7fé🦞\ud800'


def recorded_requests() -> list[dict[str, Any]]:
    """What real clients have sent."""
    found = []
    for path in sorted((WIRE / "frames").glob("*.jsonl")):
        for line in path.read_text().splitlines():
            record = json.loads(line)
            if record["dir"] == "c2s" and record["frame"].get("type") == "req":
                found.append(record["frame"])
    return found


def every_method() -> list[dict[str, Any]]:
    """A request of every method, with names that many of them know."""
    params = {
        **dict.fromkeys(("key", "sessionKey"), "agent:main:main"),
        **dict.fromkeys(("agentId", "message", "text", "name", "nodeId", "runId", "taskId", "id", "requestId"), "x"),
        "limit": 5,
        "idempotencyKey": "fuzz",
        "keys": ["main"],
        "query": "x",
        "raw": "{}",
        "command": "x",
    }
    with (WIRE / "methods.tsv").open() as table:
        names = [row["method"] for row in csv.DictReader(table, delimiter="\t")]
    return [{"type": "req", "id": "1", "method": name, "params": params} for name in names]


class Frames:
    """An endless stream of frames."""

    def __init__(self, seed: int, seeds: list[dict[str, Any]]) -> None:
        self._random = random.Random(seed)
        self._seeds = seeds
        self._ways: tuple[Callable[[Any], str], ...] = (
            *([self._changed] * 12),
            *([self._torn] * 3),
            self._noise,
            self._deep,
            self._doubled,
            self._other_json,
        )

    def __iter__(self) -> Iterator[str]:
        while True:
            seed = self._random.choice(self._seeds)
            # As far as a text frame can carry it.
            yield self._random.choice(self._ways)(seed).encode("utf-8", "replace").decode()

    def _changed(self, seed: Any) -> str:
        frame = copy.deepcopy(seed)
        for _ in range(self._random.choice((1, 1, 1, 2, 5))):
            self._change(frame)
        try:
            return json.dumps(frame, ensure_ascii=self._random.random() < 0.5)
        except ValueError:
            return "{"

    def _change(self, frame: Any) -> None:
        """One change at a random place."""
        place = frame
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            if not keys:
                return
            key = self._random.choice(keys)
            inner = place[key]
            if not isinstance(inner, dict | list) or not inner or self._random.random() < 0.4:
                break
            place = inner
        match self._random.randrange(4):
            case 0:
                del place[key]
            case 1 if isinstance(place, dict):
                place[self._random.choice(("bogus", "", "key", "limit", "params", "\0"))] = self._value()
            case _:
                place[key] = self._value()

    def _value(self) -> Any:
        return copy.deepcopy(self._random.choice(VALUES))

    def _torn(self, seed: Any) -> str:
        """Text that is cut, or has some characters replaced."""
        text = list(json.dumps(seed))
        for _ in range(self._random.randrange(1, 6)):
            text[self._random.randrange(len(text))] = self._random.choice(NOISE)
        return "".join(text[: self._random.randrange(len(text)) if self._random.random() < 0.4 else len(text)])

    def _noise(self, _seed: Any) -> str:
        return "".join(self._random.choices(NOISE, k=self._random.choice((0, 1, 5, 50, 500))))

    def _deep(self, _seed: Any) -> str:
        depth = self._random.choice((10, 200, 3000))
        return self._random.choice(
            ('{"params":' * depth, "[" * depth + "]" * depth, '{"a":' * depth + "1" + "}" * depth)
        )

    def _doubled(self, seed: Any) -> str:
        text = json.dumps(seed)
        return self._random.choice((text + text, f"[{text},{text}]", text[:-1] + ',"method":"connect"}', f" {text}\n"))

    def _other_json(self, _seed: Any) -> str:
        try:
            return json.dumps(self._value())
        except ValueError:
            return "null"
