"""Unknown senders ask once, wait at one of three places, and are decided over once, on both databases."""

from __future__ import annotations

import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from openclaw.domain.access import Standing
from openclaw.domain.envelope import ReplyRoute
from openclaw.domain.sender_pairing import ALPHABET, CODE_CHARS, MAX_PENDING, TTL_MS, SenderRequest
from openclaw.intake.known_senders import KnownSenders
from openclaw.ports.senders import Asking, SenderStore
from openclaw.store.models import outbox
from openclaw.store.repositories.senders import SqlSenderStore
from tests.contract.store.world import START_MS, World

pytestmark = pytest.mark.spec("I1")


@pytest.fixture
def senders(world: World) -> SqlSenderStore:
    return SqlSenderStore(world.database)


def request_of(sender: str, account: str = "default", at: int = START_MS) -> SenderRequest:
    return SenderRequest(
        request_id=str(uuid.uuid4()),
        channel="telegram",
        account=account,
        sender_id=sender,
        code="",
        label="Ada",
        facts={"username": "ada"},
        route=ReplyRoute("telegram", account, sender),
        created_at_ms=at,
        last_seen_at_ms=at,
    )


def ask(store: SenderStore, sender: str, account: str = "default", at: int = START_MS) -> tuple[Asking, str]:
    asked = store.ask(request_of(sender, account, at), lambda r: f"code {r.code}", f"pairing:{uuid.uuid4()}")
    return asked.asking, asked.request.code if asked.request else ""


def test_a_sender_gets_one_code_and_one_notice(world: World, senders: SqlSenderStore) -> None:
    asking, code = ask(senders, "42")
    assert (asking, len(code), set(code) <= set(ALPHABET)) == (Asking.NEW, CODE_CHARS, True)
    assert ask(senders, "42", at=START_MS + 5) == (Asking.WAITING, code)
    (waiting,) = senders.requests(START_MS + 5)
    assert (waiting.created_at_ms, waiting.last_seen_at_ms) == (START_MS, START_MS + 5)
    assert [row["text"] for row in world.rows(outbox)] == [f"code {code}"]


def test_an_account_has_three_places(senders: SqlSenderStore) -> None:
    assert [ask(senders, name)[0] for name in "abcd"] == [Asking.NEW] * MAX_PENDING + [Asking.FULL]
    assert ask(senders, "d", "second")[0] is Asking.NEW
    senders.drop(senders.requests(START_MS, "telegram", "default")[0].request_id)
    assert ask(senders, "d")[0] is Asking.NEW


def test_a_request_is_forgotten_after_an_hour(senders: SqlSenderStore) -> None:
    _, code = ask(senders, "42")
    late = START_MS + TTL_MS
    assert senders.request(code, late - 1) is not None
    assert senders.request(code, late) is None
    assert senders.requests(late) == []
    expired = senders.requests(START_MS)[0]
    assert senders.decide(expired.request_id, Standing.APPROVED, "op", late) is None
    asking, other = ask(senders, "42", at=late)
    assert (asking, other != code) == (Asking.NEW, True)


def test_a_code_is_found_as_people_type_it_and_at_its_account_alone(senders: SqlSenderStore) -> None:
    _, code = ask(senders, "42")
    found = senders.request(f" {code[:4].lower()}-{code[4:]}", START_MS, "telegram", "default")
    assert found is not None
    assert senders.request(found.request_id, START_MS) == found
    assert senders.request(code, START_MS, "telegram", "second") is None
    assert senders.request("nothing", START_MS) is None


@pytest.mark.parametrize("standing", list(Standing))
def test_a_sender_is_decided_over_once(senders: SqlSenderStore, standing: Standing) -> None:
    assert senders.standing("telegram", "default", "42") is None
    ask(senders, "42")
    request = senders.requests(START_MS)[0]
    known = senders.decide(request.request_id, standing, "op", START_MS + 1)
    assert known is not None
    assert (known.sender_id, known.label, known.decided_by) == ("42", "Ada", "op")
    assert senders.decide(request.request_id, standing, "op", START_MS + 1) is None
    assert senders.standing("telegram", "default", "42") is standing
    assert senders.standing("telegram", "second", "42") is None
    assert ask(senders, "42")[0] is Asking.DECIDED
    assert senders.senders("telegram", "default") == [known]
    assert senders.senders("discord") == []


def test_what_was_decided_is_taken_back(senders: SqlSenderStore) -> None:
    ask(senders, "42")
    known = senders.decide(senders.requests(START_MS)[0].request_id, Standing.REFUSED, "op", START_MS)
    assert senders.forget("telegram", "default", "42") == known
    assert senders.forget("telegram", "default", "42") is None
    assert ask(senders, "42")[0] is Asking.NEW
    again = senders.requests(START_MS)[0]
    assert senders.decide(again.request_id, Standing.APPROVED, "op", START_MS) is not None
    assert senders.standing("telegram", "default", "42") is Standing.APPROVED


def test_many_gateways_at_once_give_no_fourth_place_and_no_second_code(world: World, senders: SqlSenderStore) -> None:
    names = [str(number % 5) for number in range(40)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda name: (name, *ask(senders, name)), names))
    told = Counter(asking for _, asking, _ in found)
    assert told[Asking.NEW] == MAX_PENDING
    codes = {name: {code for other, _, code in found if other == name and code} for name in names}
    assert sorted(len(each) for each in codes.values()) == [0, 0, 1, 1, 1]
    assert len(world.rows(outbox)) == MAX_PENDING
    assert len(senders.requests(START_MS)) == MAX_PENDING


def test_two_operators_at_once_decide_once(senders: SqlSenderStore) -> None:
    ask(senders, "42")
    request = senders.requests(START_MS)[0]
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda way: senders.decide(request.request_id, way, "op", START_MS), Standing))
    won = [known for known in both if known is not None]
    assert [senders.standing("telegram", "default", "42")] == [known.standing for known in won]


def test_an_id_may_be_longer_than_an_index_takes(senders: SqlSenderStore) -> None:
    endless = "x" * 10_000
    assert [ask(senders, endless)[0], ask(senders, endless)[0]] == [Asking.NEW, Asking.WAITING]
    senders.decide(senders.requests(START_MS)[0].request_id, Standing.APPROVED, "op", START_MS)
    assert senders.standing("telegram", "default", endless) is Standing.APPROVED
    assert senders.forget("telegram", "default", endless) is not None


def test_what_strangers_call_themselves_can_be_stored(senders: SqlSenderStore) -> None:
    odd = replace(request_of("4\x002"), label="A\x00da\ud800")
    assert senders.ask(odd, lambda _: "hello", "pairing:odd").asking is Asking.NEW


def test_strangers_of_an_open_account_cost_one_question_until_somebody_is_refused(
    world: World, senders: SqlSenderStore
) -> None:
    known = KnownSenders(senders, lambda: START_MS)

    def refused(sender: str) -> bool:
        return known.standing(("telegram", "default", sender), newly_approved_counts=False) is Standing.REFUSED

    with world.database.statement_count() as asked:
        assert not any(refused(f"stranger {n}") for n in range(20))
    assert len(asked.statements) == 1
    ask(senders, "42")
    senders.decide(senders.requests(START_MS)[0].request_id, Standing.REFUSED, "ann", START_MS)
    known.forget(("telegram", "default", "42"))
    assert [refused("42"), refused("43")] == [True, False]
    # Another account's refusals are its own.
    assert not senders.refuses_anybody("telegram", "second")
