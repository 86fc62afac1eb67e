"""Replies leave through the outbox: in order, once or marked unknown, and through outages."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row, select, update

from openclaw.channels.loopback.account import LoopbackAccount
from openclaw.channels.loopback.limits import CAPABILITIES as LOOPBACK
from openclaw.channels.telegram.limits import CAPABILITIES as TELEGRAM
from openclaw.channels.telegram.manifest import TelegramPlugin
from openclaw.coordination.memory_send_limiter import MemorySendLimiter
from openclaw.domain import crash_points
from openclaw.domain.crash_points import CrashPoint
from openclaw.domain.envelope import ReplyRoute
from openclaw.errors import (
    ChannelOutcomeUnknown,
    ChannelRateLimited,
    ChannelRejected,
    ChannelUnreachable,
    ConfigError,
    InvalidRequest,
    NotFound,
)
from openclaw.ports.channel import AccountPlace, ChannelAccount, ChannelCapabilities, SendRate, SendReceipt
from openclaw.reply.deliver import Deliverer, DeliveryReport
from openclaw.reply.outbox_desk import OutboxDesk
from openclaw.reply.retry import RetryPolicy
from openclaw.store import Database
from openclaw.store.models import metadata
from openclaw.store.models import outbox as outbox_table
from openclaw.store.repositories.media_files import SqlMediaFiles
from openclaw.store.repositories.outbox import SqlOutboxStore
from openclaw.store.repositories.outbox_desk import SqlOutboxDesk
from tests.wire.telegram.server import BotApiServer, Fault

ROUTE = ReplyRoute("loopback", "default", "42")
OTHER = ReplyRoute("loopback", "default", "43")


class Clock:
    def __init__(self) -> None:
        self.now_ms = 1_000_000

    def __call__(self) -> int:
        return self.now_ms


class Outbox(SqlOutboxStore):
    """The real outbox, with a look inside."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._inside = database
        self.files = SqlMediaFiles(database)
        self._keys = count()

    def put(self, route: ReplyRoute, *texts: str, at_ms: int = 0) -> None:
        for text in texts:
            assert self.enqueue_notice(route, text, f"key-{next(self._keys)}", at_ms)

    @property
    def lines(self) -> list[Row[Any]]:
        with self._inside.read() as connection:
            return list(connection.execute(select(outbox_table).order_by(outbox_table.c.id)))


class Killed(BaseException):
    """The process dies here."""


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def outbox(tmp_path) -> Iterator[Outbox]:
    database = Database.connect(f"sqlite:///{tmp_path}/outbox.db")
    with database.write() as connection:
        metadata.create_all(connection)
    yield Outbox(database)
    database.close()


@pytest.fixture
def account() -> LoopbackAccount:
    return LoopbackAccount("default")


@pytest.fixture
def deliverer(outbox, account, clock) -> Deliverer:
    return make_deliverer(outbox, account, clock)


@pytest.fixture
def kill_at() -> Iterator[Callable[[CrashPoint], None]]:
    def arm(wanted: CrashPoint) -> None:
        def hook(point: CrashPoint) -> None:
            if point is wanted:
                crash_points.arm(None)
                raise Killed

        crash_points.arm(hook)

    yield arm
    crash_points.arm(None)


def make_deliverer(
    outbox: Outbox, account: ChannelAccount, clock: Clock, capabilities: ChannelCapabilities = LOOPBACK
) -> Deliverer:
    def find(channel: str, account_id: str) -> ChannelAccount | None:
        return account if account_id == account.account_id else None

    return Deliverer(outbox, find, lambda _: capabilities, clock, outbox.files, retry=RetryPolicy(jitter=0))


def texts(account: LoopbackAccount) -> list[str]:
    return [message.text for message in account.sent]


def states(outbox: Outbox) -> list[str]:
    return [line.state for line in outbox.lines]


@pytest.mark.spec("K4")
def test_what_waits_is_sent_in_order(outbox, account, deliverer):
    outbox.put(ROUTE, "one", "two", "three")
    outbox.put(OTHER, "elsewhere")
    assert deliverer.deliver(ROUTE.conversation) == DeliveryReport(3)
    assert texts(account) == ["one", "two", "three"]
    assert states(outbox) == ["sent", "sent", "sent", "pending"]
    assert [line.provider_message_id for line in outbox.lines[:3]] == ["1", "2", "3"]


