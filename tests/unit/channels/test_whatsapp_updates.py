"""Payloads of the Cloud API become envelopes, or nothing, or an error; never something half read."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openclaw.channel_kit.shapes import Malformed
from openclaw.channels.whatsapp.answering import answered, quoted
from openclaw.channels.whatsapp.inbound import Failure, Number, read_update
from openclaw.domain.envelope import Peer, RemoteFile, ReplyRoute, Sender
from tests.wire.whatsapp.payloads import DISPLAY_NUMBER, NUMBER_ID, PERSON, PHONE, USER_ID, message, of, payload, status
from tests.wire.whatsapp.payloads import value as value_of

NUMBER = Number("shop", NUMBER_ID)
GROUP = "Y2FwaV9ncm91cDoxNzA1NTU1MDEzOToxMjAzNjM0MDQ2OTQyMzM4MjAZD"


def envelope_of(*args, **fields):
    (envelope,) = read_update(of(message(*args, **fields)), NUMBER).envelopes
    return envelope


def text_of(kind, **fields):
    return envelope_of(1, kind, **fields).text


def test_a_text():
    envelope = envelope_of(7, text={"body": "Hello"})
    assert (envelope.channel, envelope.account, envelope.text) == ("whatsapp", "shop", "Hello")
    assert envelope.event_id == envelope.message_id == "wamid.HBgL000007"
    assert envelope.peer == Peer("direct", PHONE)
    assert envelope.sender == Sender(PHONE, "Sheena Nelson")
    assert envelope.route == ReplyRoute("whatsapp", "shop", PHONE, reply_to="~wamid.HBgL000007")
    assert envelope.mentioned is None
    assert envelope.extra == {
        "sender_username": "sheena",
        "sender_e164": f"+{PHONE}",
        "sender_user_id": USER_ID,
        "sent_at_ms": 1_767_225_600_000,
    }


def test_a_route_knows_what_it_answers_and_quotes_it_only_once_the_runtime_says_so():
    envelope = envelope_of(7)
    quoting = replace(envelope.route, reply_to=envelope.message_id)
    assert (answered(envelope.route), quoted(envelope.route)) == ("wamid.HBgL000007", "")
    assert (answered(quoting), quoted(quoting)) == ("wamid.HBgL000007", "wamid.HBgL000007")


def test_a_person_without_a_phone_number_goes_by_the_user_id():
    person = {"profile": {"name": "Sheena"}, "user_id": USER_ID}
    data = payload(value_of(message(**{"from": None}), contacts=[person]))
    (envelope,) = read_update(data, NUMBER).envelopes
    assert envelope.sender == Sender(USER_ID, "Sheena")
    assert envelope.route.target == USER_ID
    assert "sender_e164" not in envelope.extra


def test_every_message_of_every_change_is_read():
    one, two = value_of(message(1), message(2)), value_of(message(3))
    data = payload(one, two)
    data["entry"] += payload(value_of(message(4)))["entry"]
    assert [each.event_id[-1] for each in read_update(data, NUMBER).envelopes] == ["1", "2", "3", "4"]


def test_each_message_has_the_name_of_who_wrote_it():
    other = {"profile": {"name": "Bob"}, "wa_id": "4915112345678"}
    data = payload(value_of(message(1), message(2, **{"from": other["wa_id"]}), contacts=[other, PERSON]))
    assert [each.sender.name for each in read_update(data, NUMBER).envelopes] == ["Sheena Nelson", "Bob"]


def test_a_group_message_belongs_to_the_group():
    envelope = envelope_of(group_id=GROUP)
    assert envelope.peer == Peer("group", GROUP)
    assert envelope.sender.id == PHONE
    assert envelope.route.target == GROUP
    assert envelope.mentioned is None


def test_a_reply_to_us_in_a_group_speaks_to_us():
    context = {"from": DISPLAY_NUMBER, "id": "wamid.OURS"}
    envelope = envelope_of(group_id=GROUP, context=context)
    assert envelope.mentioned is True
    assert envelope.extra["reply_to"] == "wamid.OURS"


@pytest.mark.parametrize(
    ("kind", "media", "file", "text"),
    [
        ("image", {"caption": "Look!"}, RemoteFile("77", "image", "image/jpeg"), "<media:image>\nLook!"),
        ("audio", {"voice": True}, RemoteFile("77", "voice", "image/jpeg"), "<media:voice>"),
        ("audio", {"voice": False}, RemoteFile("77", "audio", "image/jpeg"), "<media:audio>"),
        ("video", {}, RemoteFile("77", "video", "image/jpeg"), "<media:video>"),
        ("document", {"filename": "a.pdf"}, RemoteFile("77", "document", "image/jpeg", "a.pdf"), "<media:document>"),
        ("sticker", {"animated": True}, RemoteFile("77", "sticker", "image/jpeg"), "<media:sticker>"),
    ],
)
def test_media_are_files_behind_a_placeholder(kind, media, file, text):
    envelope = envelope_of(1, kind, **{kind: {"id": "77", "mime_type": "image/jpeg", "sha256": "x"} | media})
    assert envelope.files == (file,)
    assert envelope.text == text


def test_the_codec_is_no_part_of_a_mime_type():
    audio = {"id": "77", "mime_type": "audio/ogg; codecs=opus", "voice": True}
    assert envelope_of(1, "audio", audio=audio).files[0].mime == "audio/ogg"


def test_a_place_and_people_are_read_out():
    place = {"latitude": 37.48, "longitude": -122.14, "name": "Philz", "address": "101 Forest Ave"}
    assert text_of("location", location=place) == "[Location] Philz, 101 Forest Ave (37.48, -122.14)"
    assert text_of("location", location={"latitude": 1, "longitude": 2}) == "[Location] (1, 2)"
    contact = {"name": {"formatted_name": "Barbara J. Johnson"}, "phones": [{"phone": "+1 650"}, {"wa_id": "1650"}]}
    emails = {"emails": [{"email": "b@x.org"}]}
    assert text_of("contacts", contacts=[contact | emails]) == "[Contact] Barbara J. Johnson, +1 650, 1650, b@x.org"


@pytest.mark.parametrize(
    ("kind", "content", "says"),
    [
        ("interactive", {"type": "button_reply", "button_reply": {"id": "/approve ab yes", "title": "Yes"}}, "/approve ab yes"),
        ("interactive", {"type": "list_reply", "list_reply": {"id": "two", "title": "Two", "description": ""}}, "two"),
        ("interactive", {"type": "button_reply", "button_reply": {"title": "Yes"}}, "Yes"),
        ("interactive", {"type": "nfm_reply", "nfm_reply": {"response_json": '{"a": 1}'}}, '[Form] {"a": 1}'),
        ("button", {"text": "Stop", "payload": "stop-it"}, "Stop"),
    ],
)  # fmt: skip
def test_a_pressed_button_says_what_it_says(kind, content, says):
    assert text_of(kind, **{kind: content}) == says


def test_an_order_is_read_out():
    items = [{"product_retailer_id": "di9", "quantity": 2, "item_price": 30, "currency": "USD"}]
    order = {"catalog_id": "1", "text": "Quickly please", "product_items": items}
    assert text_of("order", order=order) == "[Order]\n• 2 of di9 at 30 USD\nQuickly please"


def test_what_meta_does_not_pass_on_is_said_to_be_missing():
    assert text_of("unsupported", errors=[{"code": 131051}]) == "[A message that WhatsApp does not pass on]"
    assert text_of("unsupported", unsupported={"type": "poll"}).endswith("does not pass on: poll]")
    assert text_of("hologram").endswith("does not pass on: hologram]")


def test_an_advertisement_or_a_product_is_named_below_the_question():
    referral = {"headline": "Cheap!", "body": "Come", "source_url": "https://fb.me/x"}
    assert envelope_of(referral=referral).text == (
        "Hello\n\n[From an advertisement or post]\n> Cheap!\n> Come\n> https://fb.me/x"
    )
    product = {"catalog_id": "1", "product_retailer_id": "di9"}
    assert envelope_of(context={"referred_product": product}).text == "Hello\n\n[About product di9]"
    assert envelope_of(text={"body": "/stop"}, referral=referral).text == "/stop"


def test_reactions_come_and_go():
    put = envelope_of(1, "reaction", reaction={"message_id": "wamid.OURS", "emoji": "👍"})
    assert (put.event, put.text, put.message_id, put.event_id) == ("reaction", "👍", "wamid.OURS", "wamid.HBgL000001")
    gone = envelope_of(2, "reaction", reaction={"message_id": "wamid.OURS"})
    assert (gone.event, gone.text, gone.message_id) == ("unreaction", "", "wamid.OURS")


def test_edits_and_deletions_are_events_of_their_own():
    inner = {"type": "text", "text": {"body": "Hello again"}}
    edit = envelope_of(1, "edit", edit={"original_message_id": "wamid.FIRST", "message": inner})
    assert (edit.event, edit.text, edit.message_id) == ("edit", "Hello again", "wamid.FIRST")
    gone = envelope_of(1, "revoke", revoke={"original_message_id": "wamid.FIRST"})
    assert (gone.event, gone.text, gone.message_id) == ("delete", "", "wamid.FIRST")
    assert len({edit.event_id, gone.event_id, "wamid.HBgL000001"}) == 3


@pytest.mark.parametrize("state", ["sent", "delivered", "read", "played"])
def test_statuses_give_nothing(state):
    update = read_update(status(state), NUMBER)
    assert (update.envelopes, update.failures, update.skipped) == ([], [], [])


def test_a_failed_delivery_is_told_with_its_code():
    errors = [{"code": 131047, "title": "Re-engagement message", "error_data": {"details": "24 hours"}}]
    update = read_update(status("failed", errors=errors), NUMBER)
    assert update.failures == [Failure("wamid.OURS", 131047, "Re-engagement message")]
    account = payload(value_of(messages=None, errors=[{"code": 130429, "message": "Rate limit"}]))
    assert read_update(account, NUMBER).failures == [Failure("", 130429, "Rate limit")]


@pytest.mark.parametrize(
    "fields", [{"statuses": "x"}, {"statuses": [{"status": "failed", "errors": 5}]}, {"errors": 7}]
)
def test_malformed_statuses_do_not_hold_up_the_messages_beside_them(fields):
    update = read_update(payload(value_of(message(1), **fields)), NUMBER)
    assert (len(update.envelopes), len(update.skipped)) == (1, 1)


@pytest.mark.parametrize(
    "data",
    [
        of(message(1, "system", system={"body": "User changed from 1 to 2", "type": "user_changed_number"})),
        of(message(1, "request_welcome")),
        of(message(1, text={"body": "  "})),
        payload(value_of(message(1)), field="smb_message_echoes"),
        payload({"event": "APPROVED"}, field="message_template_status_update"),
        payload(),
    ],
)
def test_there_is_nothing_to_answer(data):
    assert read_update(data, NUMBER).envelopes == []


def test_messages_to_another_number_of_the_app_are_left_out():
    update = read_update(of(message()), Number("shop", "999"))
    assert (update.envelopes, update.skipped, update.elsewhere) == ([], [], 1)


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"object": "page", "entry": []},
        {"object": "whatsapp_business_account"},
        {"object": "whatsapp_business_account", "entry": [{"changes": {}}]},
        {"object": "whatsapp_business_account", "entry": ["x"]},
        payload({"messages": []}),
        payload(value_of(message(), contacts={})),
        payload(value_of(messages=["x"])),
    ],
)
def test_a_malformed_frame_is_an_error(data):
    with pytest.raises(Malformed):
        read_update(data, NUMBER)


@pytest.mark.parametrize(
    "bad",
    [
        message(2, type=None),
        message(2, text="Hello"),
        message(2, **{"from": 5}),
        message(2, id=None),
        message(2, "image", image={"mime_type": "image/png"}),
        message(2, "location", location={"latitude": "x", "longitude": 1}),
        message(2, "reaction", reaction={"emoji": "x"}),
        message(2, "edit", edit={"original_message_id": "x"}),
    ],
)
def test_a_malformed_message_does_not_hold_up_the_others(bad):
    update = read_update(of(message(1), bad, message(3)), NUMBER)
    assert [each.event_id[-1] for each in update.envelopes] == ["1", "3"]
    assert len(update.skipped) == 1


json_value = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
FIELDS = sorted(
    {*message(), "context", "referral", "group_id", "image", "reaction", "interactive", "order", "contacts"}
)


@given(st.sampled_from(FIELDS), json_value, st.sampled_from(["text", "image", "interactive", "order", "contacts"]))
def test_whatever_a_field_holds_the_message_is_read_or_left_out(field, value, kind):
    update = read_update(of(message(1, kind) | {field: value}), NUMBER)
    assert all(each.text and each.peer.id and each.sender.id for each in update.envelopes)
