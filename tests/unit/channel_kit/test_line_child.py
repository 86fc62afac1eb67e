"""A real program beside us: its lines, its last words, and its end."""

from __future__ import annotations

import sys
import threading

import pytest

from openclaw.channel_kit.line_child import ChildEnded, LineChild


class Heard:
    """What a child says, and whether it has ended."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.ended = threading.Event()

    def child(self, program: str) -> LineChild:
        return LineChild([sys.executable, "-c", program], "test", on_line=self.lines.append, on_end=self.ended.set)


ECHO = "import sys\nfor line in sys.stdin: print('heard', line.strip(), flush=True); break"


def test_it_hears_and_tells_a_line_at_a_time():
    heard = Heard()
    with heard.child(ECHO) as child:
        child.write(b"hello\n")
        assert heard.ended.wait(30)
        assert child.exit_status() == 0
    assert heard.lines == [b"heard hello\n"]


def test_one_that_has_been_left_takes_nothing_more():
    heard = Heard()
    with heard.child(ECHO) as child:
        pass
    assert heard.ended.is_set()
    with pytest.raises(ChildEnded):
        child.write(b"too late\n")


def test_its_last_words_are_kept():
    heard = Heard()
    with heard.child("import sys; sys.exit('no key')") as child:
        assert heard.ended.wait(30)
    assert child.last_words() == "no key"
    assert child.exit_status() == 1


def test_one_that_does_not_leave_is_killed():
    heard = Heard()
    with heard.child("import time\nprint('up', flush=True)\ntime.sleep(600)") as child:
        pass
    assert child.exit_status() == -9


def test_a_program_that_is_not_there_is_told_as_the_system_tells_it():
    with pytest.raises(FileNotFoundError), LineChild(["/no/such"], "test", on_line=print, on_end=print):
        pass