def test_nothing_to_send_is_no_trouble(deliverer):
    assert deliverer.deliver(ROUTE.conversation) == DeliveryReport(0)


@pytest.mark.spec("K4")
def test_an_outage_delays_and_loses_nothing(outbox, account, deliverer, clock):
    outbox.put(ROUTE, "one", "two")
    for delay_ms in (5_000, 25_000, 120_000, 600_000):
        account.fail_next(ChannelUnreachable("down"))
        assert deliverer.deliver(ROUTE.conversation) == DeliveryReport(0, clock.now_ms + delay_ms)
        assert states(outbox) == ["pending", "pending"]
        assert deliverer.deliver(ROUTE.conversation) == DeliveryReport(0, clock.now_ms + delay_ms)
        clock.now_ms += delay_ms
    assert deliverer.deliver(ROUTE.conversation) == DeliveryReport(2)
    assert texts(account) == ["one", "two"]


def test_the_fifth_failure_is_the_last(outbox, account, deliverer, clock):
    outbox.put(ROUTE, "one", "two")
    for _ in range(5):
        account.fail_next(ChannelUnreachable("down"))
        report = deliverer.deliver(ROUTE.conversation)
        clock.now_ms += 600_000
    assert report == DeliveryReport(1)
    assert states(outbox) == ["failed", "sent"]
    assert outbox.lines[0].error == "ChannelUnreachable: down"


def test_a_later_row_never_overtakes_one_that_waits(outbox, account, deliverer):
    outbox.put(ROUTE, "one", "two")
    account.fail_next(ChannelUnreachable("down"))
    deliverer.deliver(ROUTE.conversation)
    deliverer.deliver(ROUTE.conversation)
    assert texts(account) == []


def test_another_conversation_does_not_wait(outbox, account, deliverer):
    outbox.put(ROUTE, "one")
    outbox.put(OTHER, "elsewhere")
    account.fail_next(ChannelUnreachable("down"))
    deliverer.deliver(ROUTE.conversation)
    assert deliverer.deliver(OTHER.conversation).sent == 1


@pytest.mark.spec("K4", "C10")
def test_a_rate_limit_is_obeyed_and_is_no_failure(outbox, account, deliverer, clock):
    outbox.put(ROUTE, "one")
    for _ in range(10):
        account.fail_next(ChannelRateLimited("slow down", retry_after_seconds=30))
        report = deliverer.deliver(ROUTE.conversation)
        assert report.next_due_ms is not None
        assert report.next_due_ms > clock.now_ms + 30_000
        clock.now_ms = report.next_due_ms
    assert deliverer.deliver(ROUTE.conversation).sent == 1


def in_place_of(outbox: Outbox, message_id: str) -> None:
    """Let the newest row take the place of a message."""
    with outbox._inside.write() as connection:
        connection.execute(update(outbox_table).values(edits=message_id))


@pytest.mark.spec("K4")
def test_a_reply_takes_the_place_of_a_message(outbox, account, deliverer):
    account.send(ROUTE, "in the making")
    outbox.put(ROUTE, "one")
    in_place_of(outbox, "1")
    assert deliverer.deliver(ROUTE.conversation) == DeliveryReport(1)
    assert texts(account) == ["one"]
    assert outbox.lines[0].provider_message_id == "1"


@pytest.mark.spec("K4")
def test_a_reply_for_a_message_that_is_gone_leaves_by_itself(outbox, account, deliverer):
    outbox.put(ROUTE, "one")
    in_place_of(outbox, "77")
    assert deliverer.deliver(ROUTE.conversation) == DeliveryReport(1)
    assert texts(account) == ["one"]


@pytest.mark.spec("K4")
def test_an_edit_whose_outcome_is_unknown_is_simply_made_again(outbox, account, deliverer, clock, kill_at):
    account.send(ROUTE, "in the making")
    outbox.put(ROUTE, "one")
    in_place_of(outbox, "1")
    account.fail_next(ChannelOutcomeUnknown("no answer"))
    assert deliverer.deliver(ROUTE.conversation) == DeliveryReport(0, clock.now_ms + 5_000)
    clock.now_ms += 5_000
    kill_at(CrashPoint.OUTBOX_AFTER_SEND)
    with pytest.raises(Killed):
        deliverer.deliver(ROUTE.conversation)
    clock.now_ms += 120_000
    assert outbox.expire_claims(clock.now_ms, 10) == []
    assert deliverer.deliver(ROUTE.conversation) == DeliveryReport(1)
    assert (texts(account), states(outbox)) == (["one"], ["sent"])


