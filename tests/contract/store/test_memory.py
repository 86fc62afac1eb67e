"""The index of memory on both databases: files whole or not at all, searched by words and by vectors."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.exc import IntegrityError

from openclaw.domain.memory_chunks import CHUNKING, Chunk
from openclaw.domain.memory_words import query_words
from openclaw.ports.memory import FileState, IndexedFile, IndexSummary
from openclaw.store.models import memory_chunks, memory_vectors
from openclaw.store.repositories.memory_index import SqlMemoryIndex
from openclaw.store.repositories.memory_search import RESCORED, SqlMemorySearch
from tests.contract.store.world import World

pytestmark = pytest.mark.spec("H7")

SPACE = "demo/hash#0"


@pytest.fixture
def index(world: World) -> SqlMemoryIndex:
    return SqlMemoryIndex(world.database)


@pytest.fixture
def search(world: World) -> SqlMemorySearch:
    return SqlMemorySearch(world.database)


def a_file(version: str = "1", mtime_ns: int = 5, chunking: str = CHUNKING) -> IndexedFile:
    return IndexedFile(FileState(10, mtime_ns), f"hash-{version}", chunking)


def pieces(*texts: str) -> list[Chunk]:
    return [Chunk(number, number, text) for number, text in enumerate(texts, 1)]


def put(index: SqlMemoryIndex, path: str, *texts: str, agent: str = "main", file: IndexedFile | None = None) -> bool:
    return index.put_file(agent, path, file or a_file("/".join(texts)), pieces(*texts), 7)


def found(search: SqlMemorySearch, query: str, agent: str = "main", limit: int = 10) -> list[str]:
    return [chunk.text for chunk in search.chunks(search.by_words(agent, query_words(query), limit))]


def ids(search: SqlMemorySearch, *queries: str) -> dict[str, int]:
    return {query: search.by_words("main", query_words(query), 1)[0] for query in queries}


# --- files ----------------------------------------------------------------------------------------------------


def test_a_file_is_put_once_and_its_new_text_takes_the_place_of_the_old(
    index: SqlMemoryIndex, search: SqlMemorySearch, world: World
) -> None:
    assert put(index, "MEMORY.md", "the cat is grey", "the dog is brown")
    assert not put(index, "MEMORY.md", "the cat is grey", "the dog is brown")
    assert index.files("main") == {"MEMORY.md": a_file("the cat is grey/the dog is brown")}
    assert put(index, "MEMORY.md", "the cat is black")
    assert (found(search, "cat"), found(search, "dog"), found(search, "grey")) == (["the cat is black"], [], [])
    assert len(world.rows(memory_chunks)) == 1
    assert (search.summary("main", SPACE), index.files("other")) == (IndexSummary(1, 1, 0, 7), {})


def test_a_new_time_alone_keeps_the_chunks_and_another_way_of_cutting_does_not(
    index: SqlMemoryIndex, world: World
) -> None:
    put(index, "a.md", "one", file=a_file("x"))
    (before,) = world.rows(memory_chunks)
    assert not put(index, "a.md", "one", file=a_file("x", mtime_ns=6))
    assert index.files("main")["a.md"].state.mtime_ns == 6
    assert world.rows(memory_chunks) == [before]
    assert put(index, "a.md", "one", file=a_file("x", chunking="other"))
    assert world.rows(memory_chunks)[0]["id"] != before["id"]


def test_what_is_gone_is_forgotten_for_its_agent_alone(index: SqlMemoryIndex, search: SqlMemorySearch) -> None:
    for agent in ("main", "other"):
        put(index, "a.md", "the cat", agent=agent)
        put(index, "b.md", "the dog", agent=agent)
    index.drop_files("main", ["a.md", "never.md"])
    assert set(index.files("main")) == {"b.md"}
    assert (found(search, "cat"), found(search, "cat", "other")) == ([], ["the cat"])


def test_a_file_that_breaks_off_leaves_the_old_one_whole(index: SqlMemoryIndex, search: SqlMemorySearch) -> None:
    put(index, "a.md", "the cat", "the dog")
    broken = [*pieces("the bird"), Chunk(None, 2, "the fish")]  # type: ignore[arg-type]
    with pytest.raises(IntegrityError):
        index.put_file("main", "a.md", a_file("new"), broken, 7)
    assert found(search, "cat dog") == ["the cat", "the dog"]
    assert index.files("main")["a.md"].hash == "hash-the cat/the dog"


def test_several_at_once_put_a_file_once(index: SqlMemoryIndex, world: World) -> None:
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: put(index, "a.md", "one", "two", "three"), range(8)))
    assert done.count(True) == 1
    assert [row["text"] for row in world.rows(memory_chunks)] == ["one", "two", "three"]


# --- words ----------------------------------------------------------------------------------------------------


def test_any_word_finds_and_more_of_them_find_better(index: SqlMemoryIndex, search: SqlMemorySearch) -> None:
    put(index, "a.md", "the printer is in the hall", "the wifi password is tulip", "wifi is slow in the garden today")
    assert found(search, "wifi password") == ["the wifi password is tulip", "wifi is slow in the garden today"]
    assert found(search, "WIFI Password", limit=1) == ["the wifi password is tulip"]
    assert found(search, "nothing of that") == []
    assert search.by_words("main", (), 5) == []


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("Zoë liebt Käsespätzle", "kasespatzle ZOE"),
        ("無線網路密碼是 tulip", "網路密碼"),
        ("call me at +49-30-1234", "1234"),
        ("version 1.2.3 of foo.bar/baz", "foo bar"),
        ("it's 'quoted' \"twice\" \\ AND NOT NEAR(", "\" OR ' | & ! quoted"),
        ("пароль от сети", "ПАРОЛЬ"),
        (f"{'x' * 300} end", "x" * 200),
        ("null\x00byte", "byte"),
    ],
)
def test_words_are_found_as_they_are_meant(
    index: SqlMemoryIndex, search: SqlMemorySearch, text: str, query: str
) -> None:
    put(index, "a.md", text, "something else entirely")
    assert len(found(search, query)) == 1


# --- vectors --------------------------------------------------------------------------------------------------


def embed(index: SqlMemoryIndex, vectors: dict[str, Sequence[float]], space: str = SPACE) -> None:
    index.put_vectors(space, {Chunk(1, 1, text).hash: vector for text, vector in vectors.items()}, 7)


def test_texts_without_a_vector_are_named_once_until_they_have_one(
    index: SqlMemoryIndex, search: SqlMemorySearch
) -> None:
    put(index, "a.md", "cat", "dog")
    put(index, "b.md", "dog", "bird")
    assert sorted(chunk.text for chunk in index.without_vector("main", SPACE, 10)) == ["bird", "cat", "dog"]
    embed(index, {"dog": (1, 0), "cat": (0, 1)})
    embed(index, {"dog": (5, 5)})
    assert [chunk.text for chunk in index.without_vector("main", SPACE, 10)] == ["bird"]
    assert len(index.without_vector("main", "another#1", 2)) == 2
    assert search.summary("main", SPACE) == IndexSummary(2, 4, 3, 7)


def test_the_most_alike_come_first_with_their_likeness_and_those_that_were_asked_for(
    index: SqlMemoryIndex, search: SqlMemorySearch
) -> None:
    put(index, "a.md", "north", "east", "northeast", "south", "unknown")
    embed(index, {"north": (0, 2), "east": (3, 0), "northeast": (1, 1), "south": (0, -1)})
    place = ids(search, "north", "east", "northeast", "south", "unknown")
    near = search.by_vector("main", SPACE, (0, 10), 2, [place["south"], place["unknown"]])
    assert list(near)[:2] == [place["north"], place["northeast"]]
    assert near == pytest.approx({place["north"]: 1, place["northeast"]: math.sqrt(0.5), place["south"]: -1}, abs=1e-5)
    assert search.by_vector("main", "another#1", (0, 1), 5) == {}
    assert search.by_vector("other", SPACE, (0, 1), 5) == {}
    with pytest.raises(ValueError, match="nowhere"):
        search.by_vector("main", SPACE, (0, 0), 5)


def test_among_many_the_signs_lead_to_the_most_alike(index: SqlMemoryIndex, search: SqlMemorySearch) -> None:
    dice = random.Random(7)
    count, size = 3 * RESCORED, 96
    directions = {f"text{number}": [dice.gauss(0, 1) for _ in range(size)] for number in range(count)}
    put(index, "a.md", *directions)
    embed(index, directions)
    wanted = [value + dice.gauss(0, 0.7) for value in directions["text500"]]
    (best, *_) = search.by_vector("main", SPACE, wanted, 5)
    assert search.chunks([best])[0].text == "text500"


def test_vectors_that_nobody_needs_give_way_first_and_only_when_there_are_too_many(
    index: SqlMemoryIndex, world: World
) -> None:
    put(index, "a.md", "cat")
    embed(index, {"gone": (1, 0), "cat": (0, 1)})
    embed(index, {"cat": (1, 1)}, "old#1")
    assert index.prune_vectors(SPACE, keep=3) == 0
    assert index.prune_vectors(SPACE, keep=2) == 1
    assert index.prune_vectors(SPACE, keep=0) == 1
    assert index.prune_vectors(SPACE, keep=0) == 0
    assert [(row["space"], row["hash"]) for row in world.rows(memory_vectors)] == [(SPACE, Chunk(1, 1, "cat").hash)]
