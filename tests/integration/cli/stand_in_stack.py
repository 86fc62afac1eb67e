"""``openclaw up`` with stand-ins for the parts; arguments: a JSON object of part names and kinds, then flags."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from openclaw.cli.child import Part
from openclaw.cli.detach import run_detached
from openclaw.cli.stack import Wishes, print_ready, run_stack
from openclaw.errors import OpenClawError
from openclaw.settings.environment import read_environment
from openclaw.settings.home import ensure_home
from openclaw.settings.load import settings_of

PART = Path(__file__).with_name("stand_in_part.py")


def main() -> int:
    kinds, flags = json.loads(sys.argv[1]), sys.argv[2:]
    place = read_environment()
    settings = ensure_home(settings_of(place))
    parts = []
    for name, kind in kinds.items():
        argv, ready_url = [sys.executable, str(PART), kind], None
        if name == "gateway":
            argv, ready_url = [*argv, str(settings.gateway.port)], f"{settings.http_url}/readyz"
        parts.append(Part(name, argv, ready_url=ready_url))
    wishes = Wishes(as_json="--json" in flags)
    if "--detach" in flags:
        log = settings.logs_dir / "supervisor.log"
        return run_detached(lambda tell: run_stack(settings, place, wishes, tell=tell, parts=parts), log)
    try:
        run_stack(settings, place, wishes, tell=print_ready, parts=parts)
    except OpenClawError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
