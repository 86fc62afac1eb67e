"""Reading patches, and finding the places they mean."""

from __future__ import annotations

import difflib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openclaw.domain.patch import AddFile, DeleteFile, Hunk, PatchRefused, UpdateFile, apply_hunks, parse_patch

WHOLE = """*** Begin Patch
*** Add File: notes/new.txt
+one
+
*** Update File: app.py
*** Move to: main.py
@@ def run():
 first
-old
+new
@@
-last
*** End of File
*** Delete File: gone.txt
*** End Patch
"""


def test_a_patch_is_read_file_by_file() -> None:
    assert parse_patch(WHOLE) == (
        AddFile("notes/new.txt", "one\n\n"),
        UpdateFile(
            "app.py",
            (
                Hunk(("first", "old"), ("first", "new"), anchor="def run():"),
                Hunk(("last",), (), at_end=True),
            ),
            move_to="main.py",
        ),
        DeleteFile("gone.txt"),
    )


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("hello", "line 2: expected one of"),
        ("*** Add File: a\nplain", r"line 3: every line of a new file begins with '\+'"),
        ("*** Add File:  ", "line 2: the file has no name"),
        ("*** Update File: a\n@@\n?x", "line 4: a changed line begins with"),
        ("*** Update File: a", "nothing is changed"),
        ("*** Update File: a\n@@ here", "an empty change"),
        ("*** Delete File: a\n*** Delete File: a", "a: a file stands in a patch once"),
        ("", "the patch changes nothing"),
    ],
)
def test_what_cannot_be_read_is_named_by_its_line(body: str, why: str) -> None:
    with pytest.raises(PatchRefused, match=why):
        parse_patch(f"*** Begin Patch\n{body}\n*** End Patch" if body else "*** Begin Patch\n*** End Patch")


@pytest.mark.parametrize("text", ["", "nothing", "*** Begin Patch\n*** Delete File: a"])
def test_a_patch_has_a_beginning_and_an_end(text: str) -> None:
    with pytest.raises(PatchRefused, match=r"a patch (begins|ends) with"):
        parse_patch(text)


def test_an_anchor_tells_equal_places_apart() -> None:
    text = "def a():\n    return 1\ndef b():\n    return 1\n"
    hunk = Hunk(("    return 1",), ("    return 2",), anchor="def b():")
    assert apply_hunks(text, [hunk]) == "def a():\n    return 1\ndef b():\n    return 2\n"


def test_spaces_that_a_model_forgot_are_forgiven_and_kept() -> None:
    assert apply_hunks("\tkeep me  \nold  \n", [Hunk(("keep me", "old"), ("keep me", "new"))]) == "\tkeep me  \nnew\n"


def test_line_ends_stay() -> None:
    assert apply_hunks("a\r\nb\r\n", [Hunk(("a", "b"), ("a", "c"))]) == "a\r\nc\r\n"
    assert apply_hunks("a\nb", [Hunk(("b",), ("c",))]) == "a\nc"


@pytest.mark.parametrize(
    ("hunk", "why"),
    [
        (Hunk(("nowhere",), ("x",)), "change 1: these lines do not stand"),
        (Hunk(("a",), ("x",), at_end=True), "do not stand at the end of the file"),
        (Hunk(("a",), ("x",), anchor="def c"), "there is no line 'def c'"),
    ],
)
def test_a_place_that_is_not_there_is_refused(hunk: Hunk, why: str) -> None:
    with pytest.raises(PatchRefused, match=why):
        apply_hunks("a\nb\n", [hunk])


LINES = st.lists(st.sampled_from(["a", "b", "c", "", " d", "e "]), max_size=12)


@given(LINES, LINES)
def test_a_difference_applied_to_the_first_text_gives_the_second(before: list[str], after: list[str]) -> None:
    body = [line for line in difflib.ndiff(before, after) if not line.startswith("?")]
    if not any(line[0] in "+-" for line in body):
        return
    lines = [line[0] + line[2:] for line in body]
    patch = "\n".join(["*** Begin Patch", "*** Update File: f", "@@", *lines, "*** End Patch"])
    (change,) = parse_patch(patch)
    assert isinstance(change, UpdateFile)
    first, second = ("".join(f"{line}\n" for line in text) for text in (before, after))
    assert apply_hunks(first, change.hunks) == second


@given(st.text(max_size=300))
def test_no_text_breaks_the_reader(text: str) -> None:
    try:
        parse_patch(f"*** Begin Patch\n{text}\n*** End Patch")
    except PatchRefused:
        return
