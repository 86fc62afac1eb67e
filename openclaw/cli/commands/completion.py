"""``openclaw completion``: what a shell needs to complete commands and options."""

from __future__ import annotations

import click

#: Where the shells ask; click's name for a program called openclaw.
_VARIABLE = "_OPENCLAW_COMPLETE"
_HOW = {
    "bash": 'add to ~/.bashrc: eval "$(openclaw completion bash)"',
    "zsh": 'add to ~/.zshrc: eval "$(openclaw completion zsh)"',
    "fish": "save as ~/.config/fish/completions/openclaw.fish",
}


@click.command("completion")
@click.argument("shell", type=click.Choice(tuple(_HOW)))
def command(shell: str) -> None:
    """Print the completion script of SHELL. Bash needs version 4.4 or newer."""
    from click.shell_completion import get_completion_class

    from openclaw.cli.main import command as program

    found = get_completion_class(shell)
    assert found is not None
    script = found(program, {}, "openclaw", _VARIABLE).source()
    click.echo(f"{script}\n# {_HOW[shell]}")
