"""A Google Chat account over real HTTP: whose calls it takes, and what it asks of Google."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from openclaw.channels.googlechat.account import GoogleChatAccount
from openclaw.channels.googlechat.manifest import GoogleChatPlugin
from openclaw.channels.googlechat.verify import CallVerifier
from openclaw.domain.envelope import RemoteFile, ReplyRoute
from openclaw.errors import (
    ChannelOutcomeUnknown,
    ChannelRejected,
    ChannelUnreachable,
    WebhookRejected,
)
from openclaw.ports.channel import AccountPlace, OutboundFile, WebhookRequest
from tests.wire.googlechat import events
from tests.wire.googlechat.server import APP, BOT_SCOPE, PERSON_SCOPE, Fault, GoogleServer, bearer, key_pair

pytestmark = pytest.mark.spec("C5")
PLACE = AccountPlace(Path("/nowhere"))
ROUTE = ReplyRoute("googlechat", "default", "spaces/ROOM", "T1")
PROJECT = "1234567890"
ADD_ON = f"service-{PROJECT}@gcp-sa-gsuiteaddons.iam.gserviceaccount.com"


@pytest.fixture
def server() -> Iterator[GoogleServer]:
    with GoogleServer() as running:
        yield running


@pytest.fixture
def account(server: GoogleServer) -> Iterator[GoogleChatAccount]:
    opened = open_on(server)
    yield opened
    opened.close()


def open_on(server: GoogleServer, **keys) -> GoogleChatAccount:
    return GoogleChatPlugin().open_account("default", server.section(**keys), PLACE)


def call(authorization: str, data=None) -> WebhookRequest:
    return WebhookRequest({"authorization": authorization}, events.body(data or events.said()), {})


def status_of(account: GoogleChatAccount, authorization: str) -> int:
    """What a call with this header is answered with."""
    try:
        account.receive(call(authorization))
    except WebhookRejected as error:
        return error.http_status
    return 200


# --- whose calls are taken -------------------------------------------------------------------------------------------


def test_a_call_is_answered_at_once_with_an_empty_object(server, account):
    received = account.receive(call(bearer(server)))
    assert (received.answer.body, received.answer.content_type) == ("{}", "application/json")
    assert [each.text for each in received.envelopes] == ["hello"]


def test_a_kind_that_is_not_known_is_answered_too(server, account):
    received = account.receive(call(bearer(server), events.event("APP_HOME")))
    assert (received.envelopes, received.answer.body) == ((), "{}")


@pytest.mark.parametrize(
    "changes",
    [
        {"audience": "https://claw.example.org/webhooks/googlechat/another"},
        {"iss": "https://accounts.example.org"},
        {"iss": "chat@system.gserviceaccount.com"},
        {"email": "somebody@project.iam.gserviceaccount.com"},
        {"email": ADD_ON},
        {"email": None},
        {"email_verified": False},
        {"email_verified": "true"},
        {"lasts_seconds": -60},
        {"issued_seconds_ago": 7_200},
        {"issued_seconds_ago": -600},
        {"key_id": "key-2"},
        {"key_id": None},
        {"iat": "yesterday"},
        {"aud": None},
    ],
    ids=str,
)
def test_other_tokens_of_google_are_refused(server, account, changes):
    assert status_of(account, bearer(server)) == 200
    assert status_of(account, bearer(server, **changes)) == 401


def test_a_token_by_another_key_is_refused(server, account):
    assert status_of(account, bearer(server, key=key_pair("somebody else"))) == 401


def test_a_token_without_a_signature_or_with_another_algorithm_is_refused(server, account):
    header, claims, signature = bearer(server).removeprefix("Bearer ").split(".")
    none = "eyJhbGciOiJub25lIiwia2lkIjoia2V5LTEifQ"  # {"alg":"none","kid":"key-1"}
    hmac = "eyJhbGciOiJIUzI1NiIsImtpZCI6ImtleS0xIn0"  # {"alg":"HS256","kid":"key-1"}
    for token in (
        f"{none}.{claims}.",
        f"{none}.{claims}.{signature}",
        f"{hmac}.{claims}.{signature}",
        f"{header}.{claims}.",
        f"{header}.{claims}.{signature[:-8]}AAAAAAAA",
        f"{header}.{claims}",
        "a.b.c",
        "....",
    ):
        assert status_of(account, f"Bearer {token}") == 401


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic abc", "Bearer é"])
def test_a_call_without_a_token_is_refused_and_costs_no_request(server, account, header):
    assert status_of(account, header) == 401
    assert server.certificates_asked == 0


def test_the_account_of_the_projects_add_on_may_sign_where_the_project_is_named(server):
    account = open_on(server, project_number=PROJECT)
    assert status_of(account, bearer(server, email=ADD_ON)) == 200
    assert status_of(account, bearer(server)) == 200
    assert status_of(account, bearer(server, email=ADD_ON.replace(PROJECT, "99"))) == 401
    account.close()


def test_an_app_that_is_known_by_its_projects_number(server):
    account = open_on(server, audience_type="project-number", audience=PROJECT)
    chat = {"iss": "chat@system.gserviceaccount.com", "email": None}
    assert status_of(account, bearer(server, audience=PROJECT, **chat)) == 200
    assert status_of(account, bearer(server, audience="99", **chat)) == 401
    assert status_of(account, bearer(server, audience=PROJECT)) == 401
    account.close()


def test_certificates_are_kept(server, account):
    for _ in range(5):
        assert status_of(account, bearer(server)) == 200
        assert status_of(account, bearer(server, key_id="unknown")) == 401
    assert server.certificates_asked == 1


def test_without_certificates_nobody_is_let_in_and_google_calls_again(server, account):
    server.certificates_broken = True
    assert status_of(account, bearer(server)) == 503
    server.certificates_broken = False
    assert status_of(account, bearer(server)) == 200


def test_a_key_that_is_new_is_found_and_old_certificates_are_asked_for_again(server, account):
    now = [0.0]
    verifier = CallVerifier(account._config, account._http, lambda: now[0])
    verifier.verify(bearer(server))
    now[0] = 30
    with pytest.raises(WebhookRejected):
        verifier.verify(bearer(server, key_id="unknown"))
    assert server.certificates_asked == 1
    now[0] = 100
    with pytest.raises(WebhookRejected):
        verifier.verify(bearer(server, key_id="unknown"))
    assert server.certificates_asked == 2
    now[0] = 4_000
    server.certificates_broken = True
    with pytest.raises(WebhookRejected) as raised:
        verifier.verify(bearer(server))
    assert raised.value.http_status == 503


# --- what leaves -----------------------------------------------------------------------------------------------------


def test_a_reply_goes_into_its_thread_with_an_id_of_its_request(server, account):
    receipt = account.send(ROUTE, "**Hi** you")
    ((method, path, query, message),) = server.calls
    assert (method, path) == ("POST", "/v1/spaces/ROOM/messages")
    assert query["messageReplyOption"] == ["REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD"]
    assert len(query["requestId"][0]) == 36
    assert message == {
        "text": "*Hi* you",
        "markupSyntax": "MARKUP_SYNTAX_CHAT",
        "thread": {"name": "spaces/ROOM/threads/T1"},
    }
    assert receipt.provider_message_id in server.messages


def test_a_lost_answer_is_asked_for_again_and_makes_no_second_message(server, account):
    server.fail(Fault("swallow"))
    receipt = account.send(ROUTE, "once")
    assert list(server.messages) == [receipt.provider_message_id]
    assert len(server.calls) == 2


def test_buttons_leave_as_a_card(server, account):
    account.send_with_buttons(ROUTE, "Allow?", [("Yes", "/approve 1"), ("No", "/deny 1")])
    (message,) = server.messages.values()
    (card,) = message["cardsV2"]
    buttons = card["card"]["sections"][0]["widgets"][0]["buttonList"]["buttons"]
    assert [button["text"] for button in buttons] == ["Yes", "No"]
    assert message["text"] == "Allow?"


def test_a_message_is_changed_and_taken_back(server, account):
    message_id = account.send(ROUTE, "first").provider_message_id
    account.edit(ROUTE, message_id, "*second*")
    assert server.messages[message_id]["text"] == "_second_"
    account.delete(ROUTE, message_id)
    assert server.messages == {}
    account.delete(ROUTE, message_id)
    with pytest.raises(ChannelRejected):
        account.edit(ROUTE, message_id, "third")


@pytest.mark.parametrize("target", ["", "ROOM", "spaces/", "spaces/a/b", "spaces/../../token", "spaces/a?b=c"])
def test_a_target_that_is_no_space_asks_nothing_of_google(server, account, target):
    with pytest.raises(ChannelRejected):
        account.send(ReplyRoute("googlechat", "default", target), "hello")
    with pytest.raises(ChannelRejected):
        account.edit(ROUTE, target, "hello")
    with pytest.raises(ChannelRejected):
        account.send(ReplyRoute("googlechat", "default", "spaces/ROOM", f"T1/{target}"), "hello")
    assert server.calls == []


def test_a_space_that_the_app_is_not_in_refuses_for_good(account):
    with pytest.raises(ChannelRejected, match="not a member"):
        account.send(ReplyRoute("googlechat", "default", "spaces/ELSEWHERE"), "hello")


# --- tokens ----------------------------------------------------------------------------------------------------------


def test_one_token_serves_many_calls_and_is_renewed_when_google_refuses_it(server, account):
    for number in range(3):
        account.send(ROUTE, f"message {number}")
    assert [(each["iss"], each["scope"]) for each in server.tokens_given] == [(APP, BOT_SCOPE)]
    server.revoke_tokens()
    account.send(ROUTE, "with another token")
    assert len(server.tokens_given) == 2


def test_threads_share_one_token(server, account):
    threads = [threading.Thread(target=account.send, args=(ROUTE, f"message {number}")) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(server.messages) == 8
    assert len(server.tokens_given) == 1


def test_the_key_can_be_in_a_file(server, tmp_path):
    (tmp_path / "key.json").write_text(server.key_json())
    account = open_on(server, service_account=None, service_account_file=str(tmp_path / "key.json"))
    account.send(ROUTE, "hello")
    account.close()
    assert server.texts == ["hello"]


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"client_email": "a", "private_key": "pr1vate"}'])
def test_a_key_that_cannot_be_used_is_a_refusal_and_is_not_shown(server, tmp_path, content):
    (tmp_path / "key.json").write_text(content)
    account = open_on(server, service_account=None, service_account_file=str(tmp_path / "key.json"))
    with pytest.raises(ChannelRejected) as raised:
        account.send(ROUTE, "hello")
    account.close()
    assert "pr1vate" not in str(raised.value)


def test_a_key_that_google_does_not_know_is_a_refusal(server):
    key = json.loads(server.key_json()) | {"private_key": key_pair("somebody else").key.decode()}
    account = open_on(server, service_account=json.dumps(key))
    with pytest.raises(ChannelRejected, match="invalid_grant"):
        account.send(ROUTE, "hello")
    probe = account.probe(5)
    account.close()
    assert (probe.ok, "invalid_grant" in probe.error) == (False, True)


def test_without_a_token_nothing_was_sent(server, account):
    server.fail(Fault(code=504, status="DEADLINE_EXCEEDED", what="token"))
    with pytest.raises(ChannelUnreachable):
        account.send(ROUTE, "hello")
    assert server.calls == []


def test_a_probe_says_who_the_app_is(account):
    assert (account.probe(5).ok, account.probe(5).identity) == (True, APP)


# --- files -----------------------------------------------------------------------------------------------------------

PICTURE = OutboundFile(b"\x89PNG\r\n\r\n--not-a-boundary", "image/png", 'a "picture".png')


def test_google_takes_no_files_from_apps_so_the_words_leave_and_say_so(server, account):
    account.send_file(ROUTE, PICTURE, "look")
    assert server.uploads == []
    assert server.texts[0].startswith("look\n\n[a")
    assert "takes no files from apps" in server.texts[0]


def test_a_file_is_sent_as_the_person_whom_the_app_may_act_for(server):
    account = open_on(server, delegate="sasha@example.com")
    account.send_file(ROUTE, PICTURE, "look")
    account.send(ROUTE, "and that is the app again")
    account.close()
    assert server.uploads == [(PICTURE.name, "image/png", PICTURE.content)]
    first, second = server.messages.values()
    assert first["attachment"] == [{"attachmentDataRef": {"attachmentUploadToken": "upload-1"}}]
    assert (first["text"], first["sender"]["name"]) == ("look", "sasha@example.com")
    assert second["sender"]["name"] == APP
    assert [each["scope"] for each in server.tokens_given] == [PERSON_SCOPE, BOT_SCOPE]


def test_a_persons_file_is_fetched(server, account):
    server.media["ClxzcGFjZXMvQUFB="] = b"content"
    assert account.fetch_file(RemoteFile("ClxzcGFjZXMvQUFB="), 100) == b"content"
    with pytest.raises(ChannelRejected, match="larger"):
        account.fetch_file(RemoteFile("ClxzcGFjZXMvQUFB="), 3)
    with pytest.raises(ChannelRejected):
        account.fetch_file(RemoteFile("gone"), 100)


@pytest.mark.parametrize("ref", ["", "../spaces", "a?b", "a#b", "a b"])
def test_a_files_name_leads_nowhere_else(server, account, ref):
    with pytest.raises(ChannelRejected):
        account.fetch_file(RemoteFile(ref), 100)
    assert server.calls == []


def test_an_answer_that_cannot_be_read_leaves_the_outcome_unknown(server, account):
    server.fail(Fault("swallow"), Fault("swallow"))
    with pytest.raises(ChannelOutcomeUnknown):
        account.send(ROUTE, "hello")
