"""Keeps the parts of one machine running: start, wait until they serve, restart, drain, stop.

Knows parts only as command lines. One thread, woken by signals; nothing here imports a part.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from openclaw.cli.child import Child, Part
from openclaw.cli.recipe import Recipe
from openclaw.cli.wakeups import Wakeups
from openclaw.errors import OpenClawError, Unavailable

STARTUP_SECONDS = 60.0
#: A part that ended this often before the stack was ever ready will not come up.
_FUTILE_EXITS = 3
_STARTING_POLL_SECONDS = 0.03
_SERVER_CHECK_SECONDS = 2.0
#: Beyond the drain time, for a part to notice that its time is up.
_STOP_GRACE_SECONDS = 2.0


class Server(Protocol):
    """The embedded Redis: ``start`` makes sure that it answers, and may be called again."""

    def start(self) -> str: ...

    def stop(self) -> None: ...


class StartFailed(OpenClawError):
    """The stack did not come up."""

    fault = "operator"


@dataclass(frozen=True, slots=True)
class Plan:
    """Where to run it, and how patiently. ``renew`` makes the recipe anew; it raises OpenClawError when it cannot."""

    recipe: Recipe
    renew: Callable[[], Recipe]
    run_dir: Path
    logs_dir: Path
    cwd: Path
    drain_seconds: float
    max_restart_seconds: float
    server: Server | None = None


class Supervisor:
    """``say`` gets one line per event; ``show`` the parts that are ready, while starting."""

    def __init__(
        self,
        plan: Plan,
        *,
        say: Callable[[str], None],
        show: Callable[[Mapping[str, bool]], None] = lambda _: None,
        startup_seconds: float = STARTUP_SECONDS,
    ) -> None:
        self._plan = plan
        self._say = say
        self._show = show
        self._startup_seconds = startup_seconds
        self._server_check_at = 0.0
        self._recipe = plan.recipe
        self.children = [
            Child(
                part=part,
                run_dir=plan.run_dir,
                logs_dir=plan.logs_dir,
                environment=plan.recipe.environment,
                cwd=plan.cwd,
                max_delay=plan.max_restart_seconds,
                renew=self._renew,
            )
            for part in plan.recipe.parts
        ]

    def run(self, on_ready: Callable[[Mapping[str, int]], None]) -> None:
        """Run until a stop signal, then drain. ``on_ready`` gets the pids once everything serves.

        Raises StartFailed, with everything stopped again, when it does not come up.
        """
        with Wakeups() as wakeups:
            try:
                self._start()
                if self._await_ready(wakeups):
                    on_ready(self.pids())
                    self._keep_running(wakeups)
            finally:
                self._drain(wakeups)

    def pids(self) -> dict[str, int]:
        """The running parts."""
        return {child.part.name: child.process.pid for child in self.children if child.process is not None}

    def _start(self) -> None:
        now = time.monotonic()
        for child in self.children:
            child.start(now)

    def _await_ready(self, wakeups: Wakeups) -> bool:
        """Wait until all parts serve; false when a stop was asked for first."""
        deadline = time.monotonic() + self._startup_seconds
        while not wakeups.stops:
            now = time.monotonic()
            self._watch(now)
            states = {child.part.name: child.is_ready() for child in self.children if child.part.awaited}
            self._show(states)
            if all(states.values()):
                return True
            for child in self.children:
                if child.exits >= _FUTILE_EXITS and child.part.awaited:
                    raise StartFailed(
                        f"{child.part.name} does not start ({child.last_exit}); {child.log_path} ends with\n"
                        f"{child.log_tail()}"
                    )
            if now > deadline:
                late = ", ".join(name for name, is_ready in states.items() if not is_ready)
                raise StartFailed(f"not ready after {self._startup_seconds:g} s: {late}; see {self._plan.logs_dir}")
            wakeups.wait(_STARTING_POLL_SECONDS)
        return False

    def _keep_running(self, wakeups: Wakeups) -> None:
        while not wakeups.stops:
            now = time.monotonic()
            self._watch(now)
            self._check_server(now)
            due = [due for child in self.children if (due := child.due) is not None]
            if self._plan.server is not None:
                due.append(self._server_check_at)
            wakeups.wait(min(due, default=now + 3600.0) - now)

    def _watch(self, now: float) -> None:
        for child in self.children:
            event = child.watch(now)
            if event:
                self._say(event)

    def _renew(self, part: Part) -> tuple[Part, Mapping[str, str]]:
        """The part as it is configured now; as it was, while the configuration cannot be read."""
        try:
            self._recipe = self._plan.renew()
        except OpenClawError as error:
            self._say(f"{part.name} keeps the configuration it had: {error}")
        self._replace_outdated()
        return self._recipe.part(part.name) or part, self._recipe.environment

    def _replace_outdated(self) -> None:
        """All parts go by one configuration where a running process cannot follow it."""
        now = time.monotonic()
        for child in self.children:
            newest = self._recipe.part(child.part.name)
            if child.process is not None and newest is not None and newest.basis != child.part.basis:
                child.replace(now, self._plan.drain_seconds + _STOP_GRACE_SECONDS)

    def _check_server(self, now: float) -> None:
        """Bring an embedded Redis that died back; the parts wait for it meanwhile."""
        server = self._plan.server
        if server is None or now < self._server_check_at:
            return
        try:
            server.start()
        except Unavailable as error:
            self._say(f"redis: {error}")
        self._server_check_at = time.monotonic() + _SERVER_CHECK_SECONDS

    def _drain(self, wakeups: Wakeups) -> None:
        """Let the parts finish, then end what has not; a further stop signal ends it all at once."""
        patience = wakeups.stops + 1 if wakeups.stops else 1
        for child in self.children:
            child.ask_to_stop()
        deadline = time.monotonic() + self._plan.drain_seconds + _STOP_GRACE_SECONDS
        while not all(child.has_stopped() for child in self.children):
            left = deadline - time.monotonic()
            if left <= 0 or wakeups.stops >= patience:
                for child in self.children:
                    if not child.has_stopped():
                        self._say(f"{child.part.name} is ended by force")
                        child.kill()
                break
            wakeups.wait(left)
        if self._plan.server is not None:
            self._plan.server.stop()