PACED = replace(LOOPBACK, send_rates=(SendRate(1, 1_000, per_conversation=True),))


class Limited:
    """A deliverer that keeps a pace, by a clock that its pauses move."""

    def __init__(self, outbox: Outbox, account: ChannelAccount, clock: Clock, capabilities: ChannelCapabilities):
        self.limiter = MemorySendLimiter(clock)
        self.pauses: list[float] = []
        self._clock = clock
        self.deliverer = Deliverer(
            outbox,
            lambda *_: account,
            lambda _: capabilities,
            clock,
            outbox.files,
            retry=RetryPolicy(jitter=0),
            limiter=self.limiter,
            pause=self._pause,
        )

    def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self._clock.now_ms += round(seconds * 1000)


@pytest.mark.spec("K4", "C10")
def test_a_pace_of_a_second_is_waited_for(outbox, account, clock):
    limited = Limited(outbox, account, clock, PACED)
    outbox.put(ROUTE, "one", "two", "three")
    assert limited.deliverer.deliver(ROUTE.conversation) == DeliveryReport(3)
    assert limited.pauses == [1.0, 1.0]


def test_a_worker_that_dies_while_a_row_waits_for_its_pace_leaves_it_as_it_was(outbox, account, clock):
    limited = Limited(outbox, account, clock, PACED)

    def dying(_: float) -> None:
        raise Killed

    limited.deliverer._pause = dying
    outbox.put(ROUTE, "one", "two")
    with pytest.raises(Killed):
        limited.deliverer.deliver(ROUTE.conversation)
    assert states(outbox) == ["sent", "pending"]


@pytest.mark.spec("K4", "C10")
def test_a_longer_wait_holds_no_worker_and_counts_as_no_attempt(outbox, account, clock):
    limited = Limited(outbox, account, clock, replace(LOOPBACK, min_send_interval_ms=4_000))
    outbox.put(ROUTE, "one", "two")
    outbox.put(OTHER, "elsewhere")
    start = clock.now_ms
    assert limited.deliverer.deliver(ROUTE.conversation) == DeliveryReport(1, start + 4_000)
    # The account as a whole keeps the pace, and whoever waits has a moment of its own.
    assert limited.deliverer.deliver(OTHER.conversation) == DeliveryReport(0, start + 8_000)
    assert limited.pauses == []
    assert [(line.state, line.attempts) for line in outbox.lines] == [("sent", 1), ("pending", 0), ("pending", 0)]
    assert outbox.due_conversations(start + 3_999, 10) == []
    assert outbox.due_conversations(start + 4_000, 10) == [ROUTE.conversation]
    clock.now_ms = start + 4_000
    assert limited.deliverer.deliver(ROUTE.conversation) == DeliveryReport(1)
    clock.now_ms = start + 8_000
    assert limited.deliverer.deliver(OTHER.conversation) == DeliveryReport(1)
    assert texts(account) == ["one", "two", "elsewhere"]


@pytest.mark.spec("K4", "C10")
def test_a_platform_that_is_asked_too_often_is_left_alone_by_the_whole_account(outbox, account, clock):
    limited = Limited(outbox, account, clock, LOOPBACK)
    outbox.put(ROUTE, "one")
    outbox.put(OTHER, "elsewhere")
    account.fail_next(ChannelRateLimited("slow down", retry_after_seconds=30))
    assert limited.deliverer.deliver(ROUTE.conversation) == DeliveryReport(0, clock.now_ms + 30_001)
    assert limited.deliverer.deliver(OTHER.conversation) == DeliveryReport(0, clock.now_ms + 30_001)
    assert texts(account) == []
    clock.now_ms += 30_001
    for route in (ROUTE, OTHER):
        assert limited.deliverer.deliver(route.conversation) == DeliveryReport(1)


def test_a_refusal_ends_the_row_and_the_next_one_goes_on(outbox, account, deliverer):
    outbox.put(ROUTE, "one", "two")
    account.fail_next(ChannelRejected("chat not found"))
    assert deliverer.deliver(ROUTE.conversation) == DeliveryReport(1)
    assert states(outbox) == ["failed", "sent"]
    assert "chat not found" in outbox.lines[0].error


