"""What is to be done in browsers: begun at most once, where the session's page is."""

from __future__ import annotations

import pytest

from openclaw.ports.browser import BrowserAct
from openclaw.store.repositories.browser_acts import SqlBrowserActs
from tests.contract.store.world import KEY, World

pytestmark = pytest.mark.spec("E9")


def act(world: World, name: str, session: str = KEY) -> BrowserAct:
    return BrowserAct(name, session, "navigate", {"url": "http://x"}, world.now, world.now + 1000)


def test_it_is_noted_and_begun_once(world: World) -> None:
    acts = SqlBrowserActs(world.database)
    wanted = act(world, "w1")
    assert [acts.add(wanted), acts.add(wanted)] == [True, False]
    assert acts.claim("w1", "browser@a", world.now) == wanted
    assert acts.claim("w1", "browser@b", world.now) is None
    assert acts.claim("unknown", "browser@b", world.now) is None


def test_past_its_time_nobody_begins_it(world: World) -> None:
    acts = SqlBrowserActs(world.database)
    acts.add(act(world, "w1"))
    assert acts.claim("w1", "browser@a", world.now + 1000) is None


def test_a_sessions_page_is_where_the_newest_was_begun_if_that_is_not_long_ago(world: World) -> None:
    acts = SqlBrowserActs(world.database)
    for name, home in (("w1", "browser@a"), ("w2", "browser@b")):
        acts.add(act(world, name))
        acts.claim(name, home, world.now)
        world.now += 10
    acts.add(act(world, "w3"))
    assert acts.home(KEY, world.now - 1000) == "browser@b"
    assert acts.home(KEY, world.now - 10) == ""
    assert acts.home("agent:main:other", 0) == ""


def test_what_nobody_took_is_found_while_there_is_time_and_old_ones_go(world: World) -> None:
    acts = SqlBrowserActs(world.database)
    for name in ("w1", "w2"):
        acts.add(act(world, name))
    acts.claim("w2", "browser@a", world.now)
    assert acts.unclaimed(world.now, world.now, 10) == []
    assert acts.unclaimed(world.now + 1, world.now, 10) == ["w1"]
    assert acts.unclaimed(world.now + 1, world.now + 1000, 10) == []
    acts.forget(world.now + 1, 1)
    acts.forget(world.now + 1, 1)
    assert acts.home(KEY, 0) == ""
