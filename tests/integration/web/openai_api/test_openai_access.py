"""Who may call ``/v1``, and when it is there."""

from __future__ import annotations

from collections.abc import Callable

import openai
import pytest

from openclaw.ports.auth_limiter import LimiterRule
from openclaw.ports.secrets import Secret
from openclaw.settings.sections.gateway import HttpApi, Responses
from tests.integration.web.devices import Device
from tests.integration.web.openai_api.calls import CHAT, EVERYTHING, HELLO, open_client, post
from tests.integration.web.serving import Served
from tests.integration.web.twins import TOKEN, answer
from web.services import AuthPolicy
from web.startup import StartFailed


@pytest.mark.spec("B1", "B5", "I3")
def test_a_wrong_key_and_none_are_told_in_openais_words(api: Served) -> None:
    for headers in ({}, {"Authorization": "Bearer wrong"}):
        status, sent, answered = post(api, "/v1/chat/completions", CHAT, headers)
        assert (status, answered["error"]["code"]) == (401, "invalid_api_key")
        assert sent["WWW-Authenticate"].startswith("Bearer")
    assert api.desk.submitted == []


@pytest.mark.spec("B5", "I3")
def test_a_token_without_write_may_list_models_and_no_more(api: Served) -> None:
    device = Device()
    with api.stranger() as socket:
        token = device.connect(socket)["payload"]["auth"]["deviceToken"]
    with open_client(api, token) as client:
        assert len(client.models.list().data) == 4
        with pytest.raises(openai.PermissionDeniedError):
            client.chat.completions.create(model="openclaw", messages=HELLO)
        with pytest.raises(openai.PermissionDeniedError):
            client.embeddings.create(model="openclaw", input="x")


@pytest.mark.spec("I3")
def test_who_guesses_too_often_is_locked_out(serve: Callable[..., Served]) -> None:
    auth = AuthPolicy(token=Secret(TOKEN), limiter=LimiterRule(2, 60, 300), exempt_loopback=False)
    served = serve(http=EVERYTHING, auth=auth)
    for _ in range(2):
        status, headers, answered = post(served, "/v1/chat/completions", CHAT, {"Authorization": "Bearer guess"})
    assert (status, answered["error"]["code"]) == (429, "rate_limit_exceeded")
    assert int(headers["Retry-After"]) > 1


@pytest.mark.spec("I3")
def test_a_page_of_another_origin_cannot_use_an_open_gateway(serve: Callable[..., Served]) -> None:
    served = serve(http=EVERYTHING, auth=AuthPolicy(mode="none"))
    served.desk.work = answer("hi")
    assert post(served, "/v1/chat/completions", CHAT, {"Origin": "https://evil.example"})[0] == 403
    assert post(served, "/v1/chat/completions", CHAT, {"Origin": "http://localhost:3000"})[0] == 200
    assert post(served, "/v1/chat/completions", CHAT, {})[0] == 200


@pytest.mark.spec("B1", "B2", "H6")
def test_a_gateway_that_starts_or_stops_says_when_to_come_back(serve: Callable[..., Served]) -> None:
    api = serve(http=EVERYTHING)
    api.gateway.startup.failure = StartFailed("reload", OSError())
    status, headers, answered = post(api, "/v1/chat/completions", CHAT)
    assert (status, headers["Retry-After"], answered["error"]["type"]) == (503, "1", "server_error")
    api.gateway.startup.failure = None
    api.gateway.drain()
    with open_client(api) as client, pytest.raises(openai.InternalServerError) as caught:
        client.chat.completions.create(model="openclaw", messages=HELLO)
    assert (caught.value.status_code, caught.value.response.headers["Retry-After"]) == (503, "1")


@pytest.mark.spec("B1")
def test_what_is_switched_off_or_unknown_is_not_found(serve: Callable[..., Served]) -> None:
    served = serve()
    for path in ("/v1/chat/completions", "/v1/responses", "/v1/embeddings", "/v1/files"):
        status, _, answered = post(served, path, CHAT)
        assert (status, answered["error"]["code"]) == (404, "unknown_url")
    with open_client(served) as client, pytest.raises(openai.NotFoundError):
        client.models.list()


@pytest.mark.spec("B1")
def test_each_interface_is_switched_on_by_itself(serve: Callable[..., Served]) -> None:
    served = serve(http=HttpApi(responses=Responses(enabled=True)))
    served.desk.work = answer("hi")
    with open_client(served) as client:
        assert client.responses.create(model="openclaw", input="x").output_text == "hi"
        assert client.models.list().data[0].id == "openclaw"
        with pytest.raises(openai.NotFoundError):
            client.chat.completions.create(model="openclaw", messages=HELLO)