def test_a_reply_whose_quotation_is_refused_leaves_without_it(outbox, account, deliverer):
    outbox.put(replace(ROUTE, reply_to="what-the-model-made-up"), "one")
    outbox.put(ROUTE, "two")
    account.fail_next(ChannelRejected("message to be replied not found"))
    assert deliverer.deliver(ROUTE.conversation) == DeliveryReport(2)
    assert [(each.text, each.route.reply_to) for each in account.sent] == [("one", None), ("two", None)]


@pytest.mark.parametrize("reply_to", ["m1", "~m1"])
def test_what_is_refused_for_another_reason_stays_refused(outbox, account, deliverer, reply_to):
    outbox.put(replace(ROUTE, reply_to=reply_to), "one")
    for _ in range(1 + (reply_to == "m1")):
        account.fail_next(ChannelRejected("chat not found"))
    assert deliverer.deliver(ROUTE.conversation) == DeliveryReport(0)
    assert states(outbox) == ["failed"]


@pytest.mark.spec("K4")
def test_an_unknown_outcome_is_marked_and_not_repeated(outbox, account, deliverer):
    outbox.put(ROUTE, "one", "two")
    account.fail_next(ChannelOutcomeUnknown("no answer"))
    assert deliverer.deliver(ROUTE.conversation) == DeliveryReport(1)
    assert states(outbox) == ["unknown", "sent"]
    assert texts(account) == ["one", "two"]


def test_where_repeating_is_harmless_an_unknown_outcome_is_repeated(outbox, account, clock):
    capabilities = ChannelCapabilities(unknown_policy="retry")
    deliverer = make_deliverer(outbox, account, clock, capabilities)
    outbox.put(ROUTE, "one")
    account.fail_next(ChannelOutcomeUnknown("no answer"))
    assert deliverer.deliver(ROUTE.conversation) == DeliveryReport(0, clock.now_ms + 5_000)
    clock.now_ms += 5_000
    assert deliverer.deliver(ROUTE.conversation).sent == 1


class Keyed(LoopbackAccount):
    """Its platform makes one message of two with the same key."""

    def __init__(self) -> None:
        super().__init__("default")
        self.keys: list[str] = []

    def keyed(self, key: str) -> ChannelAccount:
        self.keys.append(key)
        return self


KEYED = ChannelCapabilities(known_again_ms=60_000)


def test_a_platform_that_knows_a_message_again_is_asked_again_under_the_same_key(outbox, clock):
    account = Keyed()
    deliverer = make_deliverer(outbox, account, clock, KEYED)
    outbox.put(ROUTE, "one", at_ms=clock.now_ms)
    account.fail_next(ChannelOutcomeUnknown("no answer"))
    assert deliverer.deliver(ROUTE.conversation) == DeliveryReport(0, clock.now_ms + 5_000)
    clock.now_ms += 5_000
    outbox.put(ROUTE, "two", at_ms=clock.now_ms)
    assert deliverer.deliver(ROUTE.conversation) == DeliveryReport(2)
    first, again, other = account.keys
    assert first == again != other
    assert all(re.fullmatch("[0-9a-z-]{1,20}", key) for key in account.keys)


def test_a_message_that_the_platform_may_have_forgotten_is_held(outbox, clock):
    account = Keyed()
    deliverer = make_deliverer(outbox, account, clock, KEYED)
    outbox.put(ROUTE, "one", at_ms=clock.now_ms)
    clock.now_ms += 55_001
    account.fail_next(ChannelOutcomeUnknown("no answer"))
    assert deliverer.deliver(ROUTE.conversation) == DeliveryReport(0)
    assert states(outbox) == ["unknown"]


def test_an_account_that_is_to_hold_does_so_even_where_the_platform_knows_messages_again(outbox, clock):
    account = Keyed()
    deliverer = Deliverer(
        outbox, lambda *_: account, lambda _: KEYED, clock, outbox.files, own_policy=lambda *_: "hold"
    )
    outbox.put(ROUTE, "one", at_ms=clock.now_ms)
    account.fail_next(ChannelOutcomeUnknown("no answer"))
    assert deliverer.deliver(ROUTE.conversation) == DeliveryReport(0)
    assert states(outbox) == ["unknown"]


