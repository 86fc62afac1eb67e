"""``openclaw channels``"""

from __future__ import annotations

from typing import Any

import click

from openclaw.cli.options import client_options, gateway, json_option, print_json
from openclaw.cli.rpc import ADMIN, READ, GatewayClient
from openclaw.cli.table import print_table

#: How long a person may take to scan a code, in seconds.
SCAN_SECONDS = 180.0

_account_options = (
    click.option("--account", help="Which account; the default one where it is not said."),
    click.argument("channel"),
)


def _one_account(command: Any) -> Any:
    for option in _account_options:
        command = option(command)
    return command


@click.group("channels")
def command() -> None:
    """The channels of the gateway."""


@command.command("status")
@click.option("--probe", is_flag=True, help="Ask the platforms too.")
@click.option("--channel", help="Only this channel.")
@client_options
@json_option
def status(url: str | None, token: str | None, channel: str | None, *, probe: bool, as_json: bool) -> None:
    """How each account stands."""
    params: dict[str, Any] = {"probe": probe, "timeoutMs": 10_000}
    if channel:
        params["channel"] = channel
    with GatewayClient(gateway(url, token), scopes=READ) as client:
        found = client.call("channels.status", params)
    if as_json:
        print_json(found)
        return
    labels = found.get("channelLabels") or {}
    rows = [
        (labels.get(name, name), account.get("accountId"), _state(account), account.get("name"), _error(account))
        for name in found.get("channelOrder") or []
        for account in (found.get("channelAccounts") or {}).get(name, [])
    ]
    print_table(("CHANNEL", "ACCOUNT", "STATE", "NAME", "LAST ERROR"), rows, empty="No channel is configured.")


@command.command("start")
@_one_account
@client_options
@json_option
def start(channel: str, account: str | None, url: str | None, token: str | None, *, as_json: bool) -> None:
    """Let an account run, or let a refused one try again."""
    _tell("channels.start", channel, account, url, token, as_json=as_json, done="is started")


@command.command("restart")
@_one_account
@client_options
@json_option
def restart(channel: str, account: str | None, url: str | None, token: str | None, *, as_json: bool) -> None:
    """Give an account's connection up and begin anew."""
    _tell("channels.start", channel, account, url, token, as_json=as_json, done="begins anew")


@command.command("stop")
@_one_account
@client_options
@json_option
def stop(channel: str, account: str | None, url: str | None, token: str | None, *, as_json: bool) -> None:
    """Stop an account until it is started again, whatever restarts meanwhile."""
    _tell("channels.stop", channel, account, url, token, as_json=as_json, done="is stopped")


@command.command("logout")
@_one_account
@client_options
@json_option
def logout(channel: str, account: str | None, url: str | None, token: str | None, *, as_json: bool) -> None:
    """Unlink an account and stop it."""
    _tell("channels.logout", channel, account, url, token, as_json=as_json, done="is unlinked and stopped")


@command.command("login")
@click.option("--account", help="Which account; the default one where it is not said.")
@click.option("--channel", help="Which channel; not needed where only one is linked so.")
@click.option("--force", is_flag=True, help="Unlink it first.")
@client_options
def login(channel: str | None, account: str | None, url: str | None, token: str | None, *, force: bool) -> None:
    """Link an account: shows a code to scan, until it is linked."""
    import time

    params = {key: value for key, value in (("channel", channel), ("accountId", account)) if value}
    deadline = time.monotonic() + SCAN_SECONDS
    with GatewayClient(gateway(url, token), scopes=ADMIN) as client:
        found = client.call("web.login.start", {**params, "force": force, "timeoutMs": 60_000}, timeout=90.0)
        while not found.get("connected"):
            if not found.get("qrDataUrl") or time.monotonic() > deadline:
                raise click.ClickException(str(found.get("message")))
            _show_code(found)
            waiting = {**params, "timeoutMs": 60_000, "currentQrDataUrl": found["qrDataUrl"]}
            found = client.call("web.login.wait", waiting, timeout=90.0)
    click.echo(found.get("message"))


def _show_code(found: dict[str, Any]) -> None:
    import segno

    segno.make(found["code"], error="l").terminal(compact=True)
    click.echo(found.get("message"))


def _tell(
    method: str, channel: str, account: str | None, url: str | None, token: str | None, *, as_json: bool, done: str
) -> None:
    params = {"channel": channel} | ({"accountId": account} if account else {})
    with GatewayClient(gateway(url, token), scopes=ADMIN) as client:
        found = client.call(method, params)
    if as_json:
        print_json(found)
    else:
        click.echo(f"{found['channel']} account {found['accountId']} {done}")


def _state(account: dict[str, Any]) -> str:
    if not account.get("enabled", True):
        return "off" if account.get("lastError") else "stopped"
    if "healthState" in account:
        return str(account["healthState"])
    return next((name for name in ("connected", "running", "configured") if account.get(name)), "off")


def _error(account: dict[str, Any]) -> str:
    probe = account.get("probe") or {}
    return str(probe.get("error") or account.get("lastError") or "")
