"""Google's calls at the gateway: an empty object once the message is kept, and nothing for anybody else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from openclaw.channels.googlechat.manifest import GoogleChatPlugin
from openclaw.ports.channel import AccountPlace
from tests.integration.web.serving import Served
from tests.integration.web.test_gateway_http import fetch
from tests.wire.googlechat import events
from tests.wire.googlechat.server import GoogleServer, bearer
from web.services import ConfiguredAccount

pytestmark = pytest.mark.spec("B1", "C5")
PATH = "/webhooks/googlechat/default"


@pytest.fixture
def google() -> Iterator[GoogleServer]:
    with GoogleServer() as running:
        yield running


@pytest.fixture
def served(serve: Callable[..., Served], google: GoogleServer) -> Iterator[Served]:
    account = GoogleChatPlugin().open_account("default", google.section(), AccountPlace(Path("/nowhere")))
    yield serve(accounts=(ConfiguredAccount("googlechat", "default", account),))
    account.close()


def test_a_call_of_google_is_answered_with_an_empty_object(served: Served, google: GoogleServer) -> None:
    status, headers, body = fetch(
        served.url(PATH), events.body(events.said("@Claw hello")), {"Authorization": bearer(google)}
    )
    assert (status, body, headers["Content-Type"]) == (200, b"{}", "application/json")
    assert [envelope.text for envelope in served.desk.envelopes] == ["hello"]


def test_a_call_that_google_did_not_sign_is_refused(served: Served, google: GoogleServer) -> None:
    forged = bearer(google, email="somebody@project.iam.gserviceaccount.com")
    for headers in ({}, {"Authorization": "Bearer x"}, {"Authorization": forged}):
        assert fetch(served.url(PATH), events.body(events.said()), headers)[0] == 401
    assert not served.desk.envelopes
