"""The stack of one machine, put together: home, Redis, database, parts, and the line that says where it is."""

from __future__ import annotations

import errno
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping

import click

from openclaw.cli.child import Part
from openclaw.cli.child_environment import child_environment
from openclaw.cli.orphans import end_orphans
from openclaw.cli.progress import Progress
from openclaw.cli.recipe import Recipe, Wishes, stack_parts
from openclaw.cli.singleton import publish_state, sole_supervisor
from openclaw.cli.supervisor import Plan, Server, StartFailed, Supervisor
from openclaw.errors import ConfigError
from openclaw.settings.environment import Environment
from openclaw.settings.home import ensure_home
from openclaw.settings.load import settings_of
from openclaw.settings.schema import Settings

_MIGRATION_SECONDS = 120.0


def run_stack(
    environment: Environment,
    wishes: Wishes,
    *,
    tell: Callable[[str], None],
    parts_of: Callable[[Settings, Wishes], list[Part]] = stack_parts,
) -> None:
    """Run until stopped; ``tell`` gets the ready line, ``parts_of`` says what to run.

    Raises AlreadyRunning, ConfigError for a busy port or a broken file, StartFailed, and whatever keeps Redis or
    database away.
    """
    settings = read_settings(environment, wishes)
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

        def recipe(settings: Settings) -> Recipe:
            variables = child_environment(environment.values, settings, redis_url)
            return Recipe(parts_of(settings, wishes), variables)

        def renew() -> Recipe:
            newest = read_settings(environment, wishes)
            _publish(newest)
            return recipe(newest)

        plan = Plan(
            recipe=recipe(settings),
            renew=renew,
            run_dir=settings.run_dir,
            logs_dir=settings.logs_dir,
            cwd=settings.home,
            drain_seconds=settings.worker.drain_seconds,
            max_restart_seconds=settings.supervisor.max_restart_seconds,
            server=server,
        )

        def on_ready(pids: Mapping[str, int]) -> None:
            progress.clear()
            _publish(settings)
            tell(_ready_line(settings, {"supervisor": os.getpid(), **pids}, wishes))

        Supervisor(plan, say=progress.say, show=progress.show).run(on_ready)


def read_settings(environment: Environment, wishes: Wishes) -> Settings:
    """The settings as they are now, and the home they name. Raises ConfigError."""
    return ensure_home(wishes.over(settings_of(environment)))


def _publish(settings: Settings) -> None:
    publish_state(settings.run_dir, {"url": settings.http_url, "ws_url": settings.ws_url, "pid": os.getpid()})


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
