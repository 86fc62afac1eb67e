"""The entry point: global options, the table of commands, and how errors are shown.

Imports nothing that a command does not need; ``status`` and its like must answer at once.
"""

from __future__ import annotations

import sys

import click

import openclaw
from openclaw.cli.lazy_group import Entry, LazyGroup
from openclaw.errors import ConfigError, OpenClawError
from openclaw.observability.process_title import set_title

_COMMANDS = "openclaw.cli.commands"

ENTRIES = {
    "agent": Entry(f"{_COMMANDS}.agent", "Run one turn and print the answer."),
    "agents": Entry(f"{_COMMANDS}.agents", "The agents of the gateway."),
    "approvals": Entry(f"{_COMMANDS}.approvals", "What agents want to run, and deciding about it."),
    "beat": Entry(f"{_COMMANDS}.beat", "Run the scheduler."),
    "channels": Entry(f"{_COMMANDS}.channels", "The channels of the gateway."),
    "chat": Entry(f"{_COMMANDS}.chat", "Talk with an agent."),
    "completion": Entry(f"{_COMMANDS}.completion", "Completion for your shell."),
    "config": Entry(f"{_COMMANDS}.config", "Read, check and edit the configuration."),
    "connector": Entry(f"{_COMMANDS}.connector", "Run the holder of channel connections."),
    "devices": Entry(f"{_COMMANDS}.devices", "Who may connect from other machines."),
    "down": Entry(f"{_COMMANDS}.down", "Stop a detached stack."),
    "flower": Entry(f"{_COMMANDS}.flower", "Run the Flower dashboard."),
    "gateway": Entry(f"{_COMMANDS}.gateway", "Run a gateway, and ask one how it is."),
    "health": Entry(f"{_COMMANDS}.health", "Ask the gateway whether it is well."),
    "budgets": Entry(f"{_COMMANDS}.budgets", "What was used of each budget."),
    "lanes": Entry(f"{_COMMANDS}.lanes", "Who runs what, and how much at once."),
    "logs": Entry(f"{_COMMANDS}.logs", "Show the stack's logs."),
    "mcp": Entry(f"{_COMMANDS}.mcp", "Servers whose tools agents have."),
    "memory": Entry(f"{_COMMANDS}.memory", "Agent memory."),
    "database": Entry(f"{_COMMANDS}.database", "Look after the database's schema."),
    "message": Entry(f"{_COMMANDS}.message", "Send messages to people on channels."),
    "models": Entry(f"{_COMMANDS}.models", "The models the gateway offers."),
    "node": Entry(f"{_COMMANDS}.node", "Lend this machine to agents."),
    "nodes": Entry(f"{_COMMANDS}.nodes", "The machines that lend their commands to agents."),
    "outbox": Entry(f"{_COMMANDS}.outbox", "Replies on their way, and those that never left."),
    "pairing": Entry(f"{_COMMANDS}.pairing", "Strangers on channels, and deciding over them."),
    "route": Entry(f"{_COMMANDS}.route", "Which agent answers which message, and why."),
    "routing": Entry(f"{_COMMANDS}.route", "The same as route."),
    "sessions": Entry(f"{_COMMANDS}.sessions", "List, make, file, search and delete sessions."),
    "skills": Entry(f"{_COMMANDS}.skills", "What agents know how to do."),
    "status": Entry(f"{_COMMANDS}.status", "What the gateway is doing."),
    "tasks": Entry(f"{_COMMANDS}.tasks", "What was asked of agents."),
    "tools": Entry(f"{_COMMANDS}.tools", "The tools of agents."),
    "up": Entry(f"{_COMMANDS}.up", "Run the whole stack on this machine."),
    "heartbeat": Entry(f"{_COMMANDS}.heartbeat", "What came of the last heartbeat, and whether there are any."),
    "wake": Entry(f"{_COMMANDS}.wake", "Tell a session something that nobody writes to it."),
    "worker": Entry(f"{_COMMANDS}.worker", "Run a worker."),
}


@click.group(cls=LazyGroup, entries=ENTRIES, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--profile", metavar="NAME", help="Use a state folder, port and config of its own.")
@click.option("--no-color", is_flag=True, envvar="NO_COLOR", help="Plain text only.")
@click.version_option(openclaw.__version__, "--version", "-V", prog_name="openclaw")
@click.pass_context
def command(ctx: click.Context, profile: str | None, *, no_color: bool) -> None:
    """A personal AI assistant that runs on Celery."""
    ctx.obj = profile
    if no_color:
        ctx.color = False


def main() -> None:
    """Run the command line. Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted."""
    set_title("openclaw")
    try:
        command.main(prog_name="openclaw")
    except OpenClawError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(2 if isinstance(error, ConfigError) else 1)


if __name__ == "__main__":
    main()
