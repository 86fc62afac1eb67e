"""The long storm: ``make chaos SECONDS=120 SEED=7``. Every minute is a stack of its own."""

from __future__ import annotations

import os
import sys

from tests.chaos.run import storm

#: Length of one storm in seconds.
ROUND = 60


def main() -> int:
    seconds = float(os.environ.get("OPENCLAW_CHAOS_SECONDS", "120"))
    seed = int(os.environ.get("OPENCLAW_CHAOS_SEED", "7"))
    failed = 0
    while seconds > 0:
        length = min(ROUND, seconds)
        report = storm(seed=seed, seconds=length, messages=int(length * 8), sessions=40)
        print(report, flush=True)
        for problem in report.problems:
            print(f"  {problem}", flush=True)
        failed += bool(report.problems)
        seconds -= length
        seed += 1
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
