"""``POST /webhooks/<channel>/<account>``: a platform's call becomes durable rows before it gets its 200.

Slack's documentation has apps take its calls at one address, ``/slack/events``, and so do apps that were set up before:
there the account is the one whose signature it is.

The account verifies the caller. Anything but 200 makes a platform call again, which is what we want while the database
is away, and never for a message that is stored already.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from http import HTTPStatus

from flask import Blueprint, Response, jsonify, request

from openclaw.errors import InvalidRequest, Unavailable, WebhookRejected
from openclaw.ports.channel import Received, WebhookAnswer, WebhookHandshake, WebhookReceiver, WebhookRequest
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
        if not isinstance(account, WebhookReceiver):
            return jsonify(error="this account takes no webhooks"), 404
        if request.method == "POST":
            return _answer(gateway, channel, lambda: _receive(gateway, account, _call()))
        if not isinstance(account, WebhookHandshake):
            return jsonify(error="this account is called by POST"), 405
        shake = account.shake_hands
        return _answer(gateway, channel, lambda: (Received(answer=shake(request.args.to_dict())), 0))

    @routes.route("/slack/events", methods=["POST"])
    def slack_events() -> tuple[Response, int] | tuple[Response, int, dict[str, str]]:
        return _answer(gateway, "slack", lambda: _receive_of_any(gateway, "slack"))

    return routes


def _answer(
    gateway: Gateway, channel: str, take: Callable[[], tuple[Received, int]]
) -> tuple[Response, int] | tuple[Response, int, dict[str, str]]:
    """What the platform reads of what came of its call."""
    try:
        received, stored = take()
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


def _plain(answer: WebhookAnswer) -> tuple[Response, int]:
    return Response(answer.body, content_type=answer.content_type), 200


def _call() -> WebhookRequest:
    """The call as the platform made it. Its body can be read once."""
    return WebhookRequest(
        headers={name.lower(): value for name, value in request.headers.items()},
        body=request.get_data(cache=False),
        query=request.args.to_dict(),
    )


def _receive_of_any(gateway: Gateway, channel: str) -> tuple[Received, int]:
    """By the first account of the channel that takes the call for its platform's. As ``_receive``."""
    call = _call()
    for configured in gateway.services.facts.accounts:
        account: object = configured.account
        if configured.channel == channel and isinstance(account, WebhookReceiver):
            try:
                return _receive(gateway, account, call)
            except WebhookRejected as error:
                if error.http_status != HTTPStatus.UNAUTHORIZED:
                    raise
    raise WebhookRejected("no account takes this call")


def _receive(gateway: Gateway, account: WebhookReceiver, call: WebhookRequest) -> tuple[Received, int]:
    """What a call brought, and how many of its messages became durable. Raises WebhookRejected, Unavailable."""
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
