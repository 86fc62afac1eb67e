"""Meta calls the gateway: it asks whether the address is right, and posts signed messages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from openclaw.channels.whatsapp.manifest import WhatsAppPlugin
from openclaw.ports.channel import AccountPlace
from tests.integration.web.serving import Served
from tests.integration.web.test_gateway_http import fetch
from tests.wire.whatsapp import payloads
from web.services import ConfiguredAccount

SECTION = {
    "access_token": "EAAG",
    "phone_number_id": payloads.NUMBER_ID,
    "app_secret": "app-s3cret",
    "verify_token": "v3rify",
}


@pytest.fixture
def shop(serve: Callable[..., Served]) -> Iterator[Served]:
    account = WhatsAppPlugin().open_account("shop", SECTION, AccountPlace(Path("/nowhere")))
    yield serve(accounts=(ConfiguredAccount("whatsapp", "shop", account, "webhook", True),))
    account.close()


@pytest.mark.spec("C2")
def test_the_address_is_right_for_who_knows_the_verify_token(shop: Served) -> None:
    query = {"hub.mode": "subscribe", "hub.verify_token": "v3rify", "hub.challenge": "1158201444"}
    status, headers, body = fetch(shop.url(f"/webhooks/whatsapp/shop?{urlencode(query)}"))
    assert (status, body) == (200, b"1158201444")
    assert headers["Content-Type"].startswith("text/plain")
    wrong = urlencode(query | {"hub.verify_token": "other"})
    assert fetch(shop.url(f"/webhooks/whatsapp/shop?{wrong}"))[0] == 403
    assert fetch(shop.url("/webhooks/whatsapp/shop"))[0] == 403


@pytest.mark.spec("C2")
def test_every_message_of_a_signed_call_is_accepted_and_an_unsigned_call_is_not(shop: Served) -> None:
    body = payloads.body(payloads.of(payloads.message(1, text={"body": "Hi"}), payloads.message(2)))
    address = shop.url("/webhooks/whatsapp/shop")
    status, _, answer = fetch(address, body, payloads.signed(body, "app-s3cret"))
    assert (status, b'"accepted":2' in answer.replace(b" ", b"")) == (200, True)
    assert fetch(address, body, payloads.signed(body, "other"))[0] == 401
    assert fetch(address, body)[0] == 401
