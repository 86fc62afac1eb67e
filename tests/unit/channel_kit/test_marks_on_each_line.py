"""Platforms whose styles end with the line get their marks on each line, close to the words."""

from __future__ import annotations

import pytest

from openclaw.channel_kit.markup.parse import parse_markdown
from openclaw.channel_kit.markup.render import Marks, render

STARS = {"bold": ("*", "*"), "italic": ("_", "_")}


@pytest.mark.parametrize(
    ("markdown", "each_line", "whole"),
    [
        ("**one**", "*one*", "*one*"),
        ("**one\ntwo**", "*one*\n*two*", "*one\ntwo*"),
        ("- **one\n  two**", "• *one*\n  *two*", "• *one\n  two*"),
        ("**one _two\nthree_**", "*one _two_*\n*_three_*", "*one _two\nthree_*"),
    ],
)
def test_a_style_over_several_lines(markdown, each_line, whole):
    rich = parse_markdown(markdown)
    assert render(rich, Marks(around=STARS, marks_each_line=True)) == each_line
    assert render(rich, Marks(around=STARS)) == whole
