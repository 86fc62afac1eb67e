"""What real clients sent to OpenClaw's own gateway, sent to ours: the same is accepted, refused and closed.

Compared are whether a call succeeds, how it fails word for word, and of successes the kinds of the facts that both have. What
differs on purpose is listed with its reason.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.integration.conformance.conftest import Everything
from tests.integration.web.client import WIRE, Client
from tests.integration.web.devices import Device
from tests.integration.web.twins import TOKEN
from web.ws.methods import METHODS

pytestmark = pytest.mark.spec("B3", "B4", "K5")

OFFERED = {method.name for method in METHODS}
RECORDINGS = sorted(path.stem for path in (WIRE / "frames").glob("*.jsonl"))
#: Recordings of what depends on a live turn or on a wrong signature: replayed in tests of their own.
ELSEWHERE = {
    *("py-chat-send", "py-chat-abort", "py-chat-tool", "py-model-error", "py-agent-wait", "err-connect-timeout"),
    *(name for name in RECORDINGS if name.startswith(("err-device-", "err-oversize", "err-preauth"))),
}
#: Calls that wait for a turn which nobody runs here.
WAITING = {"agent.wait"}
#: Where we differ, and why.
DIFFERENT: dict[tuple[str, str], str] = {
    ("cli-remote-message-send", "message.action"): "the words are those of a missing key of another configuration",
    ("err-methods", "models.list"): "their validator adds 'must not be valid', which tells nobody anything",
}


def connections(name: str) -> list[list[dict[str, Any]]]:
    """The frames of each connection of a recording, in order."""
    found: dict[int, list[dict[str, Any]]] = {}
    for line in (WIRE / "frames" / f"{name}.jsonl").read_text().splitlines():
        record = json.loads(line)
        found.setdefault(record.get("conn", 0), []).append(record)
    return list(found.values())


def answers(records: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """The answers by their request's id, in their order."""
    found: dict[str, list[dict[str, Any]]] = {}
    for record in records:
        frame = record["frame"]
        if record["dir"] == "s2c" and frame.get("type") == "res":
            found.setdefault(frame["id"], []).append(frame)
    return found


def ask(over: Client, frame: dict[str, Any], answer_id: str) -> dict[str, Any]:
    """Send a frame as it was recorded; the answer with that id."""
    over.methods[answer_id] = frame.get("method", "")
    over.ws.send(json.dumps(frame))
    return over.answer(answer_id)


def connect_params(over: Client, params: dict[str, Any]) -> dict[str, Any]:
    """The same with our secret, signed by a device of ours."""
    text = json.dumps(params).replace('"TOKEN"', json.dumps(TOKEN))
    params = json.loads(text)
    if "device" in params:
        params["device"] = Device().block(over, params)
    return params


@contextmanager
def replayed(made: Everything) -> Iterator[Client]:
    with made.served.stranger() as over:
        yield over


def compare(method: str, expected: dict[str, Any], ours: dict[str, Any]) -> list[str]:
    """What differs, in words."""
    if expected["ok"] != ours["ok"]:
        return [f"{method}: expected ok={expected['ok']}, got {ours.get('error') or 'success'}"]
    if not ours["ok"]:
        theirs, own = expected["error"], ours["error"]
        same = (theirs["code"], theirs["message"]) == (own["code"], own["message"])
        return [] if same else [f"{method}: expected {theirs['code']} {theirs['message']!r}, got {own}"]
    theirs, own = expected.get("payload"), ours.get("payload")
    if type(theirs) is not type(own):
        return [f"{method}: expected {type(theirs).__name__}, got {type(own).__name__}"]
    if not isinstance(theirs, dict):
        return []
    both = theirs.keys() & own.keys()
    return [
        f"{method}: {key} is {type(own[key]).__name__}, expected {type(theirs[key]).__name__}"
        for key in sorted(both)
        if None not in (theirs[key], own[key]) and not alike(theirs[key], own[key])
    ]


def alike(theirs: Any, own: Any) -> bool:
    numbers = (int, float)
    if isinstance(theirs, numbers) and isinstance(own, numbers):
        return isinstance(theirs, bool) == isinstance(own, bool)
    return type(theirs) is type(own)


@pytest.mark.parametrize("name", [name for name in RECORDINGS if name not in ELSEWHERE])
def test_a_recording_goes_as_it_went(everything: Everything, name: str) -> None:
    found: list[str] = []
    for records in connections(name):
        recorded = answers(records)
        with replayed(everything) as over:
            for record in records:
                frame = record["frame"]
                if record["dir"] != "c2s":
                    continue
                if "_raw" in frame:
                    raw = frame["_raw"]
                    over.ws.send(raw.encode(), 2 if raw.startswith("b'") else 1)
                    continue
                method, answer_id = frame.get("method", ""), frame.get("id") or "invalid"
                if not recorded.get(answer_id) or method in WAITING:
                    continue
                expected = recorded[answer_id].pop(0)
                if method == "connect" and frame.get("params"):
                    frame = {**frame, "params": connect_params(over, frame["params"])}
                ours = ask(over, frame, answer_id)
                if method in OFFERED | {"connect", ""}:
                    found += compare(method, expected, ours)
                else:
                    assert ours["error"]["message"] == f"unknown method: {method}"
    unexpected = [line for line in found if (name, line.partition(":")[0]) not in DIFFERENT]
    assert unexpected == []
