"""Vendors' lists: asked once for every process, together, and never at the cost of one another."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
import redis

from openclaw.composition.model_catalogue import VendorLists
from openclaw.coordination.client import connect
from openclaw.coordination.model_lists import TTL_SECONDS, RedisListCache
from openclaw.errors import AuthFailed, ConfigError, ProviderTimeout
from openclaw.plugins.registry import Registry
from openclaw.ports.model_lists import FRESH_MS, RETRY_MS, Catalogue
from openclaw.ports.provider import AuthProfile, ListedModel, ModelInfo, ProviderConfig
from openclaw.ports.secrets import Secret

pytestmark = pytest.mark.spec("E6")

Answer = Callable[[], tuple[ListedModel, ...]]
NEWS = ListedModel("news", "News", 400_000, 64_000, True, ("text", "image"))


@dataclass
class Vendor:
    """A family whose vendors answer as the test says, by their id."""

    answers: dict[str, Answer]
    asked: list[str] = field(default_factory=list)
    apis = ("scripted",)

    def open(self, config: ProviderConfig) -> OpenVendor:
        return OpenVendor(self, config.id)


@dataclass
class OpenVendor:
    family: Vendor
    id: str

    def available(self, timeout_seconds: float) -> tuple[ListedModel, ...]:
        self.family.asked.append(self.id)
        return self.family.answers[self.id]()

    def close(self) -> None: ...


class World:
    """Any number of processes that look at the catalogue."""

    def __init__(self, client: redis.Redis) -> None:
        self.client = client
        self.now = 1_800_000_000_000
        self.patience_seconds = 10.0
        self.vendor = Vendor({"acme": lambda: (NEWS,), "other": lambda: (ListedModel("o"),)})
        self.registry = Registry()
        self.registry.add_provider(self.vendor, source="the test")
        self.configs = [self.config("acme", ModelInfo("own", "acme", "Own", 8_000)), self.config("other")]

    def config(self, id_: str, *models: ModelInfo, key: str = "k-1") -> ProviderConfig:
        return ProviderConfig(id_, "scripted", "http://vendor.example", Secret(key), models=models)

    def look(self, client: redis.Redis | None = None, **how: bool) -> Catalogue:
        cache = RedisListCache(client or self.client)
        lists = VendorLists(self.registry, cache, lambda: self.now, self.patience_seconds)
        return lists.catalogue(self.configs, {}, **how)

    @property
    def asked(self) -> list[str]:
        """Who was asked since the last look."""
        asked = sorted(self.vendor.asked)
        self.vendor.asked.clear()
        return asked


@pytest.fixture
def world(redis_client: redis.Redis) -> World:
    return World(redis_client)


def names(found: Catalogue) -> list[str]:
    return [f"{model.provider}/{model.id}" for model in found.models]


def refuse() -> tuple[ListedModel, ...]:
    raise AuthFailed("bad key")


def test_what_vendors_list_comes_behind_what_is_configured(world: World) -> None:
    found = world.look()
    assert names(found) == ["acme/own", "acme/news", "other/o"]
    news = found.models[1]
    assert (news.name, news.context_window, news.reasoning, news.input_kinds) == (
        "News",
        400_000,
        True,
        ("text", "image"),
    )
    # Of what the vendor does not say, the usual is taken.
    assert (found.models[2].context_window, found.models[2].price) == (200_000, None)


def test_what_is_configured_stands_whatever_the_vendor_says_of_it(world: World) -> None:
    world.vendor.answers["acme"] = lambda: (ListedModel("own", "Theirs", 1_000_000),)
    (own, *_) = world.look().models
    assert (own.name, own.context_window) == ("Own", 8_000)


def test_a_list_is_asked_for_once_an_hour_by_all_processes(world: World) -> None:
    world.look()
    assert world.asked == ["acme", "other"]
    again = world.look()
    assert (world.asked, names(again)) == ([], ["acme/own", "acme/news", "other/o"])
    (key, _) = sorted(world.client.keys("oc:models:listed:*"))
    assert 0 < world.client.ttl(key) <= TTL_SECONDS
    world.now += FRESH_MS
    world.look()
    assert world.asked == ["acme", "other"]
    world.look(refresh=True)
    assert world.asked == ["acme", "other"]


def test_nobody_is_asked_by_who_wants_what_is_there(world: World) -> None:
    assert names(world.look(prepared_only=True)) == ["acme/own"]
    world.look()
    world.now += FRESH_MS
    world.vendor.asked.clear()
    assert names(world.look(prepared_only=True)) == ["acme/own", "acme/news", "other/o"]
    assert world.asked == []


def test_a_vendor_that_refuses_costs_the_others_nothing_and_is_left_alone_for_a_minute(world: World) -> None:
    world.vendor.answers["acme"] = refuse
    found = world.look()
    assert names(found) == ["acme/own", "other/o"]
    assert {id_: (each.reason, each.error) for id_, each in found.outcomes.items()} == {
        "acme": ("auth", "bad key"),
        "other": ("", ""),
    }
    world.vendor.asked.clear()
    world.look()
    assert world.asked == []
    world.now += RETRY_MS
    world.look()
    assert world.asked == ["acme"]


def test_what_a_vendor_listed_earlier_stands_while_it_is_away(world: World) -> None:
    world.look()

    def away() -> tuple[ListedModel, ...]:
        raise ProviderTimeout("no answer in time")

    world.vendor.answers["acme"] = away
    world.now += FRESH_MS
    found = world.look()
    assert (names(found)[:2], found.outcomes["acme"].reason) == (["acme/own", "acme/news"], "timeout")


def test_nobody_waits_for_a_vendor_that_hangs(world: World) -> None:
    gone_on = threading.Event()

    def hang() -> tuple[ListedModel, ...]:
        gone_on.wait(30)
        return (NEWS,)

    world.patience_seconds = 0.2
    world.vendor.answers["acme"] = hang
    found = world.look()
    gone_on.set()
    assert (names(found), found.outcomes["acme"].reason) == (["acme/own", "other/o"], "timeout")


def test_another_key_or_address_has_a_list_of_its_own(world: World) -> None:
    world.look()
    world.vendor.asked.clear()
    world.configs[1] = world.config("other", key="k-2")
    world.look()
    assert world.asked == ["other"]
    secrets = " ".join(key.decode() for key in world.client.keys("oc:models:listed:*"))
    assert "k-1" not in secrets


def test_without_redis_vendors_are_asked_each_time(world: World) -> None:
    away = connect("redis://127.0.0.1:1/0")
    assert names(world.look(away)) == names(world.look(away)) == ["acme/own", "acme/news", "other/o"]
    assert world.asked == ["acme", "acme", "other", "other"]


def test_whoever_cannot_be_asked_is_not(world: World) -> None:
    plain = ProviderConfig("plain", "scripted", models=(ModelInfo("m", "plain"),))
    unknown = ProviderConfig("odd", "unheard-of", api_key=Secret("k"), models=(ModelInfo("m", "odd"),))
    profiled = ProviderConfig("acme", "scripted", profiles=(AuthProfile("team", Secret("k-team")),))
    world.configs = [plain, unknown, profiled]
    assert names(world.look()) == ["plain/m", "odd/m", "acme/news"]
    assert world.asked == ["acme"]


def test_a_vendor_without_a_list_is_none_that_failed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    class Listless:
        def close(self) -> None: ...

    def open_(config: ProviderConfig) -> Listless:
        if config.id == "acme":
            raise ConfigError("pip install the vendor's library")
        return Listless()

    monkeypatch.setattr(world.vendor, "open", open_)
    assert {id_: each.reason for id_, each in world.look().outcomes.items()} == {"acme": "bad_request"}
