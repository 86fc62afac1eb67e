"""Keeping an index in step with its files, whatever happens on the way."""

from __future__ import annotations

import pytest

from openclaw.errors import AuthFailed, BadModelRequest, RateLimited
from openclaw.memory.index import BATCH_TEXTS
from openclaw.memory.keeper import LONGEST_PAUSE_MS, LOOK_MS
from openclaw.ports.memory import IndexSummary
from tests.integration.memory.conftest import Memory

pytestmark = pytest.mark.spec("H7")


def look(memory: Memory, later_ms: int = LOOK_MS) -> list[str]:
    """Let time go by and the worker look; what it asked for."""
    memory.world.now += later_ms
    memory.keeper.look()
    return memory.rung()


def summary(memory: Memory) -> IndexSummary:
    return memory.store.summary("main", memory.plan.space)


# --- words ----------------------------------------------------------------------------------------------------


def test_a_search_finds_what_was_written_a_moment_ago_and_not_what_is_gone(memory: Memory) -> None:
    file = memory.write("MEMORY.md", "# Rose\n\nRose likes green tea.")
    memory.write("memory/2026-01-01.md", "Bought green paint.")
    assert set(memory.paths("green tea")) == {"MEMORY.md", "memory/2026-01-01.md"}
    (hit, *_) = memory.search.search("main", "tea").hits
    assert (hit.path, hit.first_line, hit.last_line, hit.score) == ("MEMORY.md", 1, 3, 1.0)
    file.write_text("Rose likes coffee now, no more leaves.")
    assert memory.paths("tea") == []
    assert memory.paths("coffee") == ["MEMORY.md"]
    file.unlink()
    assert memory.paths("coffee") == []
    assert memory.rung() == []


def test_results_are_as_many_and_as_good_as_was_asked_for(memory: Memory) -> None:
    for number in range(8):
        memory.write(f"memory/{number}.md", "a note of tea")
    assert len(memory.paths("tea")) == 6
    assert len(memory.paths("tea", max_results=2)) == 2
    assert len(memory.paths("tea", min_score=0.4)) == 2
    memory.change(min_score=0.9, max_results=3)
    assert len(memory.paths("tea")) == 1
    assert memory.paths("?!") == []


def test_a_workspace_that_is_not_here_takes_nothing_from_the_index(memory: Memory) -> None:
    memory.write("MEMORY.md", "tea")
    assert memory.keeper.index("main") == "done"
    memory.workspace.rename(memory.workspace.with_name("moved"))
    assert look(memory) == []
    assert memory.keeper.index("main") == "done"
    assert memory.paths("tea") == ["MEMORY.md"]


def test_a_memory_that_is_off_finds_and_does_nothing(memory: Memory) -> None:
    memory.write("MEMORY.md", "tea")
    memory.change(enabled=False)
    assert (look(memory), memory.keeper.index("main"), memory.paths("tea")) == ([], "done", [])
    assert not memory.search.usable_in("agent:main:main")


# --- looking --------------------------------------------------------------------------------------------------


def test_a_look_asks_for_an_index_until_it_is_done_and_then_leaves_the_database_alone(memory: Memory) -> None:
    memory.write("MEMORY.md", "tea")
    assert look(memory) == ["main"]
    assert look(memory, 1) == []
    memory.keeper.index("main")
    assert look(memory) == []
    with memory.world.database.statement_count() as count:
        assert look(memory) == []
    assert [statement for statement in count.statements if "memory_documents" in statement] == []
    memory.write("memory/new.md", "more tea")
    assert look(memory) == ["main"]


def test_what_is_not_done_is_asked_for_ever_less_often(memory: Memory) -> None:
    memory.write("MEMORY.md", "tea")
    asked = [bool(look(memory)) for _ in range(40)]
    assert [number for number, is_asked in enumerate(asked) if is_asked] == [0, 1, 3, 7, 15, 31]
    look(memory, 2 * LONGEST_PAUSE_MS)
    assert look(memory, LONGEST_PAUSE_MS) == ["main"]


def test_redis_away_costs_time_and_nothing_else(memory: Memory) -> None:
    memory.write("MEMORY.md", "tea")
    memory.bell.away = True
    assert look(memory) == []
    memory.bell.away = False
    assert [look(memory) for _ in range(2)].count(["main"]) == 1


# --- vectors --------------------------------------------------------------------------------------------------


def test_vectors_come_in_batches_and_once_for_each_text(memory: Memory) -> None:
    memory.with_vectors()
    text = "\n".join(f"# Section {number}\n" + "words of it " * 50 for number in range(BATCH_TEXTS + 5))
    memory.write("MEMORY.md", text)
    memory.write("memory/copy.md", text)
    assert look(memory) == ["main"]
    assert memory.keeper.index("main") == "done"
    assert [len(call) for call in memory.vendor.calls] == [BATCH_TEXTS, 5]
    assert summary(memory) == IndexSummary(2, 2 * BATCH_TEXTS + 10, 2 * BATCH_TEXTS + 10, memory.world.now)
    memory.keeper.index("main")
    assert (len(memory.vendor.calls), look(memory)) == (2, [])


