"""A reply that Slack shows as it is written.

After https://docs.slack.dev/reference/methods/chat.startStream and its like. Slack reads the markdown itself. Outside
of direct messages it wants to know who is answered, which a route does not say.
"""

from __future__ import annotations

from openclaw.channels.slack.client import SlackClient
from openclaw.channels.slack.limits import MAX_STREAM_CHARS
from openclaw.channels.slack.outbound import message_ts, threaded
from openclaw.channels.slack.render import without_calls_to_everybody
from openclaw.domain.envelope import ReplyRoute
from openclaw.ports.channel import SendReceipt


def start_stream(client: SlackClient, route: ReplyRoute) -> SlackStream | None:
    """Begin a reply in a thread of a direct message; ``None`` elsewhere. Raises a ChannelError class."""
    thread = threaded(route)
    if not thread or not route.target.startswith("D"):
        return None
    started = client.call("chat.startStream", {"channel": route.target} | thread)
    return SlackStream(client, route.target, message_ts(started, "chat.startStream"))


class SlackStream:
    """One reply that grows. For one thread."""

    def __init__(self, client: SlackClient, channel: str, ts: str) -> None:
        self._client = client
        self._message = {"channel": channel, "ts": ts}

    @property
    def message_id(self) -> str:
        return self._message["ts"]

    def append(self, markdown: str) -> None:
        """Add to the reply, in as many pieces as Slack wants. Raises a ChannelError class."""
        text = without_calls_to_everybody(markdown)
        for start in range(0, len(text), MAX_STREAM_CHARS):
            piece = text[start : start + MAX_STREAM_CHARS]
            self._client.call("chat.appendStream", self._message | {"markdown_text": piece})

    def finish(self) -> SendReceipt:
        """Let the reply be what it is. Raises a ChannelError class."""
        self._client.call("chat.stopStream", self._message)
        return SendReceipt(self.message_id)
