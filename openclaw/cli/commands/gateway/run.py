"""``openclaw gateway run``"""

from __future__ import annotations

import click


@click.command("run")
@click.option("--host", metavar="ADDRESS", help="Address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on.")
def command(host: str | None, port: int | None) -> None:
    """Become gunicorn with the gateway in it."""
    from openclaw.cli.exec_part import become, part_settings
    from openclaw.cli.part_commands import gateway_argv

    wishes = {"OPENCLAW_GATEWAY_HOST": host, "OPENCLAW_GATEWAY_PORT": str(port) if port else None}
    place, _ = part_settings({name: value for name, value in wishes.items() if value})
    become(gateway_argv(), place)
