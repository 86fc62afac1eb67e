"""Options that several commands share, and what they give."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeVar

import click

from openclaw.settings.client import GatewayAddress, find_gateway
from openclaw.settings.environment import Environment, read_environment

C = TypeVar("C", bound=Callable[..., Any])


def client_options(command: C) -> C:
    """``--url`` and ``--token``."""
    url = click.option("--url", metavar="URL", help="The gateway's address; default: this machine's.")
    token = click.option("--token", metavar="TOKEN", help="The gateway's token.")
    return url(token(command))


def json_option(command: C) -> C:
    """``--json``."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)


def environment() -> Environment:
    """The environment of this invocation, with its profile."""
    return read_environment(profile=click.get_current_context().find_root().obj)


def gateway(url: str | None, token: str | None) -> GatewayAddress:
    """The gateway this invocation speaks to."""
    return find_gateway(environment(), url=url, token=token)


def print_json(value: Any) -> None:
    """One JSON document on stdout."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))
