"""What a command says of an edit that it made."""

from __future__ import annotations

import click

from openclaw.cli.config_target import Outcome
from openclaw.cli.options import print_json

_TAKES = {
    "live": "takes effect at once",
    "part": "its account, job or plugin restarts",
    "process": "takes a restart of the stack",
}


def report(outcome: Outcome, *, as_json: bool) -> None:
    """Say what an edit changed and when it takes effect."""
    if as_json:
        print_json(outcome.to_json())
        return
    for change in outcome.changes:
        click.echo(f"{change['path']}: {_TAKES[change['reload']]}")
    if not outcome.saved:
        click.echo("nothing was changed")
    elif not outcome.changes:
        click.echo(f"{outcome.effect}; no value changes: a comment was edited, or an environment variable stands above")
    else:
        click.echo(outcome.effect)
    if outcome.restart_needed and outcome.version:
        click.echo("restart for the rest: openclaw down, then openclaw up (in a cluster: each part in turn)")
    for warning in outcome.warnings:
        click.echo(f"warning: {warning['path']} is off: {warning['message']}", err=True)
