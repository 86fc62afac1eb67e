"""Replies are cut where a reader would cut them, and nothing of them is lost."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openclaw.reply.chunking import chunk_markdown
from openclaw.reply.text_measure import utf8_bytes, utf16_units

FENCE_LINE = re.compile(r"^\s*(?:`{3,}|~{3,}).*$", re.MULTILINE)


def without_space(text: str) -> str:
    return "".join(text.split())


def bare(text: str) -> str:
    """The text without fence lines and white space: what no cut may change."""
    return without_space(FENCE_LINE.sub("", text))


def unbalanced(chunk: str) -> bool:
    """Whether a fence is open at the chunk's end."""
    marker = ""
    for line in chunk.split("\n"):
        found = re.match(r"\s*(`{3,}|~{3,})", line)
        if not found:
            continue
        if not marker:
            marker = found[1]
        elif found[1].startswith(marker) and line.strip().strip(marker[0]) == "":
            marker = ""
    return bool(marker)


def test_a_text_that_fits_stays_as_it_is():
    assert chunk_markdown("Hello *world*.\n\n- a\n- b", 64) == ("Hello *world*.\n\n- a\n- b",)


@pytest.mark.parametrize("text", ["", "  \n\n ", "\n"])
def test_a_blank_text_gives_nothing(text):
    assert chunk_markdown(text, 64) == ()


def test_a_blank_line_is_the_favourite_place():
    first, second = "a" * 30 + ".", "b" * 30 + ".\n" + "c" * 30
    assert chunk_markdown(f"{first}\n\n{second}", 70) == (first, second)


def test_without_blank_lines_a_line_break_is_taken():
    lines = ["first line of the text", "second line of the text", "third line of the text"]
    assert chunk_markdown("\n".join(lines), 64) == ("\n".join(lines[:2]), lines[2])


def test_without_line_breaks_a_sentence_ends_a_chunk():
    text = "This is the first sentence of it. This is another sentence. And this is the last one of all."
    assert chunk_markdown(text, 64) == (
        "This is the first sentence of it. This is another sentence.",
        "And this is the last one of all.",
    )


def test_chinese_sentences_need_no_space_after_them():
    text = "这是第一句话" * 8 + "。" + "这是第二句话" * 4
    assert chunk_markdown(text, 64)[0].endswith("。")


def test_without_sentences_white_space_is_taken():
    text = " ".join(["word"] * 30)
    chunks = chunk_markdown(text, 64)
    assert all(chunk.split() == ["word"] * len(chunk.split()) for chunk in chunks)
    assert " ".join(chunks) == text


def test_one_long_word_is_cut_hard():
    assert chunk_markdown("x" * 150, 64) == ("x" * 64, "x" * 64, "x" * 22)


def test_a_hard_cut_keeps_combined_characters_whole():
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
    text = "x" * 62 + family + "y" * 20
    first, second = chunk_markdown(text, 64)
    assert first == "x" * 62
    assert second == family + "y" * 20


def test_a_tiny_first_paragraph_does_not_become_a_chunk_of_its_own():
    text = "Hi!\n\n" + "word " * 30
    assert len(chunk_markdown(text.strip(), 64)[0]) > 40


def test_a_fence_that_fits_into_one_chunk_stays_whole():
    fence = "```python\n" + "\n".join(f"x{i} = {i}" for i in range(5)) + "\n```"
    chunks = chunk_markdown(f"{'Some words before it. ' * 3}\n\n{fence}\n\nAfter.", 80)
    assert any(fence in chunk for chunk in chunks)


def test_a_long_fence_is_closed_and_opened_again_with_its_language():
    code = [f"value_{i} = {i}" for i in range(20)]
    chunks = chunk_markdown("```python\n" + "\n".join(code) + "\n```", 100)
    assert len(chunks) > 1
    assert all(chunk.startswith("```python\n") and chunk.endswith("\n```") for chunk in chunks)
    assert [line for chunk in chunks for line in chunk.split("\n")[1:-1]] == code


def test_blank_lines_in_code_survive_a_cut():
    code = "\n\n\n".join(["x" * 20] * 6)
    chunks = chunk_markdown(f"```\n{code}\n```", 64)
    assert "\n".join(chunk.removeprefix("```\n").removesuffix("\n```") for chunk in chunks) == code


def test_a_tilde_fence_is_reopened_with_tildes():
    text = "~~~~sh\n" + "\n".join(["echo `date`"] * 12) + "\n~~~~"
    assert all(chunk.startswith("~~~~sh\n") and chunk.endswith("\n~~~~") for chunk in chunk_markdown(text, 64))


