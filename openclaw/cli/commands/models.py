"""``openclaw models``"""

from __future__ import annotations

import click

from openclaw.cli.options import client_options, gateway, json_option, print_json
from openclaw.cli.rpc import READ, GatewayClient
from openclaw.cli.table import print_table


@click.group("models")
def command() -> None:
    """The models the gateway offers."""


@command.command("list")
@client_options
@json_option
def list_models(url: str | None, token: str | None, *, as_json: bool) -> None:
    """List the models."""
    with GatewayClient(gateway(url, token), scopes=READ) as client:
        found = client.call("models.list", {})
    if as_json:
        print_json(found)
        return
    rows = [
        (
            f"{model.get('provider')}/{model.get('id')}",
            model.get("name"),
            model.get("contextWindow"),
            ", ".join(model.get("tags") or []),
        )
        for model in found.get("models", [])
    ]
    print_table(("MODEL", "NAME", "CONTEXT", "TAGS"), rows, empty="No model is configured.")
