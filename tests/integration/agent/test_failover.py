"""A model that fails is left alone by every turn, the next one answers, and a turn whose models all rest waits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import pytest
from sqlalchemy import update

from openclaw.composition.auth_profiles import sealer_of
from openclaw.coordination.rest_mirror import KEY
from openclaw.errors import AuthFailed, BillingFailed, ContextOverflow, Overloaded, ProviderError, RateLimited
from openclaw.ports.auth_profiles import StoredProfile
from openclaw.ports.lanes import LaneState
from openclaw.ports.provider import ModelEvent, ModelRequest, ProviderConfig, TextDelta
from openclaw.ports.secrets import Secret
from openclaw.store.models import model_rests
from tests.integration.agent.scripted import ScriptedProvider, World, answers, world_of
from tests.waiting import wait_until

pytestmark = [pytest.mark.spec("E6"), pytest.mark.timeout(60)]

AT_ONCE = "[messages.queue]\ndebounce_ms = 0\n"
SPARE = f"""fallbacks = ["other/spare"]
[models.providers.other]
api = "scripted"
[[models.providers.other.models]]
id = "spare"
{AT_ONCE}"""


@pytest.fixture
def alone(redis_client: object, redis_url: str) -> Iterator[World]:
    with world_of(redis_url, more=AT_ONCE) as world:
        yield world


@pytest.fixture
def with_spare(redis_client: object, redis_url: str) -> Iterator[World]:
    with world_of(redis_url, more=SPARE) as world:
        yield world


def failing(error: ProviderError, *, both: bool = False) -> Callable[[ModelRequest], Iterator[ModelEvent]]:
    """The first model fails in the middle of its answer; the spare one answers."""

    def script(request: ModelRequest) -> Iterator[ModelEvent]:
        if request.model == "spare" and not both:
            yield from answers("from the spare")
            return
        yield TextDelta("I am ab")
        raise error

    return script  # type: ignore[return-value]


def asked(world: World) -> list[str]:
    return [request.model for request in world.model.asked]


def rested(world: World) -> None:
    """All rests are over."""
    with world.cluster.storage.database.write() as connection:
        connection.execute(update(model_rests).values(until_ms=1))
    world.cluster.redis.client.delete(KEY)


@pytest.mark.parametrize("error", [RateLimited("slow down"), AuthFailed("bad key"), BillingFailed("no credit")])
def test_the_next_model_answers_and_the_first_is_left_alone(with_spare: World, error: ProviderError) -> None:
    with_spare.model.script = failing(error)  # type: ignore[assignment]
    assert with_spare.turn("hello")["reply_text"] == "from the spare"
    # Another worker hears of it before its first call.
    with_spare.services = with_spare.worker()
    assert with_spare.turn("hello again")["reply_text"] == "from the spare"
    assert asked(with_spare) == ["m", "spare", "spare"]


def test_when_it_has_rested_it_is_tried_and_used_again(with_spare: World) -> None:
    with_spare.model.script = failing(RateLimited("slow down"))  # type: ignore[assignment]
    with_spare.turn("hello")
    rested(with_spare)
    with_spare.model.script = lambda request: answers(f"from {request.model}")
    assert with_spare.turn("hello again")["reply_text"] == "from m"
    assert with_spare.cluster.storage.model_rests.all(0) == {}


def test_a_conversation_that_is_too_long_is_no_fault_of_the_model(with_spare: World) -> None:
    with_spare.model.script = failing(ContextOverflow("too long"))  # type: ignore[assignment]
    with_spare.turn("hello")
    assert "spare" not in asked(with_spare)
    assert with_spare.cluster.storage.model_rests.all(0) == {}


def test_when_all_failed_the_person_hears_what_was_tried(with_spare: World) -> None:
    with_spare.model.script = failing(BillingFailed("no credit"), both=True)  # type: ignore[assignment]
    run = with_spare.turn("hello")
    assert run["status"] == "failed"
    assert "no credit (tried: scripted/m (billing), other/spare (billing))" in str(run["error"])
    # Both rest for hours now: nobody is asked, and the turn does not wait so long.
    before = len(asked(with_spare))
    run = with_spare.turn("hello again")
    assert "no model is to be asked before" in str(run["error"])
    assert "no credit" in str(run["error"])
    assert len(asked(with_spare)) == before


def test_a_turn_whose_models_all_rest_for_a_moment_waits_without_a_slot(alone: World) -> None:
    alone.model.script = failing(RateLimited("slow down"))  # type: ignore[assignment]
    alone.turn("hello")
    alone.model.script = lambda _: answers("rested")
    run_id = alone.cluster.say("hello again")
    assert alone.begin() == "suspended"
    assert alone.state is LaneState.PARKED
    rested(alone)
    with alone.cluster.storage.database.write() as connection:
        connection.exec_driver_sql("UPDATE waits SET due_at_ms = 1 WHERE kind = 'models'")
    wait_until(lambda: alone.services.sweep() and alone.state is LaneState.GRANTED, 15)
    alone.begin()
    assert alone.cluster.run(run_id)["reply_text"] == "rested"


def test_the_only_model_is_asked_although_it_was_overloaded_a_moment_ago(alone: World) -> None:
    alone.model.script = failing(Overloaded("busy", retry_after_seconds=0.01))  # type: ignore[assignment]
    assert alone.turn("hello")["status"] == "failed"
    alone.model.script = lambda _: answers("here I am")
    assert alone.turn("hello again")["reply_text"] == "here I am"


PROFILES = f"""
[models.providers.keyed]
api = "scripted"
api_key = "k-first"
[models.providers.keyed.profiles.work]
api_key = "k-work"
[[models.providers.keyed.models]]
id = "m"
[[models.providers.keyed.models]]
id = "other"
{AT_ONCE}"""


class KeyedProvider(ScriptedProvider):
    """Answers by the key that it is asked with."""

    def __init__(self, key: str = "", opener: KeyedProvider | None = None) -> None:
        super().__init__()
        self.key = key
        self.opener = opener or self
        self.answer: Callable[[str], list[ModelEvent]] = lambda _key: answers("ok")

    def open(self, config: object) -> KeyedProvider:
        assert isinstance(config, ProviderConfig)
        return KeyedProvider(config.api_key.reveal() if config.api_key else "", self)

    def stream(self, request: ModelRequest, cancel: object) -> Iterator[ModelEvent]:
        yield from self.opener.answer(self.key)


@pytest.fixture
def with_profiles(redis_client: object, redis_url: str) -> Iterator[World]:
    with world_of(redis_url, more=PROFILES) as world:
        world.model = KeyedProvider()
        world.services = world.worker()
        yield world


def test_the_next_profile_is_asked_before_the_next_model_and_a_pinned_one_alone(with_profiles: World) -> None:
    keys: list[str] = []

    def answer(key: str) -> list[ModelEvent]:
        keys.append(key)
        if key == "k-first":
            raise AuthFailed("revoked")
        return answers(f"with {key or 'no key'}")

    assert isinstance(with_profiles.model, KeyedProvider)
    with_profiles.model.answer = answer
    asked = partial(with_profiles.cluster.say, "hello")
    for model, reply in (
        ("keyed/m", "with k-work"),
        ("keyed/other", "with k-work"),
        ("keyed/m@default", "with no key"),
    ):
        run_id = asked(options={"model": model})
        with_profiles.begin()
        assert with_profiles.cluster.run(run_id)["reply_text"] == reply
    # The account of the first key rests for all models; who is pinned to it goes on with the agent's own model.
    assert keys == ["k-first", "k-work", "k-work", ""]
    (rest,) = with_profiles.cluster.storage.model_rests.all(0)
    assert rest.startswith("keyed:default#")
    assert "k-first" not in rest


def test_a_credential_that_is_stored_is_tried_behind_those_of_the_configuration(with_profiles: World) -> None:
    keys: list[str] = []

    def answer(key: str) -> list[ModelEvent]:
        keys.append(key)
        if key != "k-stored":
            raise AuthFailed("revoked")
        return answers("stored")

    assert isinstance(with_profiles.model, KeyedProvider)
    with_profiles.model.answer = answer
    cluster = with_profiles.cluster
    sealed = sealer_of(cluster.settings).seal(Secret("k-stored"))
    cluster.storage.auth_profiles.put(StoredProfile("keyed", "kept", sealed, 1))
    with_profiles.services = with_profiles.worker()
    run_id = cluster.say("hello", options={"model": "keyed/m"})
    with_profiles.begin()
    assert cluster.run(run_id)["reply_text"] == "stored"
    assert keys == ["k-first", "k-work", "k-stored"]
    run_id = cluster.say("hello", options={"model": "keyed/other@kept"})
    with_profiles.begin()
    assert (cluster.run(run_id)["reply_text"], keys[3:]) == ("stored", ["k-stored"])


class Keys:
    """The keys that were asked with, and which of them are refused."""

    def __init__(self, world: World) -> None:
        self.asked: list[str] = []
        self.failing: dict[str, ProviderError] = {}
        assert isinstance(world.model, KeyedProvider)
        world.model.answer = self.answer
        self.world = world

    def answer(self, key: str) -> list[ModelEvent]:
        self.asked.append(key)
        if key in self.failing:
            raise self.failing[key]
        return answers("ok", tokens=5)

    def turn(self, model: str = "keyed/m", text: str = "hello") -> str:
        """The key that answered a turn of the session."""
        self.world.cluster.say(text, options={"model": model})
        self.world.begin()
        return self.asked[-1]

    def elsewhere(self) -> str:
        """The profile that a session without a past would take now."""
        router = self.world.services.runner._parts.runtimes(None).router
        return router.candidates("main", "keyed/m")[0].profile


def test_a_session_stays_with_the_profile_that_answered_it_and_a_new_one_takes_another(with_profiles: World) -> None:
    keys = Keys(with_profiles)
    assert [keys.turn() for _ in range(3)] == ["k-first"] * 3
    assert with_profiles.session()["auth_pin"] == "keyed:default"
    assert keys.elsewhere() == "work"
    # Also with another model of the vendor, and on another worker.
    with_profiles.services = with_profiles.worker()
    assert keys.turn("keyed/other") == "k-first"


def test_a_session_leaves_a_profile_that_rests_and_stays_with_the_next(with_profiles: World) -> None:
    keys = Keys(with_profiles)
    keys.turn()
    keys.failing["k-first"] = AuthFailed("revoked")
    assert keys.turn() == "k-work"
    keys.failing.clear()
    rested(with_profiles)
    assert keys.turn() == "k-work"
    assert with_profiles.session()["auth_pin"] == "keyed:work"


def test_a_new_conversation_and_a_summary_end_a_session_s_stay(with_profiles: World) -> None:
    keys, control = Keys(with_profiles), with_profiles.cluster.storage.control
    keys.turn()
    control.reset_session("agent:main:s", 1)
    assert with_profiles.session()["auth_pin"] == ""
    assert keys.turn(text="a" * 9_000) == "k-work"
    keys.turn(text="b" * 9_000)
    with_profiles.ask_to_compact("")
    assert with_profiles.session()["auth_pin"] == ""


def test_what_a_person_chose_never_rotates(with_profiles: World) -> None:
    keys = Keys(with_profiles)
    keys.failing["k-work"] = RateLimited("slow down")
    keys.turn("keyed/m@work")
    # The agent's own model answered: no other profile of the one that was chosen was asked.
    assert keys.asked == ["k-work", ""]
    assert with_profiles.session()["auth_pin"] == ""


def test_a_given_order_counts_whoever_was_asked_last(redis_client: object, redis_url: str) -> None:
    given = PROFILES.replace('api_key = "k-first"', 'api_key = "k-first"\nprofile_order = ["work", "default"]')
    with world_of(redis_url, more=given) as world:
        world.model = KeyedProvider()
        world.services = world.worker()
        keys = Keys(world)
        assert keys.turn() == "k-work"
        assert keys.elsewhere() == "work"
