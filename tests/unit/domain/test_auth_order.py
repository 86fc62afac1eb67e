"""Which of a vendor's credentials is tried first."""

from __future__ import annotations

import pytest

from openclaw.domain.auth_order import in_order, pin_of
from openclaw.ports.provider import AuthProfile

pytestmark = pytest.mark.spec("E6")

KEY_A, KEY_B = AuthProfile("a"), AuthProfile("b")
LOGIN = AuthProfile("login", kind="oauth")


def order(*profiles: AuthProfile, pin: str = "", **asked: int) -> list[str]:
    return in_order("acme", profiles, pin, lambda: asked)


def test_logins_come_before_keys_that_cost_by_the_token() -> None:
    assert order(KEY_A, KEY_B, LOGIN, login=9) == ["login", "a", "b"]


def test_of_equals_the_one_that_was_not_asked_for_longest_comes_first() -> None:
    assert order(KEY_A, KEY_B) == ["a", "b"]
    assert order(KEY_A, KEY_B, a=2, b=1) == ["b", "a"]
    assert order(KEY_A, KEY_B, a=1) == ["b", "a"]


def test_an_order_that_somebody_gave_counts_whatever_was_asked() -> None:
    placed = [AuthProfile(name, placed=True) for name in ("z", "y")]
    assert order(KEY_A, LOGIN, *placed, z=9) == ["z", "y", "login", "a"]


def test_a_session_stays_with_its_own() -> None:
    assert order(KEY_A, KEY_B, LOGIN, pin=pin_of("acme", "b"), b=9) == ["b", "login", "a"]
    # One of another vendor, or that is gone, changes nothing.
    assert order(KEY_A, LOGIN, pin=pin_of("other", "a")) == ["login", "a"]
    assert order(KEY_A, LOGIN, pin=pin_of("acme", "gone")) == ["login", "a"]


def test_nobody_looks_at_what_was_asked_where_it_decides_nothing() -> None:
    def unread() -> dict[str, int]:
        raise AssertionError("was read")

    placed = AuthProfile("p", placed=True)
    assert in_order("acme", (placed, KEY_A), "", unread) == ["p", "a"]
    assert in_order("acme", (KEY_A, KEY_B), "acme:b", unread) == ["b", "a"]
    assert in_order("acme", (), "", unread) == []
