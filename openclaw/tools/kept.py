"""Answers from outside that are kept for a while, so that the same question need not be asked twice."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Kept(Generic[K, V]):
    """At most ``most`` answers, each for ``seconds``; in this process only. Thread-safe."""

    def __init__(self, seconds: float, most: int) -> None:
        self._seconds = seconds
        self._most = most
        self._answers: OrderedDict[K, tuple[float, V]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, question: K, ask: Callable[[], V]) -> V:
        """The kept answer, or a new one. What ``ask`` raises passes and is not kept."""
        now = time.monotonic()
        with self._lock:
            kept = self._answers.get(question)
        if kept is not None and now - kept[0] < self._seconds:
            return kept[1]
        answer = ask()
        with self._lock:
            self._answers[question] = (now, answer)
            self._answers.move_to_end(question)
            while len(self._answers) > self._most:
                self._answers.popitem(last=False)
        return answer
