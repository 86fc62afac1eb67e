"""Who holds a name."""

from __future__ import annotations

import pytest
import redis

from openclaw.coordination.client import connect
from openclaw.coordination.leases import Lease
from openclaw.errors import RedisUnavailable
from tests.stack import free_port
from tests.waiting import wait_until


def test_a_free_lease_goes_to_who_comes_first(client: redis.Redis) -> None:
    first, second = Lease(client, "beat", "a", 10_000), Lease(client, "beat", "b", 10_000)

    assert first.acquire()
    assert not second.acquire()
    assert second.holder() == "a"


def test_its_holder_may_acquire_and_renew_it_again(client: redis.Redis) -> None:
    lease = Lease(client, "beat", "a", 10_000)
    assert lease.acquire()
    client.pexpire("oc:lease:beat", 100)

    assert lease.renew()
    assert client.pttl("oc:lease:beat") > 5_000
    client.pexpire("oc:lease:beat", 100)
    assert lease.acquire()
    assert client.pttl("oc:lease:beat") > 5_000


def test_a_lease_ends_by_itself(client: redis.Redis) -> None:
    first, second = Lease(client, "beat", "a", 50), Lease(client, "beat", "b", 10_000)
    assert first.acquire()

    assert wait_until(second.acquire)
    assert not first.renew()


def test_nobody_releases_or_renews_what_is_not_theirs(client: redis.Redis) -> None:
    first, second = Lease(client, "beat", "a", 10_000), Lease(client, "beat", "b", 10_000)
    first.acquire()

    assert not second.release()
    assert not second.renew()
    assert first.holder() == "a"


def test_a_released_lease_is_free(client: redis.Redis) -> None:
    first, second = Lease(client, "beat", "a", 10_000), Lease(client, "beat", "b", 10_000)
    first.acquire()

    assert first.release()
    assert first.holder() is None
    assert second.acquire()


def test_names_do_not_mix(client: redis.Redis) -> None:
    assert Lease(client, "beat", "a", 10_000).acquire()
    assert Lease(client, "account:telegram:main", "b", 10_000).acquire()


def test_an_outage_is_not_a_lost_lease() -> None:
    lease = Lease(connect(f"redis://127.0.0.1:{free_port()}"), "beat", "a", 10_000)

    with pytest.raises(RedisUnavailable):
        lease.renew()
