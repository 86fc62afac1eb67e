"""What every channel does alike."""

from __future__ import annotations

from dataclasses import replace

import pytest

from openclaw.errors import (
    ChannelOutcomeUnknown,
    ChannelRateLimited,
    ChannelRejected,
    ChannelUnreachable,
    WebhookRejected,
)
from openclaw.ports.channel import KeyedSender
from openclaw.reply.plan import plan_replies
from openclaw.reply.text_measure import MEASURES

LONG = "\n\n".join(
    [f"Paragraph {i}. " + "Some words and \U0001f600 more. " * 40 for i in range(8)]
    + ["```python\n" + "\n".join(f"value_{i} = '<&>' * {i}" for i in range(400)) + "\n```", "The end."]
)


def test_a_text_arrives_and_gets_an_id(world):
    receipt = world.account.send(world.route, "Hello there")
    assert world.taken() == ["Hello there"]
    assert receipt.provider_message_id


def test_every_message_gets_an_id_of_its_own(world):
    ids = {world.account.send(world.route, f"message {i}").provider_message_id for i in range(3)}
    assert len(ids) == 3


def test_every_chunk_of_a_long_reply_is_taken_in_order(world):
    chunks = plan_replies(LONG, world.plugin.capabilities)
    for chunk in chunks:
        world.account.send(world.route, chunk.text)
    taken = world.taken()
    assert len(taken) == len(chunks) > 2
    assert taken[0].startswith("Paragraph 0.")
    assert taken[-1].endswith("The end.")
    measure = MEASURES[world.plugin.capabilities.text_unit]
    assert all(measure(chunk.text) <= world.plugin.capabilities.max_text_chars for chunk in chunks)
    assert sum(text.count("value_") for text in taken) == 400


def test_a_text_over_the_platforms_limit_is_refused_for_good(world):
    with pytest.raises(ChannelRejected):
        world.account.send(world.route, "x" * world.refused_chars)
    assert world.taken() == []


def test_a_rate_limit_says_how_long_to_wait(world):
    world.rate_limit(7)
    with pytest.raises(ChannelRateLimited) as raised:
        world.account.send(world.route, "Hello")
    assert raised.value.retry_after_seconds == getattr(world, "own_wait_seconds", 7)
    assert world.taken() == []
    world.account.send(world.route, "Hello")
    assert world.taken() == ["Hello"]


def test_a_refusal_is_permanent(world):
    world.refuse()
    with pytest.raises(ChannelRejected) as raised:
        world.account.send(world.route, "Hello")
    assert not raised.value.retryable
    assert world.taken() == []


def test_a_platform_that_is_away_has_taken_nothing(world):
    world.unplug()
    with pytest.raises(ChannelUnreachable) as raised:
        world.account.send(world.route, "Hello")
    assert raised.value.retryable
    assert world.taken() == []


def test_a_lost_answer_leaves_the_outcome_unknown(world):
    world.swallow_the_answer()
    with pytest.raises(ChannelOutcomeUnknown) as raised:
        world.account.send(world.route, "Hello")
    assert not raised.value.retryable
    assert world.taken() == ["Hello"]


def test_a_message_that_is_sent_again_under_its_key_is_one_message_where_the_platform_knows_keys(world):
    knows_keys = isinstance(world.account, KeyedSender)
    assert knows_keys == (world.plugin.capabilities.known_again_ms > 0)
    if not knows_keys:
        return
    world.swallow_the_answer()
    with pytest.raises(ChannelOutcomeUnknown):
        world.account.keyed("19a1b2c3d4e-fffff").send(world.route, "Hello")
    again = world.account.keyed("19a1b2c3d4e-fffff").send(world.route, "Hello")
    assert again.provider_message_id
    assert world.taken() == ["Hello"]
    world.account.keyed("19a1b2c3d4e-100000").send(world.route, "Hello")
    world.account.send(world.route, "Hello")
    assert world.taken() == ["Hello"] * 3


def test_typing_is_shown_where_the_platform_shows_it(world):
    world.account.typing(world.route)
    assert world.typing_notes() == int(world.plugin.capabilities.typing)


def test_typing_never_fails(world):
    world.unplug()
    world.account.typing(world.route)


def test_a_verified_webhook_gives_an_envelope_that_can_be_answered(webhooks):
    (envelope,) = webhooks.account.receive(webhooks.inbound("Hi", 900)).envelopes
    assert (envelope.channel, envelope.account) == (webhooks.plugin.name, webhooks.account.account_id)
    assert envelope.event_id
    assert envelope.text == "Hi"
    assert envelope.peer.kind == "direct"
    assert envelope.sender.id
    assert envelope.route.conversation == webhooks.route.conversation
    webhooks.account.send(envelope.route, "Hi yourself")
    assert webhooks.taken() == ["Hi yourself"]


def test_a_message_can_be_quoted_by_the_id_that_it_came_with(webhooks):
    (envelope,) = webhooks.account.receive(webhooks.inbound("Hi", 904)).envelopes
    assert envelope.message_id
    webhooks.account.send(replace(envelope.route, reply_to=envelope.message_id), "Hi yourself")
    assert webhooks.taken() == ["Hi yourself"]


def test_the_same_event_has_the_same_id_again(webhooks):
    request = webhooks.inbound("Hi", 901)
    assert (
        webhooks.account.receive(request).envelopes[0].event_id
        == webhooks.account.receive(request).envelopes[0].event_id
    )


@pytest.mark.parametrize("secret", ["", "wrong", "a-webhook-secret-and-more", "é"])
def test_a_webhook_without_the_secret_is_refused(webhooks, secret):
    with pytest.raises(WebhookRejected) as raised:
        webhooks.account.receive(webhooks.inbound("Hi", 902, secret=secret))
    assert raised.value.http_status == 401


def test_a_webhook_without_any_header_is_refused(webhooks):
    with pytest.raises(WebhookRejected) as raised:
        webhooks.account.receive(replace(webhooks.inbound("Hi", 903), headers={}))
    assert raised.value.http_status == 401


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"text"', b"\xff\xfe", b"{}", b"[" * 20000])
def test_a_webhook_that_cannot_be_read_is_refused(webhooks, body):
    with pytest.raises(WebhookRejected) as raised:
        webhooks.account.receive(webhooks.posted(body))
    assert raised.value.http_status == 400


def test_a_message_is_changed_in_its_place(editing):
    first = editing.account.send(editing.route, "First draft").provider_message_id
    editing.account.send(editing.route, "Another message")
    editing.account.edit(editing.route, first, "Final text")
    editing.account.edit(editing.route, first, "Final text")
    assert editing.taken() == ["Final text", "Another message"]


def test_a_message_is_taken_back(editing):
    first = editing.account.send(editing.route, "First").provider_message_id
    editing.account.send(editing.route, "Second")
    editing.account.delete(editing.route, first)
    editing.account.delete(editing.route, first)
    assert editing.taken() == ["Second"]


def test_a_message_that_is_gone_cannot_be_changed(editing):
    gone = editing.account.send(editing.route, "First").provider_message_id
    editing.account.delete(editing.route, gone)
    with pytest.raises(ChannelRejected):
        editing.account.edit(editing.route, gone, "Second")
