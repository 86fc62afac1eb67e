"""Several beats do no harm: one leads, another takes over when it goes."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.integration.workers.cluster import Cluster, cluster
from tests.stack import ROOT
from tests.waiting import wait_until


def beat(c: Cluster, name: str) -> subprocess.Popen[bytes]:
    with (c.folder / f"{name}.log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "workers", "beat", "-s", str(c.folder / name)],
            env=c.environment,
            cwd=ROOT,
            stdout=log,
            stderr=subprocess.STDOUT,
        )


@pytest.mark.spec("H5")
def test_one_of_two_beats_leads_and_the_other_takes_over(redis_client, redis_url):
    with cluster(redis_url) as c:
        beats = {name: beat(c, name) for name in ("one", "two")}
        try:
            wait_until(lambda: redis_client.llen("maintenance") >= 1, 30)
            logs = {name: c.folder / f"{name}.log" for name in beats}
            leaders = [name for name, log in logs.items() if "leads now" in log.read_text()]
            assert len(leaders) == 1
            beats[leaders[0]].terminate()
            beats[leaders[0]].wait(15)
            (other,) = set(beats) - set(leaders)
            wait_until(lambda: "leads now" in logs[other].read_text(), 30)
        finally:
            for process in beats.values():
                process.terminate()
                process.wait(15)
