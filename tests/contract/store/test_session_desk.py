"""Making, filing, finding and deleting sessions."""

from __future__ import annotations

from dataclasses import replace

import pytest

from openclaw.domain.transcript import assistant_text
from openclaw.errors import InvalidRequest, NotFound, Unavailable
from openclaw.ports.store import Expected, NewSession, SearchScope, SessionChanges, SessionFilter
from openclaw.store.models import attempts, inbound, outbox, runs, sessions, steps, transcript
from openclaw.store.repositories.session_desk import SqlSessionDesk
from openclaw.store.repositories.transcript_search import SqlTranscriptSearch
from tests.contract.store.world import KEY, World, text_step

NEW = NewSession("agent:main:board:1", "main", "main", "agent.main", "client", label="Plans", parent_key=KEY)


@pytest.fixture
def desk(world: World) -> SqlSessionDesk:
    return SqlSessionDesk(world.database)


def keys(world: World, **wanted: object) -> list[str]:
    return [view.session_key for view in world.sessions.list_sessions(SessionFilter(**wanted))[0]]  # type: ignore[arg-type]


def test_a_session_is_there_before_its_first_message_and_takes_it(world: World, desk: SqlSessionDesk) -> None:
    view, made = desk.create(NEW, world.now)
    assert made
    assert (view.label, view.parent_key, view.last_ordinal) == ("Plans", KEY, 0)
    assert desk.create(NEW, world.now) == (view, False)
    assert world.send(key=NEW.session_key).ordinal == 1
    assert world.sessions.session(NEW.session_key).session_uuid == view.session_uuid


def test_a_label_belongs_to_one_session_of_an_agent(world: World, desk: SqlSessionDesk) -> None:
    desk.create(NEW, world.now)
    with pytest.raises(InvalidRequest, match="label already in use: Plans"):
        desk.create(replace(NEW, session_key="agent:main:board:2"), world.now)
    desk.create(replace(NEW, session_key="agent:main:board:2", label=""), world.now)
    with pytest.raises(InvalidRequest, match="label already in use: Plans"):
        desk.change("agent:main:board:2", SessionChanges(label="Plans"), Expected(), world.now)
    desk.create(replace(NEW, session_key="agent:other:board:2", agent_id="other"), world.now)
    desk.delete(NEW.session_key, Expected(), world.now)
    assert desk.change("agent:main:board:2", SessionChanges(label="Plans"), Expected(), world.now).label == "Plans"


def test_changes_leave_the_rest_as_it_is(world: World, desk: SqlSessionDesk) -> None:
    desk.create(NEW, world.now)
    changes = SessionChanges(pinned=True, settings={"model": "demo/echo", "color": "red"})
    view = desk.change(NEW.session_key, changes, Expected(), world.now + 5)
    assert (view.pinned, view.archived, view.label) == (True, False, "Plans")
    assert view.settings == {"model": "demo/echo", "color": "red"}
    assert view.updated_at_ms == world.now + 5
    view = desk.change(NEW.session_key, SessionChanges(settings={"color": None}), Expected(), world.now)
    assert view.settings == {"model": "demo/echo"}
    with pytest.raises(NotFound):
        desk.change("agent:main:none", changes, Expected(), world.now)


def test_a_session_that_is_not_what_the_caller_believes_is_left_alone(world: World, desk: SqlSessionDesk) -> None:
    view, _ = desk.create(NEW, world.now)
    for wrong in (Expected("another"), Expected(updated_at_ms=1), Expected(archived=True)):
        with pytest.raises(InvalidRequest):
            desk.delete(NEW.session_key, wrong, world.now)
    right = Expected(view.session_uuid, updated_at_ms=view.updated_at_ms)
    assert desk.delete(NEW.session_key, right, world.now)


def test_the_settings_of_a_session_are_the_wishes_of_its_turns(world: World, desk: SqlSessionDesk) -> None:
    desk.create(replace(NEW, settings={"model": "demo/slow", "color": "red"}), world.now)
    claim = world.running(key=NEW.session_key)
    assert claim.options == {"model": "demo/slow"}
    world.finish(claim)
    claim = world.running(key=NEW.session_key, options={"model": "demo/echo", "deliver": False})
    assert claim.options == {"model": "demo/echo", "deliver": False}


def test_lists_are_narrowed(world: World, desk: SqlSessionDesk) -> None:
    world.send(key="agent:main:a")
    world.send(key="agent:other:b")
    world.now += 1000
    desk.create(NEW, world.now)
    desk.change("agent:main:a", SessionChanges(archived=True), Expected(), world.now - 500)
    assert keys(world) == [NEW.session_key, "agent:other:b"]
    assert keys(world, archived="only") == ["agent:main:a"]
    assert keys(world, archived="all") == [NEW.session_key, "agent:main:a", "agent:other:b"]
    assert keys(world, agent_ids=("other",)) == []  # the sender's agent is main in every message here
    assert keys(world, label="Plans") == keys(world, parent_key=KEY) == keys(world, search="PLA") == [NEW.session_key]
    assert keys(world, search="other:") == ["agent:other:b"]
    assert keys(world, search="%") == []
    assert keys(world, updated_since_ms=world.now) == [NEW.session_key]
    _, total = world.sessions.list_sessions(SessionFilter(archived="all"), limit=1)
    assert total == 3


def test_a_new_message_brings_a_session_back_from_where_it_was_put_away(world: World, desk: SqlSessionDesk) -> None:
    world.send(key=KEY)
    desk.change(KEY, SessionChanges(archived=True), Expected(), world.now)
    world.send(key=KEY, archived=True)
    assert keys(world) == []
    world.send(key=KEY)
    assert keys(world) == [KEY]


