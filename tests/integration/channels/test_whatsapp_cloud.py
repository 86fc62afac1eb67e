"""A business number against a Cloud API server: real HTTP, real failures, and the signatures that pywa takes."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from openclaw.channels.whatsapp.manifest import WhatsAppPlugin
from openclaw.domain.chat_commands import menu
from openclaw.domain.envelope import RemoteFile, ReplyRoute
from openclaw.errors import (
    ChannelError,
    ChannelOutcomeUnknown,
    ChannelRateLimited,
    ChannelRejected,
    ChannelUnreachable,
    WebhookRejected,
)
from openclaw.ports.channel import AccountPlace, OutboundFile, WebhookRequest
from tests.wire.whatsapp import payloads
from tests.wire.whatsapp.server import CloudApiServer, Fault, Media

TOKEN = "EAAG-very-secret-token"
APP_SECRET = "app-s3cret"
ROUTE = ReplyRoute("whatsapp", "default", payloads.PHONE)
GROUP = ReplyRoute("whatsapp", "default", "Y2FwaV9ncm91cDoxNzA1NTU1MDEzOToxMjAzNjM0MDQ2OTQyMzM4MjAZD")
PNG = OutboundFile(b"\x89PNG", "image/png", "chart.png")
OGG = OutboundFile(b"OggS", "audio/ogg", "answer.ogg", voice_note=True)


@pytest.fixture
def server() -> Iterator[CloudApiServer]:
    with CloudApiServer(TOKEN, payloads.NUMBER_ID) as running:
        yield running


@pytest.fixture
def opened(server: CloudApiServer) -> Iterator[Any]:
    accounts = []

    def open_account(**changes: Any) -> Any:
        section = {
            "access_token": TOKEN,
            "phone_number_id": payloads.NUMBER_ID,
            "app_secret": APP_SECRET,
            "verify_token": "v3rify",
            "api_base": server.url,
        }
        accounts.append(WhatsAppPlugin().open_account("default", section | changes, AccountPlace(Path("/nowhere"))))
        return accounts[-1]

    yield open_account
    for account in accounts:
        account.close()


def posted(data: dict[str, Any]) -> WebhookRequest:
    body = payloads.body(data)
    return WebhookRequest(payloads.signed(body, APP_SECRET), body, {})


@pytest.mark.spec("C2", "C10")
def test_a_message_is_marked_as_read_and_answered_in_the_dialect_of_the_platform(server, opened):
    account = opened()
    (envelope,) = account.receive(posted(payloads.of(payloads.message(5)))).envelopes
    account.typing(envelope.route)
    quoting = replace(envelope.route, reply_to=envelope.message_id)
    receipt = account.send(quoting, "**Here**:\n\n- [docs](https://x.org)")
    assert receipt.provider_message_id == "wamid.SENT1"
    assert server.chat.messages == [
        {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": payloads.PHONE,
            "type": "text",
            "text": {"body": "*Here*:\n\n• docs (https://x.org)", "preview_url": True},
            "context": {"message_id": "wamid.HBgL000005"},
        }
    ]
    assert server.chat.read == [
        {
            "messaging_product": "whatsapp",
            "status": "read",
            "message_id": "wamid.HBgL000005",
            "typing_indicator": {"type": "text"},
        }
    ]


def test_without_quoting_an_answer_stands_alone_and_still_knows_what_to_mark_as_read(server, opened):
    account = opened()
    (envelope,) = account.receive(posted(payloads.of(payloads.message(5)))).envelopes
    account.send(envelope.route, "Hello")
    account.typing(envelope.route)
    assert "context" not in server.chat.messages[0]
    assert server.chat.read[0]["message_id"] == "wamid.HBgL000005"


def test_without_read_receipts_nobody_sees_that_a_message_was_read(server, opened):
    account = opened(read_receipts=False)
    (envelope,) = account.receive(posted(payloads.of(payloads.message(5)))).envelopes
    account.typing(envelope.route)
    assert server.chat.read == []


def test_a_person_without_a_phone_number_and_a_group_are_reached(server, opened):
    account = opened()
    account.send(ReplyRoute("whatsapp", "default", payloads.USER_ID), "Hello")
    account.send(GROUP, "Hello all")
    account.send(ReplyRoute("whatsapp", "default", f"+{payloads.PHONE}"), "Hello")
    person, group, phone = server.chat.messages
    assert (person["recipient"], "to" in person) == (payloads.USER_ID, False)
    assert (group["recipient_type"], group["to"]) == ("group", GROUP.target)
    assert phone["to"] == payloads.PHONE
    with pytest.raises(ChannelRejected, match="no phone number"):
        account.send(ReplyRoute("whatsapp", "default", "nobody at all"), "Hello")


def test_groups_have_neither_typing_notes_nor_buttons(server, opened):
    account = opened()
    account.typing(ReplyRoute("whatsapp", "default", GROUP.target, reply_to="~wamid.X"))
    account.send_with_buttons(GROUP, "Run it?", [("Yes", "yes")])
    assert server.chat.read == []
    assert [message["type"] for message in server.chat.messages] == ["text"]


@pytest.mark.spec("C2", "I2")
def test_buttons_stand_below_a_message_and_a_press_says_what_the_button_says(server, opened):
    account = opened()
    buttons = [("Yes, once", "/approve ab yes"), ("A label that is far too long", "no"), ("Too long", "x" * 257)]
    account.send_with_buttons(ROUTE, "**Run** it?", [*buttons, ("Yes, once", "again"), ("C", "c"), ("D", "d")])
    (sent,) = server.chat.messages
    assert sent["interactive"]["body"] == {"text": "*Run* it?"}
    assert [each["reply"] for each in sent["interactive"]["action"]["buttons"]] == [
        {"id": "/approve ab yes", "title": "Yes, once"},
        {"id": "no", "title": "A label that is far "},
        {"id": "c", "title": "C"},
    ]
    reply = {"type": "button_reply", "button_reply": {"id": "/approve ab yes", "title": "Yes, once"}}
    (envelope,) = account.receive(posted(payloads.of(payloads.message(6, "interactive", interactive=reply)))).envelopes
    assert envelope.text == "/approve ab yes"


def test_a_text_that_is_too_long_for_buttons_goes_before_them(server, opened):
    opened().send_with_buttons(ROUTE, "word " * 400, [("Yes", "yes")])
    text, buttons = server.chat.messages
    assert (text["type"], buttons["interactive"]["body"]["text"]) == ("text", "Please choose:")


@pytest.mark.spec("C2")
def test_files_are_uploaded_and_sent_as_what_they_are(server, opened):
    account = opened()
    account.send_file(ROUTE, PNG, "A **chart**")
    account.send_file(ROUTE, OGG, "")
    account.send_file(ROUTE, OutboundFile(b"{}", "application/json", "data.json"), "")
    image, voice, document = server.chat.messages
    assert image["image"] == {"id": "1000000", "caption": "A *chart*"}
    assert server.chat.media["1000000"] == Media(b"\x89PNG", "image/png", "chart.png")
    assert voice["audio"] == {"id": "1000001", "voice": True}
    assert document["document"] == {"id": "1000002", "filename": "data.json"}
    assert server.chat.media["1000002"].mime == "text/plain"


def test_words_that_cannot_stand_below_a_file_follow_it(server, opened):
    account = opened()
    account.send_file(ROUTE, OGG, "Listen")
    account.send_file(ROUTE, PNG, "word " * 300)
    assert [message["type"] for message in server.chat.messages] == ["audio", "text", "image", "text"]
    assert "caption" not in server.chat.messages[2]["image"]


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (OutboundFile(b"PK", "application/zip", "a.zip"), "application/zip"),
        (OutboundFile(b"x" * (5 * 1024 * 1024 + 1), "image/png", "big.png"), "5 MB"),
    ],
)
def test_a_file_that_meta_does_not_take_is_refused_with_the_reason(server, opened, file, words):
    with pytest.raises(ChannelRejected, match=words):
        opened().send_file(ROUTE, file, "")
    assert server.chat.calls == []


def test_an_upload_without_an_answer_has_sent_nothing(server, opened):
    server.fail(Fault("close-after-request", edge="media"))
    with pytest.raises(ChannelUnreachable):
        opened().send_file(ROUTE, PNG, "")
    assert server.chat.messages == []


@pytest.mark.spec("C2")
def test_reactions_are_put_and_taken_away(server, opened):
    account = opened()
    account.react(ReplyRoute("whatsapp", "default", payloads.PHONE, reply_to="wamid.X"), "wamid.X", "👀")
    account.react(ROUTE, "wamid.X", "👀", remove=True)
    put, gone = server.chat.messages
    assert put["reaction"] == {"message_id": "wamid.X", "emoji": "👀"}
    assert "context" not in put
    assert gone["reaction"] == {"message_id": "wamid.X", "emoji": ""}


@pytest.mark.spec("C2")
def test_a_persons_file_is_fetched_with_the_token(server, opened):
    server.keep("77", Media(b"voice", "audio/ogg"))
    file = RemoteFile("77", "voice", "audio/ogg")
    assert opened().fetch_file(file, 100) == b"voice"
    with pytest.raises(ChannelRejected, match="larger than 4 bytes"):
        opened().fetch_file(file, 4)
    with pytest.raises(ChannelRejected, match="does not exist"):
        opened().fetch_file(RemoteFile("78"), 100)


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/files?mid=77",
        "http://lookaside.fbsbx.com/x",
        "https://lookaside.fbsbx.com.evil.example/x",
        "https://user@lookaside.fbsbx.com/x",
        "file:///etc/passwd",
        "http://127.0.0.1:1/x",
    ],
)
def test_the_token_goes_to_no_host_but_metas(server, opened, url):
    server.keep("77", Media(b"x", "image/png", url=url))
    with pytest.raises(ChannelRejected, match="not Meta's"):
        opened().fetch_file(RemoteFile("77"), 100)


def test_a_download_ends_at_the_limit_whatever_its_size_was_said_to_be(server, opened):
    server.keep("78", Media(b"x" * 50, "image/png"))
    server.keep("77", Media(b"", "image/png", url=f"{server.url}/files?mid=78"))
    with pytest.raises(ChannelRejected, match="larger than 20 bytes"):
        opened().fetch_file(RemoteFile("77"), 20)


@pytest.mark.spec("C2")
def test_meta_learns_that_the_address_is_right_only_with_our_token(opened):
    account = opened()
    query = {"hub.mode": "subscribe", "hub.verify_token": "v3rify", "hub.challenge": "1158201444"}
    answer = account.shake_hands(query)
    assert (answer.body, answer.content_type) == ("1158201444", "text/plain; charset=utf-8")
    for wrong in ({"hub.verify_token": "é"}, {"hub.mode": "unsubscribe"}, {"hub.challenge": ""}):
        with pytest.raises(WebhookRejected) as raised:
            account.shake_hands(query | wrong)
        assert raised.value.http_status == 403
    with pytest.raises(WebhookRejected):
        account.shake_hands({})


@pytest.mark.spec("C2")
def test_the_signature_covers_the_bytes_that_came(opened):
    account = opened()
    body = '{"object": "whatsapp_business_account", "entry": [], "x": "\\u00e9 \U0001f600"}'.encode()
    account.receive(WebhookRequest(payloads.signed(body, APP_SECRET), body, {}))
    with pytest.raises(WebhookRejected) as raised:
        account.receive(WebhookRequest(payloads.signed(body, APP_SECRET), body.replace(b" ", b""), {}))
    assert raised.value.http_status == 401


@pytest.mark.spec("C2")
def test_pywa_takes_our_signatures_and_reads_our_payloads_alike():
    from pywa import WhatsApp
    from pywa.types import Message
    from pywa.utils import webhook_updates_validator

    from openclaw.channels.whatsapp.account import signature
    from openclaw.channels.whatsapp.inbound import Number, read_update
    from openclaw.ports.secrets import Secret

    client = WhatsApp(phone_id=payloads.NUMBER_ID, token=TOKEN)
    for fields in (
        {"text": {"body": "é \U0001f600"}, "context": {"from": "1", "id": "wamid.OURS"}},
        {"kind": "image", "image": {"id": "77", "mime_type": "image/jpeg", "sha256": "x", "caption": "Look"}},
        {"kind": "document", "document": {"id": "78", "mime_type": "application/pdf", "sha256": "x", "filename": "a"}},
    ):
        data = payloads.of(payloads.message(1, **fields))
        body = payloads.body(data)
        assert webhook_updates_validator(APP_SECRET, body, signature(Secret(APP_SECRET), body))
        assert not webhook_updates_validator("other", body, signature(Secret(APP_SECRET), body))
        theirs = Message.from_update(client, data)
        (ours,) = read_update(data, Number("default", payloads.NUMBER_ID)).envelopes
        assert ours.message_id == theirs.id
        assert (ours.sender.id, ours.sender.name) == (theirs.from_user.wa_id, theirs.from_user.name)
        assert ours.extra["sender_user_id"] == theirs.from_user.bsuid
        assert ours.extra["sent_at_ms"] == theirs.timestamp.timestamp() * 1000
        assert ours.text.removeprefix(f"<media:{theirs.type.value}>").strip() == (theirs.text or theirs.caption or "")
        assert [file.ref for file in ours.files] == ([theirs.media.id] if theirs.media else [])
        reply = theirs.reply_to_message
        assert ours.extra.get("reply_to") == (reply.id if reply else None)


def test_a_failed_delivery_is_logged_with_its_code_and_what_helps(opened, caplog):
    errors = [{"code": 131047, "title": "Re-engagement message"}]
    with caplog.at_level(logging.WARNING):
        assert opened().receive(posted(payloads.status("failed", errors=errors))).envelopes == ()
    assert "wamid.OURS was not delivered: code 131047 Re-engagement message" in caplog.text
    assert "24 hours" in caplog.text
    assert payloads.PHONE not in caplog.text


@pytest.mark.spec("C2")
def test_too_many_messages_to_one_person_wait_as_long_as_the_pair_rate_asks(server, opened):
    server.fail(Fault(code=131056, message="(#131056) (Business Account, Consumer Account) pair rate limit hit"))
    with pytest.raises(ChannelRateLimited) as raised:
        opened().send(ROUTE, "Hello")
    assert raised.value.retry_after_seconds == 6


def test_an_answer_that_cannot_be_read_leaves_the_outcome_unknown(server, opened):
    server.fail(Fault("garbage"))
    with pytest.raises(ChannelOutcomeUnknown):
        opened().send(ROUTE, "Hello")


@pytest.mark.spec("C2")
def test_the_token_is_in_no_log_and_no_error(server, opened, caplog):
    account = opened(read_timeout_seconds=5)
    seen = ""
    with caplog.at_level(logging.DEBUG):
        for fault in (Fault(message=f"bad {TOKEN}", details=APP_SECRET), Fault("close-after-request")):
            server.fail(fault)
            with pytest.raises(ChannelError) as raised:
                account.send(ROUTE, "fails")
            seen += f"{raised.value!s} {raised.value.__cause__!r}"
        with pytest.raises(ChannelRejected, match=r"code 190.*access token") as wrong:
            opened(access_token="EAAG-other").send(ROUTE, "fails")
    seen += caplog.text + str(wrong.value)
    assert "messages" in seen
    for secret in (TOKEN, APP_SECRET, "EAAG-other"):
        assert secret not in seen


@pytest.mark.spec("C2")
def test_a_probe_says_who_the_number_is_or_what_is_wrong(server, opened):
    probe = opened().probe(5)
    assert (probe.ok, probe.identity) == (True, "Local Shop +1 555-078-3881")
    wrong = opened(access_token="EAAG-other").probe(5)
    assert not wrong.ok
    assert "190" in wrong.error
    server.stop()
    assert not opened().probe(5).ok


@pytest.mark.spec("C2", "E1")
def test_every_command_that_is_listed_fits_into_the_menu(server, opened):
    opened().offer_commands([*menu(), ("x" * 33, "Too long a name")])
    assert {"command_name": "status", "command_description": dict(menu())["status"]} in server.chat.commands
    assert len(server.chat.commands) == min(30, len(menu()))
