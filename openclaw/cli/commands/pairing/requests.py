"""``openclaw pairing list | approve | reject | dismiss``."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from openclaw.cli.options import client_options, done, gateway, json_option, print_json
from openclaw.cli.rpc import ADMIN, PAIRING, GatewayClient
from openclaw.cli.table import ago, print_table
from openclaw.domain.sender_pairing import normal_code
from openclaw.errors import NotFound


def account_options(command: Any) -> Any:
    """``--channel`` and ``--account``."""
    channel = click.option("--channel", metavar="NAME", help="Of this channel alone.")
    account = click.option("--account", metavar="NAME", help="Of this account alone.")
    return channel(account(command))


def wanted(channel: str | None, account: str | None) -> dict[str, str]:
    """Parameters that name a channel and an account, as far as they are named."""
    return {name: value for name, value in (("channel", channel), ("accountId", account)) if value}


@click.command("list")
@account_options
@client_options
@json_option
def list_requests(
    channel: str | None, account: str | None, url: str | None, token: str | None, *, as_json: bool
) -> None:
    """List the strangers who wait for a decision."""
    with GatewayClient(gateway(url, token), scopes=PAIRING) as client:
        found = client.call("channels.pairing.list", wanted(channel, account))
    if as_json:
        print_json(found)
        return
    rows = [
        (
            _code(each),
            f"{each['channel']}/{each['accountId']}",
            each["senderId"],
            each["senderLabel"],
            age(each["createdAt"]),
            age(each["lastSeenAt"]),
        )
        for each in found.get("requests", [])
    ]
    headers = ("CODE", "ACCOUNT", "SENDER", "NAME", "ASKED", "SEEN")
    print_table(headers, rows, empty="Nobody waits.")
    if rows:
        click.echo("let one in with: openclaw pairing approve CODE")


@click.command("approve")
@click.argument("words", metavar="[CHANNEL] [CODE]", nargs=-1)
@account_options
@click.option("--notify/--quiet", default=True, help="Tell the sender; he is told unless you say --quiet.")
@click.option("--owner", is_flag=True, help="Let him decide from chats too, if nobody may yet.")
@client_options
@json_option
def approve(
    words: tuple[str, ...],
    channel: str | None,
    account: str | None,
    url: str | None,
    token: str | None,
    *,
    notify: bool,
    owner: bool,
    as_json: bool,
) -> None:
    """Let the stranger with CODE in. Without CODE: the only one who waits."""
    more: dict[str, Any] = {"notify": notify, **({"bootstrapCommandOwner": True} if owner else {})}
    with GatewayClient(gateway(url, token), scopes=ADMIN if owner else PAIRING) as client:
        request, found = _decide(client, "channels.pairing.approve", words, channel, account, **more)
    done(found, f"{request['senderLabel']} may write to {request['channel']}/{request['accountId']}", as_json=as_json)


@click.command("reject")
@click.argument("words", metavar="[CHANNEL] CODE", nargs=-1, required=True)
@account_options
@client_options
@json_option
def reject(
    words: tuple[str, ...],
    channel: str | None,
    account: str | None,
    url: str | None,
    token: str | None,
    *,
    as_json: bool,
) -> None:
    """Refuse the stranger with CODE for good; `openclaw pairing revoke` takes it back."""
    with GatewayClient(gateway(url, token), scopes=PAIRING) as client:
        request, found = _decide(client, "channels.pairing.reject", words, channel, account)
    done(found, f"{request['senderLabel']} is refused for good", as_json=as_json)


@click.command("dismiss")
@click.argument("words", metavar="[CHANNEL] CODE", nargs=-1, required=True)
@account_options
@client_options
@json_option
def dismiss(
    words: tuple[str, ...],
    channel: str | None,
    account: str | None,
    url: str | None,
    token: str | None,
    *,
    as_json: bool,
) -> None:
    """Take the request with CODE off the list; its sender may ask again."""
    with GatewayClient(gateway(url, token), scopes=PAIRING) as client:
        request, found = _decide(client, "channels.pairing.dismiss", words, channel, account)
    done(found, f"the request of {request['senderLabel']} is gone", as_json=as_json)


def _decide(
    client: GatewayClient, method: str, words: tuple[str, ...], channel: str | None, account: str | None, **more: Any
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The request that is meant, and what the gateway says of the decision over it. Raises NotFound."""
    request = _chosen(client, words, channel, account)
    named = {name: request[name] for name in ("channel", "accountId", "requestId")}
    return request, client.call(method, named | more)


def _chosen(client: GatewayClient, words: tuple[str, ...], channel: str | None, account: str | None) -> dict[str, Any]:
    """The request that is meant: ``CODE``, or ``CHANNEL CODE`` as OpenClaw has it. Raises NotFound."""
    *channels, code = words or ("",)
    if len(channels) > 1 or (channels and channel):
        raise click.UsageError("name one channel and one code")
    channel = channels[0] if channels else channel
    waiting = client.call("channels.pairing.list", wanted(channel, account)).get("requests", [])
    if not code:
        if len(waiting) == 1:
            return dict(waiting[0])
        what = f"{len(waiting)} strangers wait; name one by its code" if waiting else "nobody waits"
        raise NotFound(f"{what}: `openclaw pairing list` shows them")
    for each in waiting:
        if each["requestId"] == code or _code(each) == normal_code(code):
            return dict(each)
    raise NotFound(
        f"nobody who waits has the code {code!r}; it may have been decided, or have expired after an hour: "
        "`openclaw pairing list` shows who waits"
    )


def _code(request: dict[str, Any]) -> str:
    return str((request.get("metadata") or {}).get("code") or request["requestId"])


def age(iso: str) -> str:
    """How long ago a moment was that a gateway wrote."""
    then = datetime.fromisoformat(iso)
    return ago(0, int((datetime.now(then.tzinfo) - then).total_seconds() * 1000))