def test_an_indented_fence_of_a_list_goes_on_at_the_margin():
    code = "\n".join(f"     line {i}\n       deeper {i}" for i in range(10))
    chunks = chunk_markdown(f"1. Do this:\n     ```sh\n{code}\n     ```\n2. Then that.", 90)
    assert not any(unbalanced(chunk) for chunk in chunks)
    assert all(chunk.startswith("```sh\n") for chunk in chunks[1:-1])
    assert "\n  deeper 9\n```" in chunks[-1] or "\n  deeper 9\n```" in chunks[-2]


def test_a_fence_that_never_ends_is_closed_in_every_chunk():
    chunks = chunk_markdown("```\n" + "\n".join(["some code here"] * 10), 64)
    assert not any(unbalanced(chunk) for chunk in chunks)


def test_a_cut_right_before_the_closing_line_leaves_no_empty_block():
    for size in range(40, 60):
        text = f"```\n{'a' * size}\n{'b' * 20}\n```\ntext after it"
        assert not any("```\n```" in chunk for chunk in chunk_markdown(text, 64 + 10))


def test_a_nested_list_without_its_head_is_no_indented_code():
    text = "- head\n" + "\n".join(f"    - nested item number {i}" for i in range(10))
    assert all(not chunk.startswith("    ") for chunk in chunk_markdown(text, 80))


def test_lines_are_limited():
    chunks = chunk_markdown("\n".join(str(i) for i in range(40)), 2000, max_lines=17)
    assert [len(chunk.split("\n")) for chunk in chunks] == [17, 17, 6]


def test_lines_are_limited_in_fences_too():
    chunks = chunk_markdown("```\n" + "\n".join(str(i) for i in range(40)) + "\n```", 2000, max_lines=17)
    assert all(len(chunk.split("\n")) <= 17 for chunk in chunks)
    assert not any(unbalanced(chunk) for chunk in chunks)


def test_the_length_is_counted_as_the_platform_counts():
    text = "\U0001f600" * 100
    assert all(utf16_units(chunk) <= 64 for chunk in chunk_markdown(text, 64, measure=utf16_units))
    assert all(utf8_bytes(chunk) <= 64 for chunk in chunk_markdown(text, 64, measure=utf8_bytes))


def test_limits_that_leave_no_room_are_refused():
    with pytest.raises(ValueError, match="at least"):
        chunk_markdown("x", 10)
    with pytest.raises(ValueError, match="4 lines"):
        chunk_markdown("x", 100, max_lines=2)


plain = st.text(st.characters(exclude_characters="`~", exclude_categories=("Cs",)), max_size=400)
code_line = st.text(st.characters(min_codepoint=32, max_codepoint=126, exclude_characters="`~"), max_size=90)
block = st.one_of(
    st.text("abcdefg .!?\n-*_#é中😀", min_size=1, max_size=250),
    st.tuples(
        st.sampled_from(["```", "~~~", "````"]),
        st.sampled_from(["", "python", "c++", "sh title=x"]),
        st.lists(code_line, max_size=12),
    ).map(lambda f: "\n".join([f[0] + f[1], *f[2], f[0]])),
)
document = st.lists(block, max_size=6).map("\n\n".join)
limits = st.integers(64, 300)


@given(plain, limits, st.sampled_from([len, utf16_units, utf8_bytes]))
def test_any_text_is_kept_and_every_chunk_fits(text, limit, measure):
    chunks = chunk_markdown(text, limit, measure=measure)
    assert without_space("".join(chunks)) == without_space(text)
    assert all(measure(chunk) <= limit and chunk.strip() for chunk in chunks)


@given(document, limits, st.sampled_from([0, 4, 17]))
def test_any_markdown_is_kept_and_its_fences_are_whole_in_every_chunk(text, limit, max_lines):
    chunks = chunk_markdown(text, limit, max_lines=max_lines)
    assert bare("\n".join(chunks)) == bare(text)
    assert all(len(chunk) <= limit for chunk in chunks)
    assert not any(unbalanced(chunk) for chunk in chunks)
    if max_lines:
        assert all(chunk.count("\n") < max_lines for chunk in chunks)


@given(st.text("`~ \n1-ab", max_size=600), limits)
def test_broken_markdown_fits_too(text, limit):
    assert all(len(chunk) <= limit for chunk in chunk_markdown(text, limit))
