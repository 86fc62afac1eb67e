"""``openclaw wake``"""

from __future__ import annotations

import click

from openclaw.cli.options import client_options, gateway, json_option, print_json
from openclaw.cli.rpc import WRITE, GatewayClient


@click.command("wake")
@click.option("--text", required=True, metavar="TEXT", help="What the agent shall hear.")
@click.option(
    "--mode",
    type=click.Choice(("now", "next-heartbeat")),
    default="next-heartbeat",
    show_default=True,
    help="Start a turn for it, or let the next one hear it.",
)
@click.option("--session", metavar="KEY", help="The session; default: the agent's main one.")
@click.option("--agent", metavar="ID", help="The agent; default: the default one.")
@client_options
@json_option
def command(
    text: str, mode: str, session: str | None, agent: str | None, url: str | None, token: str | None, *, as_json: bool
) -> None:
    """Tell a session something that nobody writes to it."""
    params = {"text": text, "mode": mode}
    if session:
        params["sessionKey"] = session
    if agent:
        params["agentId"] = agent
    with GatewayClient(gateway(url, token), scopes=WRITE) as client:
        answer = client.call("wake", params)
    if as_json:
        print_json(answer)
    else:
        click.echo("A turn is started." if mode == "now" else "The next turn will hear it.")
