"""``message``: words or a file to somebody on a channel, beside the reply of the turn.

They go through the outbox, under the fence of the run and by the name of the call: a resumed turn sends them once.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath
from typing import Any
from urllib.parse import unquote, urlsplit

from openclaw.domain.envelope import ReplyRoute
from openclaw.domain.message_guard import may_write
from openclaw.domain.run import ReplayPolicy, RiskClass
from openclaw.errors import ToolError
from openclaw.net.guarded import Bounds, Fetcher
from openclaw.plugins.registry import Registry
from openclaw.ports.post_office import PostOffice
from openclaw.ports.provider import ToolSpec
from openclaw.ports.store import OutboxFile
from openclaw.ports.tool import ToolContext, ToolOutcome
from openclaw.tools.arguments import check_arguments
from openclaw.tools.private_files import keep_private
from openclaw.tools.workspace_path import open_in_workspace

#: The most of one message, in characters; platforms get it in parts.
MAX_CHARS = 20_000
#: The most of one file, in bytes; Telegram's for what a bot uploads, other platforms take less or more.
MAX_FILE_BYTES = 50 * 1024 * 1024
#: How long a file may take to be fetched, in seconds.
FETCH_SECONDS = 60.0
#: Keeps a file, by its content and name, for the outbox.
KeepFile = Callable[[bytes, str], OutboxFile]
#: Conversations that are no place on a channel: those read the turn's own stream.
_NO_CHANNEL = "client"

_SPEC = ToolSpec(
    name="message",
    description=(
        "Send a message or a file to a person or a group on a channel. Your answer goes to this conversation by "
        "itself: do not send it with this tool as well."
    ),
    parameters={
        "type": "object",
        "properties": {
            "action": {"type": "string", "enum": ["send"]},
            "message": {"type": "string", "maxLength": MAX_CHARS, "description": "Markdown."},
            "file": {"type": "string", "maxLength": 512, "description": "A file of the workspace to send."},
            "url": {"type": "string", "maxLength": 2_000, "description": "In place of a file: where to fetch it."},
            "channel": {"type": "string", "maxLength": 64, "description": "Default: this conversation's."},
            "account": {"type": "string", "maxLength": 128, "description": "Default: this conversation's."},
            "to": {"type": "string", "maxLength": 512, "description": "The person or group, as the channel names it."},
            "thread_id": {"type": "string", "maxLength": 128},
            "reply_to": {"type": "string", "maxLength": 128, "description": "The message that this one answers."},
        },
        "required": ["action"],
        "additionalProperties": False,
    },
)


class MessageTool:
    """Sends through the post office; who may be written to is checked here."""

    spec = _SPEC
    #: The call's name is the message's: making it again sends nothing.
    replay = ReplayPolicy.SAFE
    risk = RiskClass.NETWORK

    def __init__(self, office: PostOffice, keep: KeepFile, fetcher: Fetcher) -> None:
        self._office = office
        self._keep = keep
        self._fetcher = fetcher

    def run(self, arguments: dict[str, Any], context: ToolContext) -> ToolOutcome:
        """Queue it. Raises ToolError for whom it may not go to."""
        check_arguments(self.spec, arguments)
        if context.run is None:
            raise ToolError("Messages can only be sent by a turn.")
        text = str(arguments.get("message") or "").strip()
        path, url = str(arguments.get("file") or ""), str(arguments.get("url") or "")
        if not (text or path or url):
            raise ToolError("message: is empty, and there is no file.")
        if path and url:
            raise ToolError("Give either a file or a url.")
        to = self._route(arguments, context.route)
        if not may_write(to, context.route, self._office.rules()):
            place = f"{to.channel}:{to.account}:{to.target}"
            raise ToolError(
                f"You may not write to {place} from this conversation. "
                f'The operator can allow it: `[tools.message] targets = ["{place}"]`.'
            )
        where = f"{to.target} on {to.channel} ({to.account})"
        file = self._file(path, url, to, context) if path or url else None
        parts = self._office.post(context.run, to, text, f"tool:{context.wait_id}") if text else 0
        if file is not None:
            self._office.post_file(context.run, to, file, f"tool:{context.wait_id}:file")
        return ToolOutcome(f"On its way to {where}{f', in {parts} parts' if parts > 1 else ''}.")

    def _file(self, path: str, url: str, to: ReplyRoute, context: ToolContext) -> OutboxFile:
        if not self._office.takes_files(to.channel):
            raise ToolError(f"{to.channel} takes no files.")
        if url:
            content = self._fetcher.fetch(url, Bounds(FETCH_SECONDS, MAX_FILE_BYTES + 1), {}).body
        else:
            keep_private(context, path)
            with open_in_workspace(context.workspace, path) as opened:
                content = opened.read(MAX_FILE_BYTES + 1)
        if len(content) > MAX_FILE_BYTES:
            raise ToolError(f"{path or url} is larger than {MAX_FILE_BYTES} bytes.")
        if not content:
            raise ToolError(f"{path or url} is empty.")
        return self._keep(content, PurePath(path or unquote(urlsplit(url).path)).name or "file")

    def _route(self, arguments: dict[str, Any], here: ReplyRoute) -> ReplyRoute:
        known = self._office.accounts()
        channel = str(arguments.get("channel", here.channel)).strip().lower()
        if channel == _NO_CHANNEL and "channel" not in arguments:
            raise ToolError(f"This conversation is on no channel; name one. Known: {_listed(known)}.")
        if channel not in known:
            raise ToolError(f"There is no channel {channel!r}. Known: {_listed(known)}.")
        is_here = channel == here.channel
        account = str(arguments.get("account") or (here.account if is_here else "")) or _only(channel, known[channel])
        if account not in known[channel]:
            raise ToolError(f"{channel} has no account {account!r}. Known: {_listed(known[channel])}.")
        is_here = is_here and account == here.account
        target = str(arguments.get("to") or (here.target if is_here else "")).strip().removeprefix(f"{channel}:")
        if not target:
            raise ToolError(f"Name whom on {channel} it is for, as `to`.")
        is_here = is_here and target == here.target
        return ReplyRoute(
            channel,
            account,
            target,
            thread_id=arguments.get("thread_id") or (here.thread_id if is_here else None),
            reply_to=arguments.get("reply_to"),
        )


def _only(channel: str, accounts: tuple[str, ...]) -> str:
    if len(accounts) == 1 or "default" in accounts:
        return "default" if "default" in accounts else accounts[0]
    raise ToolError(f"Name an account of {channel}. Known: {_listed(accounts)}.")


def _listed(names: Any) -> str:
    return ", ".join(sorted(names)) or "none"


def register_message_tool(registry: Registry, office: PostOffice, keep: KeepFile, fetcher: Fetcher) -> None:
    """Add the tool; it takes what brings its messages out, and what keeps and fetches their files."""
    registry.add_tool(MessageTool(office, keep, fetcher), source=__name__)
