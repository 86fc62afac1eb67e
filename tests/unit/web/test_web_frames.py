"""Reading and writing frames, and what is said about bad ones."""

from __future__ import annotations

import json

import pytest

from openclaw.errors import Busy, Forbidden, InvalidRequest
from web.validation import Anything, Flag, Listing, Nested, Params, Text, Whole, problems
from web.ws.frames import (
    BadFrame,
    NotJson,
    encode,
    encode_event_head,
    encode_failure,
    encode_response,
    parse_json,
    read_request,
    with_seq,
)


def test_a_request() -> None:
    request = read_request('{"type":"req","id":"1:x","method":"health","params":{"a":1},"traceparent":"00-1"}')
    assert (request.id, request.method, request.params) == ("1:x", "health", {"a": 1})


@pytest.mark.parametrize("text", ["", "{", "nonsense", "NaN", "[Infinity]", "[" * 100_000, '{"a":' + "9" * 5000 + "}"])
def test_what_is_no_json(text: str) -> None:
    with pytest.raises(NotJson):
        read_request(text)


@pytest.mark.parametrize(
    ("frame", "frame_id", "complaint"),
    [
        ({"foo": 1}, "invalid", "must have required property 'type'; at root: unexpected property 'foo'"),
        ({"type": "req", "method": "health"}, "invalid", "must have required property 'id'"),
        ({"type": "req", "id": "", "method": "m"}, "invalid", "at /id: must NOT have fewer than 1 characters"),
        ({"type": "req", "id": 5, "method": "m"}, "invalid", "at /id: must be string"),
        ({"type": "res", "id": "5", "method": "m"}, "5", "at /type: must be equal to one of the allowed values"),
        ({"type": "req", "id": "5", "method": None}, "5", "at /method: must be string"),
        ([], "invalid", "must be object"),
        (7, "invalid", "must be object"),
        (None, "invalid", "must be object"),
    ],
)
def test_json_that_is_no_request(frame: object, frame_id: str, complaint: str) -> None:
    with pytest.raises(BadFrame) as bad:
        read_request(json.dumps(frame))
    assert (str(bad.value), bad.value.frame_id) == (f"invalid request frame: {complaint}", frame_id)


def test_lone_surrogates_are_mended_and_pairs_kept() -> None:
    assert parse_json('["\\ud83d\\ude00", "a\\udc00b", {"\\ud800":"x"}]') == ["😀", "a�b", {"�": "x"}]
    assert encode("a\ud800b") == b'"a?b"'


def test_answers() -> None:
    assert json.loads(encode_response("1", {"ok": True})) == {
        "type": "res",
        "id": "1",
        "ok": True,
        "payload": {"ok": True},
    }
    failure = json.loads(encode_failure("1", Busy("later", retry_after_seconds=0.25), {"runId": "r"}))
    assert failure["error"] == {"code": "UNAVAILABLE", "message": "later", "retryable": True, "retryAfterMs": 250}
    assert (failure["ok"], failure["payload"]) == (False, {"runId": "r"})
    assert json.loads(encode_failure("1", Forbidden("no", details={"code": "X"})))["error"] == {
        "code": "FORBIDDEN",
        "message": "no",
        "details": {"code": "X"},
    }
    assert json.loads(encode_failure("1", InvalidRequest()))["error"]["message"]


def test_the_counter_is_spliced_into_an_event_that_was_encoded_once() -> None:
    head = encode_event_head("chat", {"text": "}"})
    assert json.loads(with_seq(head, 41)) == {"type": "event", "event": "chat", "payload": {"text": "}"}, "seq": 41}


class _Inner(Params):
    name = Text(required=True, max_length=3)
    other = Text(required=True)


class _Everything(Params):
    text = Text(min_length=2)
    choice = Text(one_of=("a", "b"))
    number = Whole(minimum=1, maximum=9)
    flag = Flag()
    names = Listing(of_text=True)
    inner = Nested(_Inner)
    free = Anything()
    nothing = Text(nullable=True)


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        ({}, ""),
        ({"text": "ok", "choice": "a", "number": 9, "flag": False, "names": ["x"], "free": [None]}, ""),
        ({"nothing": None, "free": None}, ""),
        ({"inner": {"name": "abc", "other": ""}}, ""),
        ({"text": 5}, "at /text: must be string"),
        ({"text": None}, "at /text: must be string"),
        ({"text": "x"}, "at /text: must NOT have fewer than 2 characters"),
        ({"choice": "c"}, "at /choice: must be equal to one of the allowed values"),
        ({"number": "5"}, "at /number: must be integer"),
        ({"number": True}, "at /number: must be integer"),
        ({"number": 1.5}, "at /number: must be integer"),
        ({"number": 0}, "at /number: must be >= 1"),
        ({"number": 10}, "at /number: must be <= 9"),
        ({"flag": 1}, "at /flag: must be boolean"),
        ({"names": "x"}, "at /names: must be array"),
        ({"names": [""]}, "at /names: items must be non-empty strings"),
        ({"inner": 5}, "at /inner: must be object"),
        ({"inner": {}}, "at /inner: must have required property 'name'"),
        ({"inner": {"name": "abcd", "other": ""}}, "at /inner/name: must NOT have more than 3 characters"),
        ({"inner": {"name": "a", "other": "", "x": 1}}, "at /inner: unexpected property 'x'"),
        ({"text": 5, "bogus": 1}, "at /text: must be string; at root: unexpected property 'bogus'"),
        ("text", "must be object"),
    ],
)
def test_complaints_read_as_openclaws(value: object, complaint: str) -> None:
    assert problems(_Everything(), value) == complaint
