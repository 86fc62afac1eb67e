"""``openclaw gateway call``: any method of the protocol, with the least scope that it takes."""

from __future__ import annotations

import json
import sys
from typing import Any

import click

from openclaw.cli.options import client_options, gateway, print_json
from openclaw.cli.rpc import GatewayClient


@click.command("call")
@click.argument("method")
@click.option("--params", metavar="JSON", default="{}", help="The parameters; - reads standard input.")
@click.option("--timeout", type=click.FloatRange(0.1), default=30.0, show_default=True, help="Seconds to wait.")
@click.option("--scope", "scopes", multiple=True, metavar="SCOPE", help="Ask for this too, such as operator.admin.")
@client_options
@click.option("--json", "as_json", is_flag=True, hidden=True, help="Always so.")
def command(
    method: str,
    params: str,
    timeout: float,
    scopes: tuple[str, ...],
    url: str | None,
    token: str | None,
    *,
    as_json: bool,
) -> None:
    """Call METHOD and print its answer as JSON, such as config.get or sessions.list."""
    del as_json
    given = _params(sys.stdin.read() if params == "-" else params)
    with GatewayClient(gateway(url, token), scopes=(*_scopes(method, given), *scopes)) as client:
        print_json(client.call(method, given, timeout=timeout))


def _params(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise click.BadParameter(f"is no JSON: {error}", param_hint="--params") from None
    if not isinstance(found, dict):
        raise click.BadParameter('must be a JSON object, such as {"limit": 5}', param_hint="--params")
    return found


def _scopes(method: str, params: dict[str, Any]) -> tuple[str, ...]:
    from openclaw.domain.scopes import Role, rule_for

    rule = rule_for(method, params)
    if rule.role is Role.NODE or rule.scope is None:
        raise click.BadParameter(f"{method} is for nodes, not for operators", param_hint="METHOD")
    return (rule.scope.value,)
