"""``openclaw flower``"""

from __future__ import annotations

import click

from openclaw.errors import ConfigError


@click.command("flower")
@click.option("--port", type=click.IntRange(1, 65535), help="Port of the dashboard.")
def command(port: int | None) -> None:
    """Become the Flower dashboard, on loopback unless the configuration says otherwise."""
    import dataclasses
    from importlib.util import find_spec

    from openclaw.cli.exec_part import become, part_settings
    from openclaw.cli.part_commands import flower_argv

    if find_spec("flower") is None:
        raise ConfigError("Flower is not installed: pip install 'openclaw-celery[flower]'")
    place, settings = part_settings({"OPENCLAW_TASK_EVENTS": "1"})
    if port is not None:
        settings = dataclasses.replace(settings, flower=dataclasses.replace(settings.flower, port=port))
    if settings.flower.basic_auth is not None:
        # On a command line everyone could read it.
        place = dataclasses.replace(
            place, values={**place.values, "FLOWER_BASIC_AUTH": settings.flower.basic_auth.reveal()}
        )
    become(flower_argv(settings), place)
