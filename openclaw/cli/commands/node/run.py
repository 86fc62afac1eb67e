"""``openclaw node run``: connected for good, with a pause after each failure that grows and begins anew."""

from __future__ import annotations

import dataclasses
import logging
import random
import signal
import sys
import threading
import time
from pathlib import Path
from types import FrameType

import click

from openclaw.cli.commands.node.approvals import list_of_programs
from openclaw.cli.options import client_options, gateway
from openclaw.cli.rpc import Caller, GatewayClient, PairingRequired
from openclaw.domain.scopes import Role
from openclaw.errors import OpenClawError, Unavailable
from openclaw.nodes.commands import caps, offered
from openclaw.nodes.folders import SharedFolder
from openclaw.nodes.host import NodeHost
from openclaw.nodes.job import Command
from openclaw.observability.process_title import set_title
from openclaw.settings.client import GatewayAddress

#: Seconds between two tries to connect, at first and at most.
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
#: A connection that lasted this long was good: the next pause is a first one.
GOOD_SECONDS = 60.0
#: How often a machine that waits for approval asks.
APPROVAL_SECONDS = 3.0


@click.command("run")
@click.option("--name", metavar="TEXT", help="What people call this machine; default: its host name.")
@click.option("--folder", "folders", metavar="PATH[:rw]", multiple=True, help="Share a folder; :rw for writing too.")
@click.option("--no-shell", is_flag=True, help="Offer no programs at all, whatever is approved.")
@client_options
def command(url: str | None, token: str | None, name: str | None, folders: tuple[str, ...], *, no_shell: bool) -> None:
    """Be a node until told to stop.

    The first time an operator must let it in: `openclaw devices approve` on the gateway's host, or `--token` with a
    setup code's machine. What agents may run here is settled here: `openclaw node allow`.
    """
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s", stream=sys.stderr)
    set_title("openclaw: node")
    try:
        shared = [SharedFolder.parse(folder) for folder in folders]
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--folder") from error
    commands = offered(list_of_programs(), shared, shell=not no_shell)
    address = dataclasses.replace(gateway(url, token), as_device=True, wait=False)
    _Keeper(_separate(address), commands, name or "").run()


def _separate(address: GatewayAddress) -> GatewayAddress:
    """Under a key of its own: a node is another device than the command line of the same user."""
    folder = address.identity_dir or Path()
    return dataclasses.replace(address, identity_dir=folder.parent / "node" / "identity")


class _Keeper:
    """Connects, serves, and connects again."""

    def __init__(self, address: GatewayAddress, commands: dict[str, Command], name: str) -> None:
        self._address = address
        self._commands = commands
        self._caller = Caller("node-host", "node", Role.NODE, tuple(caps(commands)), tuple(sorted(commands)), name)
        self._stopped = threading.Event()
        self._client: GatewayClient | None = None
        self._told = ""

    def run(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        pause = FIRST_PAUSE
        while not self._stopped.is_set():
            started = time.monotonic()
            wait = self._serve()
            if time.monotonic() - started > GOOD_SECONDS:
                pause = FIRST_PAUSE
            if wait is None:
                wait, pause = pause * random.uniform(0.75, 1.25), min(pause * 2, LONGEST_PAUSE)
            self._stopped.wait(wait)

    def _serve(self) -> float | None:
        """Serve one connection; how long to wait before the next, ``None`` for the usual pause."""
        try:
            with GatewayClient(self._address, scopes=(), caller=self._caller) as client:
                self._client = client
                self._say(f"connected to {self._address.url}; offers {', '.join(sorted(self._commands))}")
                NodeHost(client.device_id, self._commands, client).serve()
        except PairingRequired as error:
            self._say(f"waiting for approval: run `openclaw devices approve {error.request_id}` on the gateway's host")
            return APPROVAL_SECONDS
        except Unavailable as error:
            if not self._stopped.is_set():
                self._say(f"not connected: {error}")
        except OpenClawError as error:
            if not error.retryable and not self._stopped.is_set():
                raise
            self._say(f"not connected: {error}")
        finally:
            self._client = None
        return None

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopped.set()
        if self._client is not None:
            self._client.close()

    def _say(self, text: str) -> None:
        if text != self._told:
            self._told = text
            click.echo(text, err=True)
