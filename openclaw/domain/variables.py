"""Environment variables that may be given to a command. Pure."""

from __future__ import annotations

import re

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def changes_programs(name: str) -> bool:
    """Whether a variable of this name decides which programs or libraries run, or is no variable at all."""
    return name in ("PATH", "BASH_ENV", "ENV", "IFS") or name.startswith(("LD_", "DYLD_")) or "=" in name or not name


def is_plain_variable(name: str) -> bool:
    """Whether a shell can name the variable, and it decides about nothing but its own program."""
    return _NAME.fullmatch(name) is not None and not changes_programs(name)
