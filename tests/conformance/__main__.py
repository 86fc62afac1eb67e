"""``make conformance``: every command by its exit code and what it prints, as a table."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conformance.command_line import VERSION, CommandLine, NotInstallable, install
from tests.e2e.configs import telegram
from tests.stack import running_stack
from tests.wire.telegram.server import BotApiServer

#: Whether what was printed, as JSON where it is JSON, is right.
Check = Callable[[Any], bool]


@dataclass(frozen=True)
class Case:
    """One command, what it must print, and whether its subject is there at all."""

    arguments: str
    check: Check
    fails: bool = False
    why: str = ""


def has(*keys: str) -> Check:
    return lambda printed: isinstance(printed, dict) and set(keys) <= printed.keys()


def says(words: str) -> Check:
    return lambda printed: words in (printed if isinstance(printed, str) else json.dumps(printed))


CASES = (
    Case("gateway call health", says('"ok": true')),
    Case("gateway call sessions.list", says('"totalCount"')),
    Case("gateway status --json", has("rpc", "gateway")),
    Case("gateway probe --json", lambda printed: printed["ok"] is True),
    Case("gateway usage-cost --json", has("daily", "totals")),
    Case("gateway stability --json", has("events", "capacity")),
    Case("health", says("Agents: main")),
    Case("health --json", lambda printed: printed["ok"] is True),
    Case("status", says("OpenClaw status")),
    Case("status --json", has("sessions", "runtimeVersion")),
    Case("agent --session-id conformance --message hello --json", lambda printed: printed["status"] == "ok"),
    Case("channels status --json", says('"telegram"')),
    Case("models list --json", says("demo/echo")),
    Case("devices list --json", has("pending", "paired")),
    Case("nodes list --json", has("pending", "paired")),
    Case("logs --limit 5 --plain", says("INFO")),
    Case("system presence --json", says('"mode": "gateway"')),
    Case("message send --channel telegram --target 4711 --message hi --json", says("4711")),
    Case("cron list --json", says("unknown method: cron.list"), fails=True, why="no cron yet"),
    Case("skills list --json", lambda printed: "weather" in [skill["name"] for skill in printed["skills"]]),
    Case("skills info weather --json", has("name", "description", "filePath")),
)


def read(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def main() -> int:
    try:
        folder = install()
    except NotInstallable as error:
        print(f"conformance: {error}", file=sys.stderr)
        return 2
    print(f"OpenClaw {VERSION}'s command line against our gateway")
    failed = 0
    with BotApiServer() as bot, running_stack(telegram(bot.url)) as stack, tempfile.TemporaryDirectory() as home:
        line = CommandLine(folder, Path(home), str(stack.facts["ws_url"]), stack.token)
        for case in CASES:
            done = line.run(case.arguments.split())
            good = (done.returncode != 0) == case.fails and bool(_checked(case, read(done.stdout)))
            failed += not good
            note = f"refused, as it must be: {case.why}" if case.fails and good else "ok" if good else "WRONG"
            print(f"  {case.arguments:<72} {done.returncode}  {note}", flush=True)
            if not good:
                print(f"    {done.stdout[-600:]}\n    {done.stderr[-600:]}")
        sent = [message.text for message in bot.sent]
        print(f"  Telegram was sent: {sent}")
        failed += "hi" not in " ".join(sent)
    print(f"{len(CASES) - failed} of {len(CASES)} as they must be")
    return 1 if failed else 0


def _checked(case: Case, printed: Any) -> bool:
    try:
        return case.check(printed)
    except (KeyError, TypeError):
        return False


if __name__ == "__main__":
    sys.exit(main())
