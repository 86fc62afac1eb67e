"""What Slack allows, as numbers; each names the page of https://docs.slack.dev that it is from.

Slack counts characters of a message's text as it is sent, markup and escapes included.
"""

from __future__ import annotations

from openclaw.ports.channel import ChannelCapabilities, SendRate

#: Where replies are cut.
MAX_CHUNK_CHARS = 4_000
#: reference/methods/chat.postMessage asks for no more; Slack makes several messages of a longer text.
MAX_TEXT_CHARS = 4_000
#: reference/methods/chat.update: a longer text is refused, or loses its end; counted in UTF-8, to be sure.
MAX_EDIT_BYTES = 4_000
#: reference/block-kit/blocks/markdown-block: all such blocks of a message together.
MAX_MARKDOWN_CHARS = 12_000
#: What notifications show of a message whose text is in a block: with every sign escaped it is within the limits above.
NOTIFICATION_CHARS = 700
#: reference/block-kit/blocks/section-block, and .../block-elements/button-element: text, label and value.
MAX_SECTION_CHARS, MAX_LABEL_CHARS, MAX_SAYS_CHARS = 3_000, 75, 2_000
#: reference/block-kit/blocks/actions-block.
MAX_BUTTONS = 25
#: reference/methods/chat.startStream: one piece of a stream.
MAX_STREAM_CHARS = 12_000
#: The largest file that Slack takes, as its SDK has it. Bytes.
MAX_FILE_BYTES = 1024 * 1024 * 1024

#: Old requests may be somebody's who listened. Seconds, authentication/verifying-requests-from-slack.
MAX_REQUEST_AGE_SECONDS = 300

#: A typing note is worth no longer wait than this.
TYPING_TIMEOUT_SECONDS = 3.0
#: Calls that a connection waits for, so that it can be given up soon.
CONNECT_TIMEOUT_SECONDS = 5.0
#: Between two pings on a connection; Slack's SDK takes one for dead after four without an answer.
PING_SECONDS = 5.0
#: How long a connection that Slack wants replaced is still read: it closes it some ten seconds after its warning.
RETIRING_SECONDS = 15.0

CAPABILITIES = ChannelCapabilities(
    max_text_chars=MAX_CHUNK_CHARS,
    dialect="slack-mrkdwn",
    typing=True,
    edits=True,
    reactions=True,
    buttons=True,
    media=True,
    max_media_bytes=MAX_FILE_BYTES,
    threads=True,
    unknown_policy="hold",
    # https://docs.slack.dev/apis/web-api/rate-limits: one message a second into a channel, and chat.update is of
    # tier 3, 50 calls a minute.
    send_rates=(SendRate(1, 1_000, per_conversation=True),),
    edit_interval_ms=1_200,
    min_block_chars=1_500,
)
