"""The stack of one machine, put together: home, Redis, database, parts, and the line that says where it is."""

from __future__ import annotations

import dataclasses
import errno
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import click

from openclaw.cli.child import Part
from openclaw.cli.child_environment import child_environment
from openclaw.cli.orphans import end_orphans
from openclaw.cli.part_commands import beat_argv, connector_argv, flower_argv, gateway_argv, worker_argv
from openclaw.cli.progress import Progress
from openclaw.cli.singleton import publish_state, sole_supervisor
from openclaw.cli.supervisor import Plan, Server, StartFailed, Supervisor
from openclaw.errors import ConfigError
from openclaw.settings.environment import Environment
from openclaw.settings.schema import Settings

_MIGRATION_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the command line asks for beyond the settings."""

    workers: int = 1
    flower: bool = False
    as_json: bool = False


def run_stack(
    settings: Settings,
    environment: Environment,
    wishes: Wishes,
    *,
    tell: Callable[[str], None],
    parts: Sequence[Part] | None = None,
) -> None:
    """Run until stopped; ``tell`` gets the ready line, ``parts`` stands in for the usual ones.

    ``settings`` come from ``ensure_home``. Raises AlreadyRunning, ConfigError for a busy port, StartFailed, and
    whatever keeps Redis or database away.
    """
    # Whatever the parts write belongs to this user alone.
    os.umask(0o077)
    with sole_supervisor(settings.run_dir), Progress() as progress:
        for name in end_orphans(settings.run_dir, drain_seconds=settings.worker.drain_seconds):
            progress.say(f"ended {name}, left over from a supervisor that was killed")
        _check_port(settings)
        migration = _start_migration(settings, environment)
        try:
            redis_url, server = _redis(settings)
        except BaseException:
            migration.kill()
            migration.wait()
            raise
        try:
            _finish_migration(migration)
        except BaseException:
            if server is not None:
                server.stop()
            raise
        plan = Plan(
            parts=stack_parts(settings, wishes) if parts is None else parts,
            run_dir=settings.run_dir,
            logs_dir=settings.logs_dir,
            cwd=settings.home,
            environment=child_environment(environment.values, settings, redis_url),
            drain_seconds=settings.worker.drain_seconds,
            max_restart_seconds=settings.supervisor.max_restart_seconds,
            server=server,
        )

        def on_ready(pids: Mapping[str, int]) -> None:
            progress.clear()
            publish_state(settings.run_dir, {"url": settings.http_url, "ws_url": settings.ws_url, "pid": os.getpid()})
            tell(_ready_line(settings, {"supervisor": os.getpid(), **pids}, wishes))

        Supervisor(plan, say=progress.say, show=progress.show).run(on_ready)


def stack_parts(settings: Settings, wishes: Wishes) -> list[Part]:
    """The parts of one machine."""
    names = ["worker", *(f"worker-{number}" for number in range(2, wishes.workers + 1))]
    parts = [
        Part("gateway", gateway_argv(), ready_url=f"{settings.http_url}/readyz"),
        *(Part(name, worker_argv(settings, name=name)) for name in names),
        Part("connector", connector_argv()),
        Part("beat", beat_argv(settings)),
    ]
    return [*parts, Part("flower", flower_argv(settings), awaited=False)] if wishes.flower else parts


def with_wishes(settings: Settings, *, port: int | None, concurrency: int | None, flower: bool) -> Settings:
    """The settings under the options of the command line."""
    worker = settings.worker
    if concurrency is not None:
        worker = dataclasses.replace(worker, concurrency=concurrency)
    if flower:
        worker = dataclasses.replace(worker, task_events=True)
    gateway = dataclasses.replace(settings.gateway, port=port) if port is not None else settings.gateway
    return dataclasses.replace(settings, worker=worker, gateway=gateway)


def _check_port(settings: Settings) -> None:
    host, port = settings.gateway.host, settings.gateway.port
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise ConfigError(
                f"port {port} is taken by another program; choose another with --port, OPENCLAW_GATEWAY_PORT "
                "or gateway.port"
            ) from error
        raise ConfigError(f"cannot listen on {host}:{port}: {error.strerror or error}") from error


def _start_migration(settings: Settings, environment: Environment) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "openclaw.cli.migrate_database"],
        cwd=settings.home,
        env=child_environment(environment.values, settings, ""),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def _finish_migration(migration: subprocess.Popen[bytes]) -> None:
    try:
        _, errors = migration.communicate(timeout=_MIGRATION_SECONDS)
    except BaseException:
        migration.kill()
        migration.communicate()
        raise
    if migration.returncode != 0:
        raise StartFailed(f"the database cannot be used: {errors.decode(errors='replace').strip()}")


def _redis(settings: Settings) -> tuple[str, Server | None]:
    if settings.redis.url is not None:
        return settings.redis.url.reveal(), None
    from openclaw.coordination.embedded import EmbeddedRedis

    server = EmbeddedRedis(settings.redis_dir, settings.redis.server, pid_file=settings.run_dir / "redis.pid")
    return server.start(), server


def _ready_line(settings: Settings, pids: Mapping[str, int], wishes: Wishes) -> str:
    token = settings.gateway.auth.token
    shown = token.reveal() if token is not None else ""
    if not wishes.as_json:
        return f"ready url={settings.http_url} token={shown}"
    facts = {
        "url": settings.http_url,
        "ws_url": settings.ws_url,
        "token": shown,
        "home": str(settings.home),
        "pids": dict(pids),
    }
    if wishes.flower:
        facts["flower_url"] = f"http://{settings.flower.host}:{settings.flower.port}"
    return json.dumps(facts)


def print_ready(line: str) -> None:
    """The ready line, for a stack in the foreground."""
    click.echo(line)
    sys.stdout.flush()
    if sys.stderr.isatty():
        click.echo("Ctrl-C stops.", err=True)