def test_an_account_may_say_otherwise_than_its_channel(outbox, account, clock):
    policies = {"default": "retry"}
    deliverer = Deliverer(
        outbox,
        lambda *_: account,
        lambda _: LOOPBACK,
        clock,
        outbox.files,
        retry=RetryPolicy(jitter=0),
        own_policy=lambda _channel, account_id: policies.get(account_id),
    )
    outbox.put(ROUTE, "one")
    account.fail_next(ChannelOutcomeUnknown("no answer"))
    assert deliverer.deliver(ROUTE.conversation) == DeliveryReport(0, clock.now_ms + 5_000)


@pytest.mark.parametrize(("policy", "state", "recovered"), [("hold", "unknown", False), ("retry", "pending", True)])
def test_a_row_whose_sender_died_goes_by_the_same_policy(
    outbox, account, clock, deliverer, kill_at, policy, state, recovered
):
    outbox.put(ROUTE, "one")
    kill_at(CrashPoint.OUTBOX_AFTER_SEND)
    with pytest.raises(Killed):
        deliverer.deliver(ROUTE.conversation)
    clock.now_ms += 120_000
    (row,) = outbox.expire_claims(clock.now_ms, 10)
    capabilities = ChannelCapabilities(unknown_policy=policy)
    assert make_deliverer(outbox, account, clock, capabilities).recover(row) is recovered
    assert states(outbox) == [state]


class Operator:
    """Somebody who decides about rows."""

    def __init__(self, outbox: Outbox, clock: Clock) -> None:
        self.rung: list[str] = []
        self.desk = OutboxDesk(SqlOutboxDesk(outbox._inside), self.rung.extend, clock)


def test_operators_see_what_did_not_leave_and_what_the_platform_said(outbox, account, deliverer, clock):
    desk = Operator(outbox, clock).desk
    outbox.put(ROUTE, "one", "two")
    outbox.put(ReplyRoute("other", "default", "42"), "elsewhere")
    account.fail_next(ChannelRejected("chat not found"))
    deliverer.deliver(ROUTE.conversation)
    open_ones = ("pending", "failed", "unknown")
    assert [row.text for row in desk.rows(open_ones, "", None, 10)] == ["elsewhere", "one"]
    (failed,) = desk.rows(open_ones, "loopback", None, 10)
    assert (failed.state, failed.error) == ("failed", "ChannelRejected: chat not found")
    assert desk.rows(open_ones, "", failed.id, 10) == []
    assert desk.row(failed.id) == failed


def test_operators_send_a_row_again(outbox, account, deliverer, clock):
    operator = Operator(outbox, clock)
    outbox.put(ROUTE, "one")
    account.fail_next(ChannelOutcomeUnknown("no answer"))
    deliverer.deliver(ROUTE.conversation)
    (row,) = operator.desk.rows(("unknown",), "", None, 10)
    assert operator.desk.retry(row.id).state == "pending"
    assert operator.rung == [ROUTE.conversation]
    assert deliverer.deliver(ROUTE.conversation) == DeliveryReport(1)
    assert texts(account) == ["one", "one"]
    with pytest.raises(InvalidRequest, match="is sent"):
        operator.desk.retry(row.id)
    with pytest.raises(NotFound):
        operator.desk.retry(999)


def test_operators_drop_a_row_that_holds_up_others(outbox, account, deliverer, clock):
    operator = Operator(outbox, clock)
    outbox.put(ROUTE, "one", "two")
    account.fail_next(ChannelUnreachable("down"))
    deliverer.deliver(ROUTE.conversation)
    dropped = operator.desk.drop(outbox.lines[0].id)
    assert (dropped.state, dropped.error) == ("failed", "dropped by an operator; ChannelUnreachable: down")
    assert deliverer.deliver(ROUTE.conversation) == DeliveryReport(1)
    assert texts(account) == ["two"]
    with pytest.raises(InvalidRequest, match="is failed"):
        operator.desk.drop(dropped.id)


def test_a_row_that_is_being_sent_is_left_to_its_sender(outbox, clock):
    operator = Operator(outbox, clock)
    outbox.put(ROUTE, "one")
    row = outbox.claim_next(ROUTE.conversation, clock.now_ms, 60_000)
    assert row is not None
    for decide in (operator.desk.retry, operator.desk.drop):
        with pytest.raises(InvalidRequest, match="is sending"):
            decide(row.id)


