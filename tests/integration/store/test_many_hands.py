"""Many threads at one database: gateways accept, workers steal each other's turns, people abort."""

from __future__ import annotations

import itertools
import random
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from openclaw.domain.queue_mode import QueueMode
from openclaw.domain.run import RunStatus
from openclaw.domain.transcript import assistant_text
from openclaw.errors import LanesRolledBack, StaleFence
from openclaw.ports.store import Claim, Committed
from openclaw.store.models import inbound, runs, sessions, transcript
from tests.contract.store.world import World, text_step

KEYS = [f"agent:main:{n}" for n in range(3)]
MODES = list(QueueMode)


class Hands:
    """What the threads do; fences come from one rising counter, as Redis gives them."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.seed = seed
        self.session_ids = [world.send(key=key).session_id for key in KEYS]
        self.fences = itertools.count(100)
        self.finished: list[tuple[str, int]] = []
        self.sending = threading.Event()

    def gateway(self, number: int) -> int:
        chance = random.Random(f"{self.seed} gateway {number}")
        for n in range(40):
            request = self.world.request(f"{number}-{n}", chance.choice(MODES), key=chance.choice(KEYS))
            self.world.intake.accept(request)
            assert self.world.intake.accept(request).duplicate
            if chance.random() < 0.05:
                self.world.control.abort(chance.choice(KEYS), None, "stop", self.world.now)
        return 40

    def worker(self, number: int) -> None:
        chance = random.Random(f"{self.seed} worker {number}")
        while not self.sending.is_set() or any(self.world.sweep.unfinished_lanes(0, 10)):
            try:
                self._turn(chance)
            except (StaleFence, LanesRolledBack):
                continue  # another worker was given the lane meanwhile

    def _turn(self, chance: random.Random) -> None:
        # Messages of the future: debounced ones are due at once.
        now = self.world.now + 3_600_000
        claim = self.world.runs.claim(chance.choice(self.session_ids), next(self.fences), "h", now)
        if not isinstance(claim, Claim):
            return
        committed = self.world.commit(claim, assistant_text("step"), finished=(text_step(len(claim.steps)),))
        if chance.random() < 0.1:
            return  # the worker dies here
        status = RunStatus.ABORTED if committed.abort_reason or claim.abort_reason else RunStatus.SUCCEEDED
        while isinstance(self.world.end(claim, status=status), Committed):
            pass
        self.finished.append((claim.run_id, claim.fence))


@pytest.mark.parametrize("seed", range(2))
def test_every_message_ends_once_and_every_turn_is_finished_by_one_holder(world: World, seed: int) -> None:
    hands = Hands(world, seed)
    with ThreadPoolExecutor(8) as pool:
        workers = [pool.submit(hands.worker, n) for n in range(4)]
        gateways = [pool.submit(hands.gateway, n) for n in range(4)]
        try:
            sent = sum(gateway.result(100) for gateway in gateways)
        finally:
            hands.sending.set()
        for worker in workers:
            worker.result(100)
    messages = world.rows(inbound)
    assert len(messages) == sent + len(KEYS)
    assert all(not m["open"] and m["disposition"] for m in messages)
    ended = [run_id for run_id, _ in hands.finished]
    assert sorted(ended) == sorted(run["run_id"] for run in world.rows(runs))
    assert len(set(ended)) == len(ended)
    fences = dict(hands.finished)
    assert all(run["fence"] == fences[run["run_id"]] for run in world.rows(runs))
    for session in world.rows(sessions):
        seqs = sorted(e["seq"] for e in world.rows(transcript) if e["session_id"] == session["id"])
        assert seqs == list(range(1, session["last_seq"] + 1))
        ordinals = sorted(m["ordinal"] for m in messages if m["session_id"] == session["id"])
        assert ordinals == list(range(1, session["last_ordinal"] + 1))


def test_an_answer_and_a_suspend_at_once_never_leave_the_run_parked(world: World) -> None:
    for n in range(25):
        claim = world.running(key=f"agent:main:race-{n}")
        with ThreadPoolExecutor(2) as pool:
            parking = pool.submit(world.suspend, claim, f"wait-{n}")
            answering = pool.submit(world.control.answer_wait, f"wait-{n}", {"ok": True}, world.now)
            parked, woken = parking.result(20), answering.result(20)
        assert (parked is None) == (woken is None)
        assert world.turn(claim.session_id).wait.answer == {"ok": True}


def test_a_steer_and_a_finish_at_once_never_lose_the_steer(world: World) -> None:
    for n in range(25):
        key = f"agent:main:race-{n}"
        claim = world.running(key=key)
        request = world.request("steer", QueueMode.STEER, key=key)
        with ThreadPoolExecutor(2) as pool:
            finishing = pool.submit(world.end, claim)
            accepting = pool.submit(world.intake.accept, request)
            ended, accepted = finishing.result(20), accepting.result(20)
        if isinstance(ended, Committed):
            assert ended.steered_run_ids == (accepted.run_id,)
        else:
            assert ended.outlook.seen_ordinal < accepted.ordinal or ended.outlook.more
            assert world.turn(claim.session_id).run_id == accepted.run_id