def test_a_deleted_session_is_gone_at_once_and_its_key_is_free(world: World, desk: SqlSessionDesk) -> None:
    world.finish(world.running("old words"))
    old = world.sessions.session(KEY)
    assert desk.delete(KEY, Expected(), world.now)
    assert not desk.delete(KEY, Expected(), world.now)
    assert world.sessions.session(KEY) is None
    assert world.sessions.history(KEY) == ([], 0)
    assert keys(world, archived="all") == keys(world, archived="only") == []
    assert world.sessions.counts()["sessions"] == 0
    world.send("new words")
    assert world.sessions.session(KEY).id != old.id


def test_a_session_at_work_is_not_deleted(world: World, desk: SqlSessionDesk) -> None:
    world.send(key=KEY)
    with pytest.raises(Unavailable, match="still active"):
        desk.delete(KEY, Expected(), world.now)
    world.finish(world.turn(world.sessions.session(KEY).id))
    assert desk.delete(KEY, Expected(), world.now)


def test_what_a_deleted_session_left_goes_bit_by_bit_and_nothing_else_does(
    world: World, desk: SqlSessionDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("openclaw.store.repositories.purge.CHUNK", 2)
    world.finish(world.running("kept", key="agent:main:kept"), replies=("kept",))
    for n in range(3):
        claim = world.running(str(n))
        world.commit(claim, assistant_text("step"), finished=(text_step(0),))
        world.finish(claim, replies=("answer",))
    tables = (sessions, inbound, runs, attempts, steps, transcript, outbox)
    desk.delete(KEY, Expected(), world.now)
    assert desk.purge(100) == 0  # its replies have not left yet
    for conversation in world.outbox.due_conversations(world.now, 10):
        while row := world.outbox.claim_next(conversation, world.now, 1000):
            world.outbox.mark_sent(row, "m", world.now)
    while desk.purge(1):
        pass
    left = {table.name: len(world.rows(table)) for table in tables}
    assert left["sessions"] == left["inbound"] == left["runs"] == left["attempts"] == left["outbox"] == 1
    assert {row["session_id"] for row in world.rows(transcript)} == {world.sessions.session("agent:main:kept").id}
    assert {row["run_id"] for row in world.rows(steps)} <= {row["run_id"] for row in world.rows(runs)}


def test_what_an_operator_adds_is_the_assistants_and_the_next_turn_sees_it(world: World, desk: SqlSessionDesk) -> None:
    with pytest.raises(NotFound):
        desk.say(KEY, "hello", world.now)
    claim = world.running("first")
    with pytest.raises(Unavailable, match="turn going on"):
        desk.say(KEY, "hello", world.now)
    world.finish(claim)
    entry = desk.say(KEY, "a note", world.now)
    assert (entry.message, entry.facts["model"]) == (assistant_text("a note"), "gateway-injected")
    assert world.sessions.history(KEY)[0][-1] == entry
    assert world.running("second").history[-2] == assistant_text("a note")


def test_entries_since_a_point_are_read_of_the_same_conversation_alone(world: World) -> None:
    claim = world.running("0")
    for n in range(1, 5):
        world.commit(claim, assistant_text(str(n)))
    view = world.sessions.session(KEY)
    since = world.sessions.since(KEY, view.session_uuid, 2, 2)
    assert [entry.message.text for entry in since] == ["2", "3"]
    assert world.sessions.since(KEY, view.session_uuid, 5, 2) == []
    assert world.sessions.since(KEY, "another", 2, 2) is None
    assert world.sessions.since("agent:main:none", view.session_uuid, 2, 2) is None


def test_the_words_at_both_ends_of_a_conversation(world: World) -> None:
    claim = world.running("first question")
    world.commit(claim, assistant_text("last answer"))
    silent = world.send(key="agent:main:silent")
    glimpses = world.sessions.glimpses([claim.session_id, silent.session_id])
    assert (glimpses[claim.session_id].first_said, glimpses[claim.session_id].last_said) == (
        "first question",
        "last answer",
    )
    assert glimpses[silent.session_id].first_said == ""


def test_words_are_found_newest_first_within_a_bound(world: World, desk: SqlSessionDesk) -> None:
    claim = world.running('He said "Straße 100%"\nand left')
    world.commit(claim, assistant_text("the straße is long"))
    world.finish(claim)
    other = world.running("another street, the ÄRGER", key="agent:main:other")
    search = SqlTranscriptSearch(world.database)

    def texts(*words: str, scope: SearchScope = SearchScope()) -> list[str]:  # noqa: B008 - frozen
        return [found.entry.message.text for found in search.search(words, scope, 10)[0]]

    assert texts("straße") == ["the straße is long", 'He said "Straße 100%"\nand left']
    assert texts("straße", "SAID") == texts('"Straße 100%"\nand') == ['He said "Straße 100%"\nand left']
    assert texts("text") == texts("100_") == []  # neither the stored form nor wildcards are words
    assert texts("the", scope=SearchScope(session_keys=("agent:main:other",))) == ["another street, the ÄRGER"]
    assert texts("ärger") == ["another street, the ÄRGER"]
    assert texts("the", scope=SearchScope(agent_id="nobody")) == []
    found, more = search.search(["the"], SearchScope(), 1)
    assert ([f.session_key for f in found], more) == (["agent:main:other"], True)
    narrow = SqlTranscriptSearch(world.database, max_looked_at=1, slice_size=1)
    assert narrow.search(["said"], SearchScope(), 10) == ([], True)
    world.finish(other)
    desk.delete("agent:main:other", Expected(), world.now)
    assert texts("street") == []
