"""Puts streamed pieces of tool calls together, as the vendors really send them.

By the book each piece names its call's ``index``, and the first one brings id and name. In practice the index is
missing or always 0, the id is missing or repeated, and arguments come as an object: a new id means a new call.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from openclaw.domain.transcript import ToolCallBlock
from openclaw.providers.tool_calls import finished_call


@dataclass(slots=True)
class _Call:
    id: str = ""
    name: str = ""
    arguments: list[str] = field(default_factory=list)


class ToolPieces:
    """The tool calls of one answer."""

    def __init__(self) -> None:
        self._calls: list[_Call] = []
        self._by_index: dict[int, _Call] = {}

    def add(self, piece: dict[str, Any]) -> None:
        call = self._call_of(piece)
        function = piece.get("function") or {}
        call.id = call.id or piece.get("id") or ""
        call.name = call.name or function.get("name") or ""
        arguments = function.get("arguments")
        if arguments is not None:
            call.arguments.append(arguments if isinstance(arguments, str) else json.dumps(arguments))

    def finish(self) -> tuple[ToolCallBlock, ...]:
        """The calls in the order in which they began."""
        return tuple(finished_call(call.id, call.name, "".join(call.arguments)) for call in self._calls)

    def _call_of(self, piece: dict[str, Any]) -> _Call:
        index, call_id = piece.get("index"), piece.get("id")
        known = self._by_index.get(index) if isinstance(index, int) else self._last
        if known is None or (call_id and known.id and call_id != known.id):
            known = next((call for call in self._calls if call_id and call.id == call_id), None) or self._begin()
        if isinstance(index, int):
            self._by_index[index] = known
        return known

    @property
    def _last(self) -> _Call | None:
        return self._calls[-1] if self._calls else None

    def _begin(self) -> _Call:
        call = _Call()
        self._calls.append(call)
        return call