def test_an_account_that_is_gone_fails_the_row_with_a_clear_error(outbox, deliverer):
    outbox.put(ReplyRoute("loopback", "retired", "42"), "one")
    assert deliverer.deliver("loopback|retired|42|") == DeliveryReport(0)
    assert outbox.lines[0].state == "failed"
    assert outbox.lines[0].error == "ChannelRejected: channel loopback has no account 'retired'"


def test_a_section_that_is_wrong_may_be_put_right(outbox, account, clock):
    broken = [True]

    def find(channel: str, account_id: str) -> ChannelAccount:
        if broken.pop():
            raise ConfigError("channels.loopback.accounts.default: unknown key")
        return account

    deliverer = Deliverer(outbox, find, lambda _: LOOPBACK, clock, outbox.files, retry=RetryPolicy(jitter=0))
    outbox.put(ROUTE, "one")
    assert deliverer.deliver(ROUTE.conversation) == DeliveryReport(0, clock.now_ms + 5_000)
    clock.now_ms += 5_000
    broken.append(False)
    assert deliverer.deliver(ROUTE.conversation).sent == 1


@pytest.mark.parametrize(
    ("point", "held", "state"),
    [
        (CrashPoint.OUTBOX_AFTER_CLAIM, [], "sending"),
        (CrashPoint.OUTBOX_AFTER_SEND, ["one"], "sending"),
        (CrashPoint.OUTBOX_AFTER_MARK, ["one"], "sent"),
    ],
)
@pytest.mark.spec("K4")
def test_a_crash_sends_nothing_twice(outbox, account, deliverer, clock, kill_at, point, held, state):
    outbox.put(ROUTE, "one", "two")
    kill_at(point)
    with pytest.raises(Killed):
        deliverer.deliver(ROUTE.conversation)
    assert texts(account) == held
    assert states(outbox) == [state, "pending"]
    clock.now_ms += 120_000
    outbox.expire_claims(clock.now_ms, 10)
    deliverer.deliver(ROUTE.conversation)
    assert texts(account) == [*held, "two"]
    assert states(outbox)[0] == ("sent" if state == "sent" else "unknown")


def test_a_sender_that_was_too_slow_for_its_claim_still_knows_that_it_sent(outbox, clock):
    outbox.put(ROUTE, "one")

    class Slow(LoopbackAccount):
        def send(self, route: ReplyRoute, markdown: str) -> SendReceipt:
            receipt = super().send(route, markdown)
            clock.now_ms += 200_000
            outbox.expire_claims(clock.now_ms, 10)
            return receipt

    assert make_deliverer(outbox, Slow("default"), clock).deliver(ROUTE.conversation).sent == 1
    assert states(outbox) == ["sent"]


@pytest.mark.spec("K4")
def test_many_deliveries_at_once_send_every_row_once_and_in_order(outbox, account, deliverer):
    wanted = [f"message {number}" for number in range(200)]
    outbox.put(ROUTE, *wanted)
    threads = [threading.Thread(target=deliverer.deliver, args=(ROUTE.conversation,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    deliverer.deliver(ROUTE.conversation)
    assert texts(account) == wanted


@pytest.mark.spec("K4", "C1")
def test_a_telegram_outage_from_end_to_end(outbox, clock):
    route = ReplyRoute("telegram", "default", "42")
    outbox.put(route, "first", "second", "third")
    with BotApiServer() as server:
        account = TelegramPlugin().open_account(
            "default",
            {"token": "7:abc", "webhook_secret": "hook", "api_base": server.url},
            AccountPlace(Path("/nowhere")),
        )
        deliverer = make_deliverer(outbox, account, clock, TELEGRAM)
        server.fail(Fault("refuse", code=502, description="Bad Gateway"))
        server.fail(Fault("rate-limit", retry_after=3))
        server.fail(Fault("close-after-request"))
        reports = []
        while any(line.ended_at_ms is None for line in outbox.lines):
            reports.append(deliverer.deliver(route.conversation))
            clock.now_ms = reports[-1].next_due_ms or clock.now_ms
        account.close()
        assert [message.text for message in server.sent] == ["first", "second", "third"]
    assert states(outbox) == ["unknown", "sent", "sent"]
    assert [report.sent for report in reports] == [0, 0, 2]
