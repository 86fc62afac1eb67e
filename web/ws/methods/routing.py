"""``routing.explain``: where a message goes, and why."""

# ruff: noqa: N815 - the wire writes its names so
from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from web.validation import Listing, Params, Text
from web.ws.dispatch import Call, Method

if TYPE_CHECKING:
    from web.gateway import Gateway


class ExplainParams(Params):
    #: A stored message, by its run id or as channel:account:event; or all the others.
    message = Text(min_length=1)
    channel = Text(min_length=1)
    accountId = Text(min_length=1)
    peerKind = Text(min_length=1)
    peerId = Text(min_length=1)
    parentPeerKind = Text(min_length=1)
    parentPeerId = Text(min_length=1)
    senderId = Text(min_length=1)
    senderName = Text()
    senderUsername = Text()
    senderE164 = Text()
    threadId = Text(min_length=1)
    guildId = Text(min_length=1)
    teamId = Text(min_length=1)
    roleIds = Listing(of_text=True)


def explain_route(call: Call) -> Any:
    desk = call.gateway.services.routes
    assert desk is not None
    return call.answer_from(call.gateway.lookups.put, partial(desk.explain, call.params))


def _can_explain(gateway: Gateway) -> bool:
    return gateway.services.routes is not None


METHODS = (Method("routing.explain", ExplainParams(), explain_route, _can_explain),)
