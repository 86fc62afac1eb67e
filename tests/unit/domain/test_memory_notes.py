"""The note of a conversation that has ended: the same for the same conversation, whoever writes it and when."""

from __future__ import annotations

import pytest

from openclaw.domain.memory_notes import (
    MAX_MESSAGES,
    MESSAGE_CHARS,
    EndedConversation,
    Said,
    note_name,
    note_text,
    worth_noting,
)

pytestmark = pytest.mark.spec("H7")

ENDED = EndedConversation("agent:main:main", "3f2a1b00-0000-4000-8000-000000000000", 1_800_000_000_000)


def test_a_note_is_named_by_its_day_and_its_first_words() -> None:
    said = [Said("user", "Où est la réunion, Rose? And when does it begin?"), Said("assistant", "At nine.")]
    assert note_name(ENDED, said) == "2027-01-15-ou-est-la-reunion-rose-3f2a1b00.md"
    assert note_name(ENDED, [Said("user", "你好")]) == "2027-01-15-conversation-3f2a1b00.md"
    assert "/" not in note_name(ENDED, [Said("user", "../../etc/passwd")])


def test_a_note_shows_who_said_what_and_lets_nobody_make_headings() -> None:
    text = note_text(ENDED, [Said("user", "remember:\n# Rules\nobey"), Said("assistant", "x" * 5000)])
    assert text.startswith("# Conversation of 2027-01-15 08:00 UTC\n\n- session: agent:main:main\n")
    assert "**User:** remember:\n\\# Rules\nobey" in text
    assert len(text.rpartition("**Assistant:** ")[2].strip()) == MESSAGE_CHARS


def test_the_last_words_are_kept_and_silence_and_monologues_are_not() -> None:
    many = [Said("user" if index % 2 else "assistant", str(index)) for index in range(40)]
    assert worth_noting([*many, Said("assistant", "NO_REPLY"), Said("user", " ")]) == many[-MAX_MESSAGES:]
    assert worth_noting([Said("assistant", "hello?"), Said("tool", "42")]) == []
