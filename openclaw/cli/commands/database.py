"""``openclaw database``: what ``openclaw up`` does by itself, for clusters whose parts are started one by one."""

from __future__ import annotations

import click


@click.group("database")
def command() -> None:
    """Look after the database's schema."""


@command.command("upgrade")
def upgrade_schema() -> None:
    """Bring the database to the current schema; safe to run again and at the same time elsewhere."""
    from openclaw.cli.exec_part import part_settings
    from openclaw.store.database import Database
    from openclaw.store.migrate import upgrade

    _, settings = part_settings()
    upgrade(Database.connect(settings.database_url.reveal()))
    click.echo("the database is at the current schema")
