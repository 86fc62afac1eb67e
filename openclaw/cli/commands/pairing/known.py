"""``openclaw pairing allowed | revoke``: whom operators have decided over."""

from __future__ import annotations

from typing import Any

import click

from openclaw.cli.commands.pairing.requests import account_options, age, wanted
from openclaw.cli.options import client_options, done, gateway, json_option, print_json
from openclaw.cli.rpc import PAIRING, GatewayClient
from openclaw.cli.table import print_table
from openclaw.domain.naming import meant_by
from openclaw.errors import NotFound


@click.command("allowed")
@account_options
@client_options
@json_option
def allowed(channel: str | None, account: str | None, url: str | None, token: str | None, *, as_json: bool) -> None:
    """List who was let in and who was refused. Whom the config file names is not among them."""
    with GatewayClient(gateway(url, token), scopes=PAIRING) as client:
        found = client.call("channels.allow.list", wanted(channel, account))
    if as_json:
        print_json(found)
        return
    rows = [
        (
            each["senderId"],
            each["senderLabel"],
            f"{each['channel']}/{each['accountId']}",
            each["standing"],
            each.get("decidedBy"),
            age(each["decidedAt"]),
        )
        for each in found.get("senders", [])
    ]
    print_table(("SENDER", "NAME", "ACCOUNT", "STANDING", "BY", "DECIDED"), rows, empty="Nobody was decided over.")


@click.command("revoke")
@click.argument("sender")
@account_options
@client_options
@json_option
def revoke(
    sender: str, channel: str | None, account: str | None, url: str | None, token: str | None, *, as_json: bool
) -> None:
    """Take back what was decided over SENDER (an id, the beginning of it, or a name): he is a stranger again."""
    with GatewayClient(gateway(url, token), scopes=PAIRING) as client:
        known = client.call("channels.allow.list", wanted(channel, account)).get("senders", [])
        chosen = _chosen(known, sender)
        named = {name: chosen[name] for name in ("channel", "accountId", "senderId")}
        found = client.call("channels.allow.revoke", named)
    done(found, f"{chosen['senderLabel']} was {chosen['standing']}, and is a stranger again", as_json=as_json)


def _chosen(known: list[dict[str, Any]], sender: str) -> dict[str, Any]:
    ids = meant_by(sender, ((str(each["senderId"]), each.get("senderLabel")) for each in known))
    found = [each for each in known if str(each["senderId"]) in ids]
    if len(found) == 1:
        return found[0]
    if found:
        places = ", ".join(f"{each['senderId']} at {each['channel']}/{each['accountId']}" for each in found)
        raise NotFound(
            f"{len(found)} senders are called {sender!r} ({places}); add --channel and --account, or use an id"
        )
    raise NotFound(f"nothing was decided over {sender!r}; `openclaw pairing allowed` lists whom it was")
