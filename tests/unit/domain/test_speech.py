"""When a reply is spoken, and what of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openclaw.domain.speech import (
    LONGEST,
    Speech,
    SpeechRules,
    TaggedReply,
    about_speech,
    as_shown,
    read_tags,
    shortened,
    speech_of,
    spoken_form,
)

pytestmark = pytest.mark.spec("E10")

ANSWER = "The train leaves at nine."


@pytest.mark.parametrize(
    ("reply", "read"),
    [
        (ANSWER, TaggedReply(ANSWER)),
        (f"[[tts]]{ANSWER}", TaggedReply(ANSWER, asked=True)),
        (
            f"{ANSWER} [[tts:provider=Edge voice=en-GB-RyanNeural]]",
            TaggedReply(ANSWER, True, False, "", "edge", "en-GB-RyanNeural"),
        ),
        (f"{ANSWER}\n[[tts:At nine, then!]]", TaggedReply(ANSWER, True, False, "At nine, then!")),
        (f"{ANSWER}\n[[tts:text]]At nine,\nthen![[/tts:text]]", TaggedReply(ANSWER, True, False, "At nine,\nthen!")),
        (f"{ANSWER}\n[[tts:text]]At nine, th", TaggedReply(ANSWER, True, False, "At nine, th")),
        (f"[[audio_as_voice]]\n{ANSWER}", TaggedReply(ANSWER, voice_note=True)),
        ("Write `[[tts]]` to be heard.", TaggedReply("Write `[[tts]]` to be heard.")),
        ("See [[tts", TaggedReply("See [[tts")),
    ],
)
def test_tags_are_taken_out_and_heeded_but_not_in_code(reply: str, read: TaggedReply) -> None:
    assert read_tags(reply) == read


@pytest.mark.parametrize(
    ("mode", "heard", "reply", "spoken"),
    [
        ("off", True, f"[[tts]]{ANSWER}", False),
        ("always", False, ANSWER, True),
        ("inbound", False, f"[[tts]]{ANSWER}", False),
        ("inbound", True, ANSWER, True),
        ("tagged", True, ANSWER, False),
        ("tagged", False, f"[[tts]]{ANSWER}", True),
        ("always", False, "At nine.", False),
        ("always", False, "```\nonly_code()\n```", False),
    ],
)
def test_the_mode_says_which_replies_are_spoken(mode: str, heard: bool, reply: str, spoken: bool) -> None:
    speech = speech_of(read_tags(reply), SpeechRules(mode, heard=heard, possible=True))
    assert (speech is not None) is spoken


def test_a_turn_that_sent_files_is_not_spoken_over() -> None:
    assert speech_of(read_tags(ANSWER), SpeechRules("always", sent_files=True)) is None


def test_sound_is_a_voice_note_where_there_are_any_or_the_model_wants_one() -> None:
    plain = SpeechRules("always", voice_notes=False)
    assert speech_of(read_tags(ANSWER), plain) == Speech(ANSWER, voice_note=False)
    assert speech_of(read_tags(f"[[audio_as_voice]]{ANSWER}"), plain) == Speech(ANSWER, voice_note=True)


def test_marks_addresses_and_code_are_not_read_out() -> None:
    said = "# Plan\n\n- **Leave** at [nine](https://a.example/x)\n- see https://b.example\n\n```\ncode\n```\n---\n> so"
    assert spoken_form(said) == "Plan\nLeave at nine\nsee\nso"


def test_what_is_too_long_ends_with_a_sentence() -> None:
    assert shortened("One is here. Two is here. Three", 28) == "One is here. Two is here."
    assert shortened("word " * 10, 12) == "word word"


@given(st.text(max_size=200), st.sampled_from(["[[tts]]", "[[tts:hi there you]]", "[[audio_as_voice]]"]))
def test_no_tag_is_left_in_a_text_without_code(text: str, tag: str) -> None:
    plain = text.replace("`", "").replace("[", "").replace("]", "")
    assert "[[" not in read_tags(f"{plain}{tag}{plain}").text


@given(st.text(max_size=3 * LONGEST), st.integers(1, LONGEST))
def test_nothing_is_longer_than_it_may_be(words: str, limit: int) -> None:
    assert len(shortened(words, limit)) <= limit


def test_what_is_to_be_spoken_is_kept_as_it_is() -> None:
    speech = Speech("At nine.", voice_note=False, provider="edge", voice="en-GB-RyanNeural")
    assert Speech.from_json(speech.to_json()) == speech


@pytest.mark.parametrize("mode", ["always", "inbound", "tagged"])
def test_models_are_told_that_they_are_heard_and_how_to_ask_for_it(mode: str) -> None:
    assert "read out" in about_speech(mode)
    assert "[[tts:text]]" in about_speech(mode)


def test_where_nothing_is_spoken_nothing_is_said_of_it() -> None:
    assert about_speech("off") == ""


@pytest.mark.parametrize("tag", ["[[tts]]", "[[tts:provider=edge]]", "[[audio_as_voice]]"])
def test_nobody_sees_a_tag_come_into_being(tag: str) -> None:
    for length in range(1, len(tag) + 1):
        assert as_shown(f"Hello {tag[:length]}").rstrip() == "Hello"


@pytest.mark.parametrize("text", ["see [1]", "a [[wiki]] link", "[x", "array[0]", "see [[other:"])
def test_other_brackets_are_shown_at_once(text: str) -> None:
    assert as_shown(text) == text
