"""Reads the Lua files of this package, also out of an installed wheel."""

from __future__ import annotations

from importlib.resources import files


def lua_source(name: str) -> str:
    """The text of ``lua/<name>.lua``."""
    return (files("openclaw.coordination") / "lua" / f"{name}.lua").read_text(encoding="utf-8")
