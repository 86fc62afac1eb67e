"""What signal-cli tells of, as its ``JsonMessageEnvelope`` and the objects in it are written."""

from __future__ import annotations

from typing import Any

ME, MY_UUID = "+15550001111", "00000000-0000-4000-8000-000000000001"
ADA, ADA_NUMBER = "aaaaaaaa-0000-4000-8000-00000000000a", "+491701234567"
GROUP = "Pmpi+EfPWmsxiomLe9Nx2XF9HOE483p6iKiFj65iMwI="
TIME = 1_700_000_000_000


def event(*, number: int = 1, source: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    """One event around ``dataMessage``, ``editMessage`` or another kind of message."""
    sender = {
        "source": ADA_NUMBER,
        "sourceNumber": ADA_NUMBER,
        "sourceUuid": ADA,
        "sourceName": "Ada",
        "sourceDevice": 1,
    }
    times = {"timestamp": TIME + number, "serverReceivedTimestamp": TIME, "serverDeliveredTimestamp": TIME}
    return {"account": ME, "envelope": sender | (source or {}) | times | fields}


def data(message: str | None = "Hello", *, number: int = 1, **fields: Any) -> dict[str, Any]:
    """A data message."""
    plain = {"timestamp": TIME + number, "message": message, "expiresInSeconds": 0, "isExpirationUpdate": False}
    return plain | {"viewOnce": False} | fields


def message(said: str | None = "Hello", *, number: int = 1, **fields: Any) -> dict[str, Any]:
    """An event with a data message."""
    return event(number=number, dataMessage=data(said, number=number, **fields))


def in_group(said: str | None = "Hello", **fields: Any) -> dict[str, Any]:
    info = {"groupId": GROUP, "groupName": "Friends", "revision": 3, "type": "DELIVER"}
    return message(said, **{"groupInfo": info} | fields)


def mention(number: str, uuid: str, start: int) -> dict[str, Any]:
    return {"name": number or uuid, "number": number or None, "uuid": uuid, "start": start, "length": 1}


def attachment(**fields: Any) -> dict[str, Any]:
    plain = {"contentType": "image/jpeg", "filename": "cat.jpg", "id": "Zx12.jpg", "size": 5, "width": 1, "height": 1}
    return plain | {"caption": None, "uploadTimestamp": TIME} | fields
