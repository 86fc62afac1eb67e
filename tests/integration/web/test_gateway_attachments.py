"""Files come with ``chat.send``, ``sessions.send`` and ``agent``, and are named by the message."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.integration.web.serving import Served
from web.ws.attachments import MAX_FILES, MAX_IMAGE_BYTES

pytestmark = pytest.mark.spec("E10", "B1")

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def sending(*attachments: Any, message: str = "look") -> dict[str, Any]:
    return {"sessionKey": "talk", "message": message, "idempotencyKey": "k1", "attachments": list(attachments)}


def test_a_file_is_kept_by_its_content_and_the_message_names_it(served: Served) -> None:
    files = [
        {"type": "image", "mimeType": "application/zip", "fileName": "dot\n.png", "content": encoded(PNG)},
        {"fileName": "a.csv", "content": f"data:text/csv;base64,{encoded(b'a,b')}"},
    ]
    with served.client() as client:
        assert client.result("chat.send", sending(*files))["status"] in ("started", "accepted", "ok")
    (media,) = [sent["media"] for sent in served.desk.submitted]
    assert [(each.mime, each.name, each.size_bytes) for each in media] == [
        ("image/png", "dot.png", len(PNG)),
        ("text/csv", "a.csv", 3),
    ]
    assert served.gateway.services.files.content(media[0].id) == PNG


@pytest.mark.parametrize(
    ("attachments", "says"),
    [
        (["x"], "attachments/0: must be an object"),
        ([{"fileName": "a"}], "attachments/0: must be an object with content"),
        ([{"content": "not base64!"}], "content is no base64"),
        ([{"content": ""}], "is empty"),
        ([{"content": encoded(b"x")}] * (MAX_FILES + 1), "at most"),
        ([{"content": encoded(PNG + bytes(MAX_IMAGE_BYTES))}], "is larger than"),
    ],
)
def test_a_file_that_cannot_be_taken_is_said_to_be_so_and_nothing_is_sent(
    served: Served, attachments: list[Any], says: str
) -> None:
    with served.client() as client:
        assert says in client.call("chat.send", sending(*attachments))["error"]["message"]
    assert served.desk.submitted == []


@pytest.mark.parametrize(
    ("method", "where"), [("sessions.send", {"key": "agent:main:talk"}), ("agent", {"sessionKey": "agent:main:talk"})]
)
def test_the_other_ways_to_write_take_files_too(served: Served, method: str, where: dict[str, Any]) -> None:
    served.desk.session_for("agent:main:talk")
    file = {"fileName": "dot.png", "content": encoded(PNG)}
    params = {"message": "look", "idempotencyKey": "k1", "attachments": [file], **where}
    with served.client() as client:
        client.call(method, params)
    (media,) = [sent["media"] for sent in served.desk.submitted]
    assert [(each.mime, each.name) for each in media] == [("image/png", "dot.png")]
