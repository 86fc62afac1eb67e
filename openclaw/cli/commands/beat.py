"""``openclaw beat``"""

from __future__ import annotations

import click


@click.command("beat")
def command() -> None:
    """Become the Celery scheduler."""
    from openclaw.cli.exec_part import become, part_settings
    from openclaw.cli.part_commands import beat_argv

    place, settings = part_settings()
    become(beat_argv(settings), place)
