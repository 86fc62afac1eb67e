"""Options that several commands share, and what they give."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeVar

import click

from openclaw.settings.client import GatewayAddress, find_gateway
from openclaw.settings.environment import Environment, read_environment

C = TypeVar("C", bound=Callable[..., Any])

_META = "openclaw.client"


def client_options(command: C) -> C:
    """``--url``, ``--token``, and how to come as a device, which only ``gateway`` asks for."""
    url = click.option("--url", metavar="URL", help="The gateway's address; default: this machine's.")
    token = click.option("--token", metavar="TOKEN", help="The gateway's token.")
    device = _noted("--device", "Come as a device with a key of its own, also on the gateway's machine.")
    wait = _noted("--wait", "Wait until this device is approved.")
    return url(token(device(wait(command))))


def _noted(name: str, help_text: str) -> Callable[[C], C]:
    """A flag that is put by for ``gateway`` rather than handed to the command."""

    def note(context: click.Context, _parameter: click.Parameter, given: bool) -> None:
        context.meta[_META + name] = given

    # A name of its own: a command may have an argument that is called so.
    own = f"client_{name.removeprefix('--')}"
    return click.option(name, own, is_flag=True, expose_value=False, callback=note, help=help_text)


def json_option(command: C) -> C:
    """``--json``."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)


def environment() -> Environment:
    """The environment of this invocation, with its profile."""
    return read_environment(profile=click.get_current_context().find_root().obj)


def gateway(url: str | None, token: str | None) -> GatewayAddress:
    """The gateway this invocation speaks to."""
    meta = click.get_current_context().meta
    as_device, wait = (bool(meta.get(_META + name)) for name in ("--device", "--wait"))
    return find_gateway(environment(), url=url, token=token, as_device=as_device, wait=wait)


def print_json(value: Any) -> None:
    """One JSON document on stdout."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def done(found: dict[str, Any], says: str, *, as_json: bool) -> None:
    """Say what was done: the gateway's answer as JSON, or in people's words."""
    if as_json:
        print_json(found)
    else:
        click.echo(says)
