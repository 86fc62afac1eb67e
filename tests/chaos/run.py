"""One storm from start to verdict."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field

from tests.chaos.config import chaos_config
from tests.chaos.conftest import bot_api, model, sent_messages
from tests.chaos.storm import Storm
from tests.stack import running_stack

#: The model streams for about 2 s.
TOKENS, DELAY = 20, 0.1


@dataclass
class Report:
    """What happened and what went wrong."""

    seed: int
    faults: list[str]
    dispositions: dict[str, int]
    attempts: int
    replies: dict[str, int]
    problems: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"seed {self.seed}: {len(self.faults)} faults {dict(Counter(self.faults))}, "
            f"dispositions {self.dispositions}, attempts {self.attempts}, replies {self.replies}, "
            f"{len(self.problems)} problems"
        )


def storm(*, seed: int, seconds: float, messages: int, sessions: int) -> Report:
    """Kill things for ``seconds`` while messages arrive; then check every promise."""
    with (
        bot_api() as telegram,
        model(TOKENS, DELAY) as model_url,
        running_stack(chaos_config(model_url, telegram), "--workers", "2") as stack,
    ):
        weather = Storm(stack, seed, sessions, messages)
        calm = threading.Event()
        striker = threading.Thread(target=weather.strike_until, args=(calm,), daemon=True)
        striker.start()
        weather.send_all(seconds)
        calm.set()
        striker.join()
        ledger = weather.settle(180)
        problems = [*weather.errors, *ledger.problems(weather.marks)]
        replies = ledger.replies()
        problems += ledger.wrong_sends(Counter(str(m["chat_id"]) for m in sent_messages(telegram)))
        rows = ledger.query("SELECT disposition, count(*) AS n FROM inbound GROUP BY disposition")
        attempts = ledger.query("SELECT count(*) AS n FROM attempts")[0]["n"]
        if problems:
            problems.append(stack.logs())
        return Report(seed, weather.faults, {r["disposition"]: r["n"] for r in rows}, attempts, dict(replies), problems)
