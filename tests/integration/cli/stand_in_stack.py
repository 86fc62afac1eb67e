"""``openclaw up`` with stand-ins for the parts; arguments: a JSON object of part names and kinds, then flags."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from openclaw.cli.child import Part
from openclaw.cli.detach import run_detached
from openclaw.cli.recipe import Wishes, basis
from openclaw.cli.stack import print_ready, read_settings, run_stack
from openclaw.errors import OpenClawError
from openclaw.settings.environment import read_environment
from openclaw.settings.schema import Settings

PART = Path(__file__).with_name("stand_in_part.py")


def main() -> int:
    kinds, flags = json.loads(sys.argv[1]), sys.argv[2:]
    place, wishes = read_environment(), Wishes(as_json="--json" in flags)

    def parts_of(settings: Settings, _wishes: Wishes) -> list[Part]:
        return [_part(name, kind, settings) for name, kind in kinds.items()]

    if "--detach" in flags:
        log = read_settings(place, wishes).logs_dir / "supervisor.log"
        return run_detached(lambda tell: run_stack(place, wishes, tell=tell, parts_of=parts_of), log)
    try:
        run_stack(place, wishes, tell=print_ready, parts_of=parts_of)
    except OpenClawError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _part(name: str, kind: str, settings: Settings) -> Part:
    argv, fixed = [sys.executable, str(PART), kind], basis(name.partition("-")[0], settings.file)
    if name == "gateway":
        argv = [*argv, str(settings.gateway.port)]
        return Part(name, argv, ready_url=f"{settings.http_url}/readyz", basis=fixed)
    return Part(name, argv, basis=fixed)


if __name__ == "__main__":
    sys.exit(main())
