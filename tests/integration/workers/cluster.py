"""Real Celery workers as processes over a real Redis and a SQLite file, without a gateway."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from openclaw.composition.intake import build_intake, build_keeper
from openclaw.composition.live_settings import LiveSettings
from openclaw.composition.redis_parts import RedisParts, open_redis
from openclaw.composition.settings import read_live_settings
from openclaw.composition.storage import Storage, open_storage
from openclaw.coordination.lanes import RedisLanes
from openclaw.intake.accept import Intake
from openclaw.intake.lane_keeper import LaneKeeper
from openclaw.ports.clock import system_clock
from openclaw.settings.environment import read_environment
from openclaw.settings.schema import Settings
from tests.chaos.ledger import Ledger
from tests.sqlite_file import open_file
from tests.stack import ROOT, clean_environment
from tests.waiting import wait_until

POOLS = ("threads", "prefork", "gevent")


@dataclass
class Worker:
    """One worker process."""

    name: str
    process: subprocess.Popen[bytes]
    ready_file: Path
    log: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    def ready(self) -> None:
        def is_up() -> bool:
            assert self.process.poll() is None, self.log.read_text()
            return self.ready_file.exists()

        wait_until(is_up, 30)

    def kill(self) -> None:
        """Kill the process and its children at once."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.process.wait(10)

    def pause(self) -> None:
        os.killpg(self.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        os.killpg(self.pid, signal.SIGCONT)

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)


#: What a worker serves that has no browser.
QUEUES = "agent.main,agent.subagent,agent.cron,replies,media,maintenance"


@dataclass
class Cluster:
    """A home, its Redis, and any number of workers."""

    folder: Path
    redis_url: str
    config: str = ""
    workers: list[Worker] = field(default_factory=list)

    def __post_init__(self) -> None:
        (self.folder / "oc" / "run").mkdir(parents=True, mode=0o700)
        path = self.folder / "oc" / "config.toml"
        path.write_text(f"[lanes]\nlease_seconds = 3\ngrant_seconds = 2\n{self.config}")
        self.live: LiveSettings = read_live_settings(read_environment(self.environment))
        self.settings: Settings = self.live.settings
        open_file(self.folder / "oc" / "openclaw.db").close()
        self.storage: Storage = open_storage(self.settings)
        self.redis: RedisParts = open_redis(self.settings)
        self.keeper: LaneKeeper = build_keeper(self.settings, self.storage, self.redis)
        self.intake: Intake = build_intake(self.settings, self.storage, self.redis, self.keeper)

    @property
    def environment(self) -> dict[str, str]:
        return {**clean_environment(self.folder), "OPENCLAW_REDIS_URL": self.redis_url}

    @property
    def ledger(self) -> Ledger:
        return Ledger(self.folder / "oc" / "openclaw.db")

    def start(self, *, pool: str = "threads", concurrency: int = 4, queues: str = QUEUES, **environment: str) -> Worker:
        """Start a worker and wait until it is ready."""
        name = f"w{len(self.workers)}-{uuid.uuid4().hex[:6]}"
        ready, log = self.folder / f"{name}.ready", self.folder / f"{name}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "workers", "worker", "-P", pool, "-c", str(concurrency),
             "-n", f"{name}@%h", "-Q", queues,
             "--without-gossip", "--without-mingle"],
            env={**self.environment, "OPENCLAW_READY_FILE": str(ready), **environment},
            cwd=ROOT, stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        worker = Worker(name, process, ready, log)
        self.workers.append(worker)
        worker.ready()
        return worker

    def say(self, text: str, session: str = "s", **options: Any) -> str:
        """Submit a client's message; its run id."""
        key = str(uuid.uuid4())
        return self.intake.submit_client_message(
            session_key=f"agent:main:{session}", message=text, idempotency_key=key, **options
        ).run_id

    def run(self, run_id: str) -> dict[str, Any]:
        rows = self.ledger.query("SELECT * FROM runs WHERE run_id = ?", run_id)
        return rows[0] if rows else {}

    def attempts(self, run_id: str) -> list[dict[str, Any]]:
        return self.ledger.query("SELECT * FROM attempts WHERE run_id = ? ORDER BY number", run_id)

    def wait_running(self, run_id: str) -> None:
        wait_until(lambda: self.run(run_id).get("status") == "running", 20)

    def wait_done(self, run_id: str, seconds: float = 40) -> dict[str, Any]:
        """Wait for the run's end; how it ended."""

        def over() -> bool:
            return self.run(run_id).get("status") in {"succeeded", "failed", "aborted", "interrupted"}

        try:
            wait_until(over, seconds)
        except AssertionError:
            logs = "\n".join(f"--- {w.name}\n{w.log.read_text()[-3000:]}" for w in self.workers)
            raise AssertionError(f"{self.run(run_id)}\n{logs}") from None
        return self.run(run_id)

    def reap_later(self) -> None:
        """A reaper's pass as it will be when the leases that run now are over."""
        lanes = RedisLanes(
            self.redis.client,
            now_ms=lambda: system_clock() + int(self.settings.lanes.lease_seconds * 1000) + 1,
            lease_ms=int(self.settings.lanes.lease_seconds * 1000),
            grant_ms=int(self.settings.lanes.grant_seconds * 1000),
        )
        build_keeper(self.settings, self.storage, replace(self.redis, lanes=lanes)).tick()

    def stop(self) -> None:
        for worker in self.workers:
            if worker.process.poll() is None:
                worker.kill()
        self.storage.database.close()


@contextlib.contextmanager
def cluster(redis_url: str, config: str = "") -> Iterator[Cluster]:
    """A cluster in a short temporary folder."""
    with tempfile.TemporaryDirectory(prefix="oc-w-") as folder:
        made = Cluster(Path(folder), redis_url, config)
        try:
            yield made
        finally:
            made.stop()
