"""Directives and shortcuts inside a message."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openclaw.domain.directives import Found, Read, read_directives
from openclaw.intake.policy import ModelFacts
from openclaw.intake.reading import is_readable

pytestmark = pytest.mark.spec("E1")

MODELS = ModelFacts({"main": "mock/small"}, {"mock/small": 8000, "mock/big": 200_000, "other/huge": 1_000_000})


def read(text: str, *refused: str) -> Read:
    return read_directives(text, lambda spec, words: is_readable(spec, words, MODELS), refused)


@pytest.mark.parametrize(
    ("text", "rest", "found"),
    [
        ("/think high", "", [Found("think", "high")]),
        ("please /think high hurry", "please hurry", [Found("think", "high")]),
        ("/t:high what is it?", "what is it?", [Found("think", "high")]),
        ("/thinking: xhigh what?", "what?", [Found("think", "xhigh")]),
        ("/think@mybot low\nhello", "hello", [Found("think", "low")]),
        ("first\n\n/v full\n\nlast", "first\n\nlast", [Found("verbose", "full")]),
        ("/reason on /elev full /t max go", "go", [Found("reasoning", "on"), Found("elevated", "full"), Found("think", "max")]),
        ("/model big answer", "answer", [Found("model", "big")]),
        ("/queue collect debounce:2s cap:25 drop:old and so on", "and so on", [Found("queue", "collect debounce:2s cap:25 drop:old")]),
        ("/exec ask:always ls", "ls", [Found("exec", "ask:always")]),
        ("/think /think high high", "", [Found("think", "high"), Found("think", "high")]),
    ],
)  # fmt: skip
def test_a_directive_is_taken_out(text: str, rest: str, found: list[Found]) -> None:
    assert read(text) == Read(rest, tuple(found))


@pytest.mark.parametrize(
    "text",
    [
        "look into /etc/think high",
        "https://example.com/think high",
        "/think/high",
        "/thinker high",
        "/think about it",
        "what does /think mean?",
        "/model nothing please",
        "/queue up some songs",
        "a `/think high` b",
        "``a ` /think high`` b",
        "```\n/think high\n```\nthat was code",
        "~~~ sh\n/think high",
        "  > /think high\nsaid somebody else",
        "/stop the /new world",
        "/approve it all",
        "  two  spaces\t/and tabs ",
        "",
    ],
)
def test_what_is_no_directive_stays_as_it_was(text: str) -> None:
    assert read(text) == Read(text)


def test_a_shortcut_is_answered_and_the_rest_goes_on() -> None:
    assert read("so /status and /id who?") == Read("so and who?", (), (Found("status"), Found("whoami")))


def test_directives_behind_code_are_heard() -> None:
    assert read("```\n/think low\n```\n/think high go").directives == (Found("think", "high"),)


def test_what_somebody_may_not_say_stays_text() -> None:
    assert read("/exec ask:off /think high go", "exec") == Read("/exec ask:off go", (Found("think", "high"),))


def test_a_text_full_of_commands_is_material() -> None:
    text = "/status " * 5_000
    assert read(text) == Read(text)


def test_reading_takes_time_in_proportion_to_the_text() -> None:
    # With a search for the end of each run of backticks, this takes half a minute.
    runs = " ".join("`" * length for length in range(1, 450))
    assert len(read(runs + " /think high" * 31).directives) == 31


WORDS = st.sampled_from(
    [
        *("/think", "/t:high", "high", "/queue", "steer", "cap:3", "/status", "/id", "/model", "big", "/exec"),
        *("ask:always", "hello", "`", "``", "```", "~~~", "> ", "/etc/think", "\n", "\n\n", "  ", "\t", "é", "/verbose:"),
    ]
)  # fmt: skip
TEXTS = st.lists(st.tuples(WORDS, st.sampled_from(["", " ", "\n"])), max_size=14).map(
    lambda parts: "".join(word + gap for word, gap in parts)
)


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_reading_again_finds_nothing_more(text: str) -> None:
    once = read(text)
    assert read(once.text) == Read(once.text)


@given(st.text(st.characters(exclude_characters="/")))
@settings(max_examples=100, deadline=None)
def test_a_text_without_a_slash_is_unchanged(text: str) -> None:
    assert read(text) == Read(text)


@given(TEXTS)
@settings(max_examples=100, deadline=None)
def test_no_word_is_lost_but_those_that_were_read(text: str) -> None:
    taken = read(text)
    read_words = sum(1 + len(found.words.split()) for found in (*taken.directives, *taken.shortcuts))
    attached = sum(word.startswith(("/t:", "/verbose:")) and len(word.partition(":")[2]) > 0 for word in text.split())
    left = len(text.split()) - len(taken.text.split())
    assert read_words - attached <= left <= read_words


FACTS = ModelFacts(
    {},
    {"openai/gpt-5-mini": 1, "openai/gpt-5.2": 1, "anthropic/claude-opus-5": 1},
    aliases={"fast": "openai/gpt-5-mini"},
    profiles={"openai": frozenset({"default", "work"})},
)


@pytest.mark.spec("E1")
@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("openai/gpt-5.2", "openai/gpt-5.2"),
        ("GPT-5.2", "openai/gpt-5.2"),
        ("Fast", "openai/gpt-5-mini"),
        ("opus", "anthropic/claude-opus-5"),
        ("gpt5 mini", "openai/gpt-5-mini"),
        ("gpt", None),
        ("nothing", None),
        ("", None),
        ("gpt-5.2@Work", "openai/gpt-5.2@work"),
        ("fast@work", "openai/gpt-5-mini@work"),
        ("gpt-5.2@nobody", None),
        ("claude-opus-5@work", None),
    ],
)
def test_a_model_is_known_by_its_name_a_part_of_it_an_alias_and_a_profile(words: str, meant: str | None) -> None:
    assert FACTS.found(words) == meant


@pytest.mark.spec("E1")
def test_names_that_may_be_meant_are_offered() -> None:
    assert set(FACTS.near("gpt")) == {"openai/gpt-5-mini", "openai/gpt-5.2"}
    assert FACTS.near("claud-opus5") == ("anthropic/claude-opus-5",)
    assert FACTS.near("zzz") == ()
