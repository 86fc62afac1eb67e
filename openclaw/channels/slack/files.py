"""Files that leave and files that Slack still holds.

After https://docs.slack.dev/messaging/working-with-files. A download is often sent on to another of Slack's hosts, each
of which wants the token; without the right to read files Slack answers with its login page. The token goes to hosts of
Slack's alone.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any
from urllib.parse import urljoin, urlsplit

from openclaw.channels.slack.client import SlackClient
from openclaw.channels.slack.content import comment
from openclaw.channels.slack.outbound import send_text, threaded
from openclaw.domain.envelope import RemoteFile, ReplyRoute
from openclaw.errors import ChannelRejected, ChannelUnreachable
from openclaw.ports.channel import OutboundFile, SendReceipt

_HOSTS = ("slack.com", "slack-edge.com", "slack-files.com", "slack-gov.com")
_MAX_HOPS = 5


def send_file(client: SlackClient, route: ReplyRoute, file: OutboundFile, markdown: str) -> SendReceipt:
    """Upload a file and share it with its text, which follows it where it is too long to stand beside it.

    The receipt of a file alone has its id: Slack names no message.
    """
    wanted = {"filename": file.name or "file", "length": len(file.content)}
    place = client.call("files.getUploadURLExternal", wanted, repeatable=True)
    url, file_id = place.get("upload_url"), place.get("file_id")
    if not isinstance(url, str) or not isinstance(file_id, str):
        raise ChannelUnreachable("slack files.getUploadURLExternal: the answer names no place")
    client.upload(url, file.content)
    payload: dict[str, Any] = {
        # A form's field: the list goes as JSON.
        "files": json.dumps([{"id": file_id, "title": wanted["filename"]}]),
        "channel_id": _conversation(client, route.target),
    }
    beside = comment(markdown)
    if beside:
        payload["initial_comment"] = beside
    client.call("files.completeUploadExternal", payload | threaded(route))
    return SendReceipt(file_id) if beside is not None else send_text(client, route, markdown)


def fetch_file(client: SlackClient, file: RemoteFile, max_bytes: int, api_base: str) -> bytes:
    """What a file holds. Raises ChannelRejected for one that is gone, larger, or elsewhere than at Slack."""
    if file.size_bytes > max_bytes:
        raise ChannelRejected(f"slack file: it has {file.size_bytes} bytes, and {max_bytes} are allowed")
    url = file.ref if "://" in file.ref else _address(client, file.ref)
    for _ in range(_MAX_HOPS):
        if not _is_slacks(url, api_base):
            raise ChannelRejected("slack file: its address is no host of Slack's")
        answer = client.download(url, max_bytes)
        moved = answer.headers.get("location", "")
        if not (HTTPStatus.MULTIPLE_CHOICES <= answer.status_code < HTTPStatus.BAD_REQUEST and moved):
            return _content(answer.status_code, answer.headers.get("content-type", ""), answer.content, file.mime)
        url = _next(url, moved)
    raise ChannelRejected("slack file: it is sent on too often")


def _next(url: str, moved: str) -> str:
    try:
        return urljoin(url, moved)
    except ValueError:
        return ""


def _content(status: int, kind: str, content: bytes, mime: str) -> bytes:
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS:
        raise ChannelUnreachable(f"slack file: {status}")
    if status != HTTPStatus.OK:
        raise ChannelRejected(f"slack file: {status}: it is gone, or the app lacks the scope files:read")
    if kind.startswith("text/html") and not mime.startswith("text/html"):
        raise ChannelRejected("slack file: a login page came in its place: the app lacks the scope files:read")
    return content


def _address(client: SlackClient, file_id: str) -> str:
    """The address of a file of another workspace, which its event does not name."""
    found = client.call("files.info", {"file": file_id}, repeatable=True).get("file")
    facts = found if isinstance(found, dict) else {}
    url = facts.get("url_private_download") or facts.get("url_private")
    if not isinstance(url, str):
        raise ChannelRejected("slack files.info: the file has no address")
    return url


def _conversation(client: SlackClient, target: str) -> str:
    """A person is written to in a direct message, which has an id of its own; files go to that only."""
    if not target.startswith(("U", "W")):
        return target
    opened = client.call("conversations.open", {"users": target}, repeatable=True).get("channel")
    channel = opened.get("id") if isinstance(opened, dict) else None
    if not isinstance(channel, str):
        raise ChannelUnreachable("slack conversations.open: the answer names no conversation")
    return channel


def _is_slacks(url: str, api_base: str) -> bool:
    """Whether the token may go there: to Slack by https, or to where the Web API is."""
    try:
        wanted, api = urlsplit(url), urlsplit(api_base)
        at_api = (wanted.scheme, wanted.hostname, wanted.port) == (api.scheme, api.hostname, api.port)
        host = wanted.hostname or ""
    except ValueError:
        return False
    return at_api or (
        wanted.scheme == "https"
        and wanted.port in (None, 443)
        and any(host == known or host.endswith(f".{known}") for known in _HOSTS)
    )
