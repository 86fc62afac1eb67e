"""``openclaw message``"""

from __future__ import annotations

import sys
import uuid

import click

from openclaw.cli.options import client_options, gateway, json_option, print_json
from openclaw.cli.rpc import WRITE, GatewayClient


@click.group("message")
def command() -> None:
    """Send messages to people on channels."""


@command.command("send")
@click.option("-t", "--target", required=True, metavar="ID", help="The chat, room or person, as the platform names it.")
@click.option("-m", "--message", required=True, metavar="TEXT", help="The words; - reads standard input.")
@click.option("--channel", metavar="NAME", help="The channel; default: the only one that is configured.")
@click.option("--account", "account_id", metavar="ID", help="The account of the channel; default: its default one.")
@click.option("--thread", "thread_id", metavar="ID", help="A thread or topic of the chat.")
@click.option("--reply-to", "reply_to_id", metavar="ID", help="The message that this one answers.")
@click.option("--key", metavar="KEY", help="Repeat a call with the same key to send once at most.")
@click.option("--dry-run", is_flag=True, help="Say what would be sent, and send nothing.")
@client_options
@json_option
def send(
    url: str | None,
    token: str | None,
    target: str,
    message: str,
    channel: str | None,
    account_id: str | None,
    thread_id: str | None,
    reply_to_id: str | None,
    key: str | None,
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Send one message, and say whether the platform took it."""
    wanted = {
        "to": target,
        "message": sys.stdin.read() if message == "-" else message,
        "channel": channel,
        "accountId": account_id,
        "threadId": thread_id,
        "replyToId": reply_to_id,
        "idempotencyKey": key or str(uuid.uuid4()),
    }
    params = {name: value for name, value in wanted.items() if value is not None}
    if dry_run:
        print_json(params)
        return
    with GatewayClient(gateway(url, token), scopes=WRITE) as client:
        done = client.call("send", params)
    if as_json:
        print_json(done)
    elif done["status"] == "sent":
        click.echo(f"sent to {done['to']} on {done['channel']} as {done['messageId']}")
    else:
        click.echo(f"on its way to {done['to']} on {done['channel']}; --key {done['runId']} tells later how it went")
