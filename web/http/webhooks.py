"""``POST /webhooks/<channel>/<account>``: a platform's call becomes durable rows before it gets its 200.

The account verifies the caller. Anything but 200 makes a platform call again, which is what we want while the database
is away, and never for a message that is stored already.
"""

from __future__ import annotations

import logging

from flask import Blueprint, Response, jsonify, request

from openclaw.errors import InvalidRequest, Unavailable, WebhookRejected
from openclaw.ports.channel import ChannelAccount, Received, WebhookAnswer, WebhookHandshake, WebhookRequest
from web.gateway import Gateway

log = logging.getLogger(__name__)

MAX_BODY_BYTES = 1_048_576
DEFAULT_RETRY_SECONDS = 5


def webhook_routes(gateway: Gateway) -> Blueprint:
    """The routes that platforms call."""
    routes = Blueprint("webhooks", __name__)

    @routes.route("/webhooks/<channel>/<account_id>", methods=["GET", "POST"])
    def webhook(channel: str, account_id: str) -> tuple[Response, int] | tuple[Response, int, dict[str, str]]:
        configured = gateway.services.facts.account(channel, account_id)
        if configured is None or configured.account is None:
            return jsonify(error="unknown account"), 404
        account: object = configured.account
        if request.method != "POST" and not isinstance(account, WebhookHandshake):
            return jsonify(error="this account is called by POST"), 405
        try:
            if isinstance(account, WebhookHandshake) and request.method != "POST":
                return _plain(account.shake_hands(request.args.to_dict()))
            received, stored = _receive(gateway, configured.account)
        except WebhookRejected as error:
            gateway.metrics.webhook(channel, error.http_status)
            return jsonify(error=str(error)), error.http_status
        except Unavailable as error:
            gateway.metrics.webhook(channel, 503)
            seconds = max(1, round(error.retry_after_seconds or DEFAULT_RETRY_SECONDS))
            return jsonify(error=str(error)), 503, {"Retry-After": str(seconds)}
        gateway.metrics.webhook(channel, 200)
        if received.answer is not None:
            return _plain(received.answer)
        return jsonify(ok=True, accepted=stored), 200

    return routes


def _plain(answer: WebhookAnswer) -> tuple[Response, int]:
    return Response(answer.body, content_type=answer.content_type), 200


def _receive(gateway: Gateway, account: ChannelAccount) -> tuple[Received, int]:
    """What a call brought, and how many of its messages became durable. Raises WebhookRejected, Unavailable."""
    call = WebhookRequest(
        headers={name.lower(): value for name, value in request.headers.items()},
        body=request.get_data(cache=False),
        query=request.args.to_dict(),
    )
    received = account.receive(call)
    stored = 0
    for envelope in received.envelopes:
        try:
            accepted = gateway.services.intake.submit_envelope(envelope)
        except InvalidRequest as error:
            # Calling again would not help, and would hold up what comes behind it.
            log.warning("a message from %s/%s was refused: %s", envelope.channel, envelope.account, error)
        else:
            if accepted is not None:
                stored += 1
                gateway.metrics.accepted(envelope.channel)
    return received, stored
