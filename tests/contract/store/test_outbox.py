"""Replies on their way out: in order, once, or known to be unknown."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from openclaw.domain.envelope import CLIENT_ROUTE, ReplyRoute
from openclaw.domain.run import FencedRun
from openclaw.errors import StaleFence
from openclaw.store.models import outbox
from tests.contract.store.world import ROUTE, World

CONVERSATION = ROUTE.conversation


def test_chunks_leave_in_order_and_never_past_an_earlier_open_one(world: World) -> None:
    claim = world.running()
    world.finish(claim, replies=("one", "two"))
    first = world.outbox.claim_next(CONVERSATION, world.now, 1000)
    assert (first.text, first.run_id, first.attempts, first.route) == ("one", claim.run_id, 1, ROUTE)
    assert world.outbox.claim_next(CONVERSATION, world.now, 1000) is None
    assert world.outbox.due_conversations(world.now, 10) == []
    assert world.outbox.mark_sent(first, "p1", world.now)
    assert world.outbox.due_conversations(world.now, 10) == [CONVERSATION]
    second = world.outbox.claim_next(CONVERSATION, world.now, 1000)
    assert second.text == "two"
    assert world.outbox.mark_sent(second, "p2", world.now)
    assert world.outbox.claim_next(CONVERSATION, world.now, 1000) is None
    assert [(r["state"], r["provider_message_id"]) for r in world.rows(outbox)] == [("sent", "p1"), ("sent", "p2")]


def test_a_retry_holds_the_conversation_back_until_it_is_due(world: World) -> None:
    world.finish(world.running(), replies=("one", "two"))
    row = world.outbox.claim_next(CONVERSATION, world.now, 1000)
    assert world.outbox.mark_retry(row, "rate limited", world.now + 5000)
    assert world.outbox.due_conversations(world.now + 4999, 10) == []
    assert world.outbox.claim_next(CONVERSATION, world.now + 4999, 1000) is None
    again = world.outbox.claim_next(CONVERSATION, world.now + 5000, 1000)
    assert (again.text, again.attempts) == ("one", 2)
    assert not world.outbox.mark_sent(row, "late", world.now)
    assert world.outbox.mark_sent(again, "p", world.now)


def test_a_row_that_failed_for_good_lets_the_next_one_go(world: World) -> None:
    world.finish(world.running(), replies=("one", "two"))
    row = world.outbox.claim_next(CONVERSATION, world.now, 1000)
    assert world.outbox.mark_ended(row, "failed", "blocked", world.now)
    assert world.outbox.claim_next(CONVERSATION, world.now, 1000).text == "two"


def test_a_claim_that_ran_out_is_unknown_and_never_pending(world: World) -> None:
    world.finish(world.running(), replies=("one",))
    row = world.outbox.claim_next(CONVERSATION, world.now, 1000)
    assert world.outbox.expire_claims(world.now + 999, 10) == []
    assert world.outbox.expire_claims(world.now + 1000, 10) == [row]
    assert world.outbox.expire_claims(world.now + 1000, 10) == []
    assert world.outbox.claim_next(CONVERSATION, world.now + 9999, 1000) is None
    assert world.sessions.counts()["outbox_unknown"] == 1


def test_a_sender_that_comes_back_late_says_what_really_happened(world: World) -> None:
    world.finish(world.running(), replies=("one",))
    row = world.outbox.claim_next(CONVERSATION, world.now, 1000)
    world.outbox.expire_claims(world.now + 1000, 10)
    assert world.outbox.mark_sent(row, "p1", world.now + 2000)
    assert world.rows(outbox)[0]["state"] == "sent"
    assert not world.outbox.mark_ended(row, "unknown", "x", world.now)


def test_an_unknown_row_may_be_sent_again_where_the_channel_allows_it(world: World) -> None:
    world.finish(world.running(), replies=("one",))
    world.outbox.claim_next(CONVERSATION, world.now, 1000)
    (row,) = world.outbox.expire_claims(world.now + 1000, 10)
    assert world.outbox.mark_retry(row, "unknown", world.now)
    again = world.outbox.claim_next(CONVERSATION, world.now, 1000)
    assert again.attempts == 2
    assert not world.outbox.mark_sent(row, "late", world.now)


def test_conversations_do_not_wait_for_each_other(world: World) -> None:
    other = ReplyRoute("telegram", "default", "bob")
    world.finish(world.running(), replies=("one",))
    world.outbox.enqueue_notice(other, "hello bob", "k1", world.now + 5)
    assert world.outbox.due_conversations(world.now + 5, 10) == [CONVERSATION, other.conversation]
    assert world.outbox.due_conversations(world.now + 5, 1) == [CONVERSATION]
    world.outbox.claim_next(CONVERSATION, world.now, 1000)
    assert world.outbox.claim_next(other.conversation, world.now + 5, 1000).text == "hello bob"


def test_a_notice_is_queued_once_per_key(world: World) -> None:
    assert world.outbox.enqueue_notice(ROUTE, "busy", "notice:1", world.now)
    assert not world.outbox.enqueue_notice(ROUTE, "busy", "notice:1", world.now)
    assert not world.outbox.enqueue_notice(CLIENT_ROUTE, "busy", "notice:2", world.now)
    assert world.outbox.claim_next(CONVERSATION, world.now, 1000).run_id == ""


def test_many_senders_at_once_send_every_chunk_once_and_in_order(world: World) -> None:
    world.finish(world.running(), replies=tuple(str(n) for n in range(30)))
    sent: list[str] = []

    def deliver(_: int) -> None:
        for _attempt in range(30):
            row = world.outbox.claim_next(CONVERSATION, world.now, 1000)
            if row is not None:
                sent.append(row.text)
                assert world.outbox.mark_sent(row, row.text, world.now)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(deliver, range(6)))
    while (row := world.outbox.claim_next(CONVERSATION, world.now, 1000)) is not None:
        sent.append(row.text)
        world.outbox.mark_sent(row, row.text, world.now)
    assert sent == [str(n) for n in range(30)]


def test_a_run_queues_a_message_once_and_only_under_its_fence(world: World) -> None:
    claim = world.running()
    run = FencedRun(claim.run_id, claim.session_id, claim.fence)
    there = ReplyRoute("telegram", "default", "77")
    assert world.outbox.enqueue_in_run(run, there, ["one", "two"], "tool:run:1", world.now)
    assert not world.outbox.enqueue_in_run(run, there, ["one", "two"], "tool:run:1", world.now)
    for stale in (replace(run, fence=run.fence - 1), replace(run, run_id="another")):
        with pytest.raises(StaleFence):
            world.outbox.enqueue_in_run(stale, there, ["three"], "tool:run:2", world.now)
    assert [row["text"] for row in world.rows(outbox)] == ["one", "two"]
    world.finish(claim)
    with pytest.raises(StaleFence):
        world.outbox.enqueue_in_run(run, there, ["late"], "tool:run:3", world.now)
    assert world.outbox.claim_next(there.conversation, world.now, 1000).text == "one"


def test_a_notice_may_have_buttons(world: World) -> None:
    buttons = (("Yes", "/approve ab yes"), ("No", "/approve ab no"))
    assert world.outbox.enqueue_notice(ROUTE, "Run it?", "k", world.now, buttons)
    row = world.outbox.claim_next(ROUTE.conversation, world.now, 1_000)
    assert row is not None
    assert row.buttons == buttons


def test_the_next_row_is_seen_without_being_claimed_and_may_be_put_off(world: World) -> None:
    world.outbox.enqueue_notice(ROUTE, "one", "head-1", world.now)
    world.outbox.enqueue_notice(ROUTE, "two", "head-2", world.now)
    head = world.outbox.head(ROUTE.conversation)
    assert head is not None
    assert (head.route, head.due_at_ms) == (ROUTE, world.now)
    world.outbox.postpone(head, world.now + 500)
    assert world.outbox.head(ROUTE.conversation).due_at_ms == world.now + 500
    assert world.outbox.claim_next(ROUTE.conversation, world.now + 499, 1_000) is None
    row = world.outbox.claim_next(ROUTE.conversation, world.now + 500, 1_000)
    assert (row.text, row.attempts) == ("one", 1)
    # While it is being sent nothing else of the conversation can leave, and nobody puts it off.
    assert world.outbox.head(ROUTE.conversation) is None
    world.outbox.postpone(head, world.now + 9_000)
    world.outbox.mark_sent(row, "m1", world.now)
    assert world.outbox.head(ROUTE.conversation).due_at_ms == world.now
