"""What of a growing answer may leave, and where it goes on behind that."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openclaw.domain.reply_blocks import BlockLimits, behind, block_end
from openclaw.domain.silence import may_be_silent

LIMITS = BlockLimits(80, 120)
LINE = "x" * 99


def test_nothing_leaves_before_it_is_worth_a_message():
    assert block_end("a\n\nb\n\n", LIMITS) == 0


def test_a_block_ends_at_the_first_blank_line_behind_its_smallest_size():
    text = f"short\n\n{'y' * 80}\n\nmore"
    assert text[: block_end(text, LIMITS)] == f"short\n\n{'y' * 80}\n\n"


def test_what_has_no_blank_line_waits_until_it_is_too_long():
    sentence = "This is a sentence of it. "
    assert block_end(sentence * 4, LIMITS) == 0
    text = sentence * 6
    assert text[: block_end(text, LIMITS)] == (sentence * 4).rstrip()


def test_code_is_waited_for_and_leaves_whole():
    code = "```py\n" + f"{LINE}\n\n" * 4
    assert block_end(code, LIMITS) == 0
    closed = f"{code}```\nand more"
    assert closed[: block_end(closed, LIMITS)] == f"{code}```\n"


def test_a_writer_that_pauses_lets_a_smaller_block_go():
    text = f"{'y' * 50}\n\nmore of it that goes on"
    assert block_end(text, LIMITS) == 0
    assert text[: block_end(text, LIMITS, idle=True)] == f"{'y' * 50}\n\n"


@given(st.text("ab .\n`", max_size=600), st.booleans())
def test_a_block_is_never_empty_and_never_more_than_there_is(text, idle):
    assert 0 <= block_end(text, LIMITS, idle=idle) <= len(text)


@given(st.lists(st.text("ab .\n", min_size=1, max_size=40), max_size=5), st.text("ab ", max_size=30))
def test_a_text_goes_on_behind_the_blocks_that_it_begins_with(blocks, rest):
    text = "".join(blocks) + rest
    at = behind(text, blocks, complete=True)
    assert at is not None
    assert "".join(text[at:].split()) == "".join(rest.split())


def test_white_space_may_have_changed():
    assert behind("One.\nTwo.\nThree.", ["One. \n\n", "Two."], complete=True) == len("One.\nTwo.")


def test_a_text_that_is_not_there_yet_is_waited_for():
    assert behind("One. Tw", ["One.", "Two."], complete=False) is None
    assert behind("One. Tw", ["One.", "Two."], complete=True) == len("One.")
    assert behind("One. Tx", ["One.", "Two."], complete=False) == len("One.")


@pytest.mark.parametrize("text", ["", " ", "N", "NO_", "NO_REPLY", "NO_REPLY: nothing"])
def test_a_text_that_may_become_silent(text):
    assert may_be_silent(text)


@pytest.mark.parametrize("text", ["No", "NO_REPLYING", "Hello"])
def test_a_text_that_will_not(text):
    assert not may_be_silent(text)
