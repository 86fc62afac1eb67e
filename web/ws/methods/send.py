"""``send`` and ``message.action``: an operator's words to somebody on a channel.

The message is durable before anybody waits. Whoever asks hears how it went, or after a while that it is on its way; the
same idempotency key finds the same message.
"""

# ruff: noqa: N815 - the wire writes its names so
from __future__ import annotations

import time
from typing import Any

from openclaw.domain.envelope import ReplyRoute
from openclaw.errors import InvalidRequest, OpenClawError, Unavailable
from openclaw.reply.messenger import Posting
from web.services import ConfiguredAccount
from web.validation import Anything, Flag, Listing, Params, Text
from web.ws.dispatch import LATER, Call, Method, bug_in
from web.ws.methods.message import checked_text, refuse_unsupported

#: How long an answer waits for the platform, and how often the outbox is asked meanwhile.
WAIT_SECONDS = 10.0
LOOK_SECONDS = 0.2

_UNSUPPORTED = (
    *("mediaUrl", "mediaUrls", "buffer", "filename", "contentType", "asVoice", "gifPlayback", "forceDocument"),
    *("silent", "parseMode"),
)
#: The same of ``message.action``'s own parameters.
_UNSUPPORTED_OF_ACTION = (*_UNSUPPORTED, "media", "path", "pin", "buttons", "card", "poll", "dryRun")


class SendParams(Params):
    to = Text(required=True, min_length=1)
    message = Text()
    mediaUrl = Text()
    mediaUrls = Listing()
    buffer = Text()
    filename = Text()
    contentType = Text()
    asVoice = Flag()
    gifPlayback = Flag()
    channel = Text()
    accountId = Text()
    agentId = Text()
    replyToId = Text()
    threadId = Text()
    forceDocument = Flag()
    silent = Flag()
    parseMode = Text(one_of=("HTML",))
    sessionKey = Text()
    idempotencyKey = Text(required=True, min_length=1)


class MessageActionParams(Params):
    channel = Text(required=True, min_length=1)
    action = Text(required=True, min_length=1)
    params = Anything(required=True)
    reply = Anything()
    accountId = Text()
    requesterAccountId = Text()
    requesterSenderId = Text()
    senderIsOwner = Flag()
    sessionKey = Text()
    sessionId = Text()
    inboundTurnKind = Text(one_of=("user_request", "room_event"))
    agentId = Text()
    toolContext = Anything()
    conversationReadOrigin = Text(one_of=("direct-operator",))
    idempotencyKey = Text(required=True, min_length=1)


def send(call: Call) -> Any:
    params = call.params
    refuse_unsupported(params, _UNSUPPORTED)
    account = _account(call, params.get("channel", ""), params.get("accountId", ""))
    return _send(call, account, params["to"], params)


def message_action(call: Call) -> Any:
    params = call.params
    wanted = params["params"]
    if not isinstance(wanted, dict):
        raise InvalidRequest("invalid message.action params: at /params: must be object")
    if params["action"] != "send":
        raise InvalidRequest(f"channel {params['channel']} offers no action {params['action']!r}; it offers: send")
    refuse_unsupported(wanted, _UNSUPPORTED_OF_ACTION)
    target = wanted.get("to") or wanted.get("target")
    if not isinstance(target, str) or not isinstance(wanted.get("message", ""), str):
        raise InvalidRequest("invalid message.action params: at /params: target and message must be strings")
    account = _account(call, params["channel"], params.get("accountId") or str(wanted.get("accountId") or ""))
    return _send(call, account, target, wanted)


def _account(call: Call, channel: str, account_id: str) -> ConfiguredAccount:
    """The account to send from; the only one where none is named."""
    facts = call.gateway.services.facts
    if channel and channel not in call.gateway.services.channels:
        known = ", ".join(sorted(call.gateway.services.channels)) or "none"
        raise InvalidRequest(f"unknown channel: {channel}; known: {known}")
    fitting = [account for account in facts.accounts if channel in ("", account.channel)]
    if account_id:
        fitting = [account for account in fitting if account.account_id == account_id]
    ready = [account for account in fitting if account.account is not None]
    if not ready:
        why = next((account.problem for account in fitting if account.problem), "none is configured and on")
        raise Unavailable(f"{channel or 'no channel'} has no account to send from: {why}")
    chosen = next((account for account in ready if account.default), ready[0])
    if not channel and len({account.channel for account in ready}) > 1:
        names = ", ".join(sorted({account.channel for account in ready}))
        raise InvalidRequest(f"several channels are configured ({names}); name one")
    return chosen


def _send(call: Call, account: ConfiguredAccount, target: str, wanted: dict[str, Any]) -> Any:
    services = call.gateway.services
    text = checked_text(wanted.get("message") or "")
    target = target.removeprefix(f"{account.channel}:").strip()
    if not text.strip() or not target:
        raise InvalidRequest(f"invalid {call.method} params: a target and a message are needed")
    route = ReplyRoute(
        account.channel,
        account.account_id,
        target,
        thread_id=str(wanted["threadId"]) if wanted.get("threadId") else None,
        reply_to=str(wanted["replyToId"]) if wanted.get("replyToId") else None,
    )
    capabilities = services.channels[account.channel].capabilities
    posting = services.messenger.post(route, text, capabilities, call.params["idempotencyKey"])
    _Watch(call, posting, route).look()
    return LATER


class _Watch:
    """Responds once, when the message has left or has not, or when the wait is over."""

    def __init__(self, call: Call, posting: Posting, route: ReplyRoute) -> None:
        self._call = call
        self._posting = posting
        self._route = route
        self._until = time.monotonic() + WAIT_SECONDS

    def look(self) -> None:
        try:
            if not self._answered():
                self._call.gateway.timekeeper.after(LOOK_SECONDS, self._look_later)
        except OpenClawError as error:
            self._call.fail(error)
        except Exception as error:  # noqa: BLE001 - whoever asked must hear of it
            self._call.fail(bug_in(self._call.method, error))

    def _look_later(self) -> None:
        if not self._call.gateway.background.put(self.look):
            self._call.fail(Unavailable("the message is on its way; ask again with the same key to hear how it went"))

    def _answered(self) -> bool:
        found = self._call.gateway.services.messenger.state(self._posting)
        if found.state == "open" and time.monotonic() < self._until:
            return False
        if found.state in ("failed", "unknown"):
            doubt = " (it may have arrived)" if found.state == "unknown" else ""
            raise Unavailable(f"{self._route.channel} did not take the message: {found.error}{doubt}")
        self._call.respond(
            {
                "runId": self._call.params["idempotencyKey"],
                "messageId": found.message_id or None,
                "channel": self._route.channel,
                "accountId": self._route.account,
                "to": self._route.target,
                "status": "sent" if found.state == "sent" else "queued",
            }
        )
        return True


METHODS = (
    Method("send", SendParams(), send),
    Method("message.action", MessageActionParams(), message_action),
)