def test_a_search_takes_words_at_once_and_asks_for_the_vectors(memory: Memory) -> None:
    memory.with_vectors()
    memory.write("MEMORY.md", "Rose drinks tea")
    found = memory.search.search("main", "tea")
    assert ([hit.path for hit in found.hits], found.mode, memory.rung()) == (["MEMORY.md"], "hybrid", ["main"])
    assert summary(memory).embedded == 0
    memory.keeper.index("main")
    (hit,) = memory.search.search("main", "rose drinks tea").hits
    assert hit.score == pytest.approx(1.0, abs=1e-3)


def test_what_has_nothing_in_common_with_a_query_is_no_result(memory: Memory) -> None:
    memory.with_vectors()
    memory.write("MEMORY.md", "tea")
    memory.keeper.index("main")
    assert memory.paths("elephants") == []
    assert memory.paths("tea") == ["MEMORY.md"]


def test_another_model_or_address_makes_the_vectors_anew_and_going_back_does_not(memory: Memory) -> None:
    memory.with_vectors()
    memory.write("MEMORY.md", "tea")
    memory.keeper.index("main")
    memory.with_vectors("demo/hash#2")
    assert look(memory) == ["main"]
    assert summary(memory).embedded == 0
    memory.keeper.index("main")
    assert (summary(memory).embedded, len(memory.vendor.calls)) == (1, 2)
    memory.with_vectors()
    memory.keeper.index("main")
    assert (summary(memory).embedded, len(memory.vendor.calls)) == (1, 2)


def test_a_vendor_that_fails_leaves_words_and_is_asked_again(memory: Memory) -> None:
    memory.with_vectors()
    memory.write("MEMORY.md", "tea")

    def refuse(_texts: tuple[str, ...]) -> None:
        raise RateLimited("slow down")

    memory.vendor.trouble = refuse
    assert memory.keeper.index("main") == "words"
    found = memory.search.search("main", "tea")
    assert ([hit.path for hit in found.hits], found.mode, found.problem) == (["MEMORY.md"], "words", "slow down")
    assert look(memory) == ["main"]
    memory.vendor.trouble = lambda _texts: None
    assert memory.keeper.index("main") == "done"
    assert summary(memory).embedded == 1


def test_a_text_that_the_vendor_refuses_does_not_keep_the_others_from_theirs(memory: Memory) -> None:
    memory.with_vectors()
    for number in range(10):
        memory.write(f"memory/{number}.md", "poison" if number == 3 else f"tea {number}")

    def refuse(texts: tuple[str, ...]) -> None:
        if "poison" in texts:
            raise BadModelRequest("cannot embed that")

    memory.vendor.trouble = refuse
    assert memory.keeper.index("main") == "done"
    assert summary(memory).embedded == 9
    assert memory.paths("poison", max_results=1) == ["memory/3.md"]


def test_a_vendor_that_refuses_everything_is_not_asked_text_by_text(memory: Memory) -> None:
    memory.with_vectors()
    memory.write("MEMORY.md", "\n".join(f"# {number}\n" + f"word{number} " * 60 for number in range(3 * BATCH_TEXTS)))
    asked: list[int] = []

    def refuse(texts: tuple[str, ...]) -> None:
        asked.append(len(texts))
        raise BadModelRequest("there is no such model")

    memory.vendor.trouble = refuse
    assert memory.keeper.index("main") == "words"
    assert len(asked) < 12
    with pytest.raises(BadModelRequest, match="no such model"):
        memory.indexer.embed("main")


def test_a_vendor_without_a_key_is_no_reason_to_fail_a_search(memory: Memory) -> None:
    memory.with_vectors()
    memory.write("MEMORY.md", "tea")

    def refuse(_texts: tuple[str, ...]) -> None:
        raise AuthFailed("wrong key")

    memory.vendor.trouble = refuse
    assert memory.paths("tea") == ["MEMORY.md"]


# --- several at once ------------------------------------------------------------------------------------------


def test_one_at_a_time_indexes_an_agent(memory: Memory) -> None:
    memory.write("MEMORY.md", "tea")
    memory.lease.free = False
    assert memory.keeper.index("main") == "busy"
    assert summary(memory).files == 0


def test_who_loses_the_lease_stops_with_whole_files_and_the_next_one_goes_on(memory: Memory) -> None:
    for number in range(5):
        memory.write(f"memory/{number}.md", "tea")
    memory.lease.renewals = 2
    memory.keeper.index("main")
    assert summary(memory).files == 2
    memory.lease.renewals = 100
    memory.keeper.index("main")
    assert summary(memory).files == 5
