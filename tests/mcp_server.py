"""An MCP server for tests, by the official SDK: on standard input and output, or on a port.

``python -m tests.mcp_server [http|sse PORT]``; every start is a line in the file that ``STARTS`` names.
"""

from __future__ import annotations

import base64
import os
import sys
import threading
from pathlib import Path

from mcp.server.mcpserver import Image, MCPServer
from mcp.types import ToolAnnotations

server = MCPServer("stand-in")


@server.tool(description="Say it again.", annotations=ToolAnnotations(read_only_hint=True))
def echo(text: str) -> str:
    return text


@server.tool(name="do.it", description="Do it.")
def do_it() -> str:
    return "done"


@server.tool(name="do_it", description="Do it too.")
def do_it_too() -> str:
    return "done too"


@server.tool()
def variables() -> str:
    """The variables that the program has."""
    return "\n".join(f"{name}={value}" for name, value in os.environ.items())


@server.tool()
def picture() -> Image:
    """A picture."""
    return Image(data=base64.b64decode("iVBORw0KGgo="), format="png")


@server.tool()
def refuse() -> str:
    """Fails."""
    raise ValueError(f"no, not with {os.environ.get('SECRET', 'nothing')}")


@server.tool()
def die() -> str:
    """Ends the server in the middle of a call."""
    os._exit(3)


@server.tool()
def wait(path: str) -> str:
    """Says that it began, and never ends."""
    Path(path).write_text("began", encoding="utf-8")
    threading.Event().wait()
    return "never"


def main() -> None:
    """Serve until the other side is gone."""
    if starts := os.environ.get("STARTS"):
        with Path(starts).open("a", encoding="utf-8") as file:
            file.write(f"{os.getpid()}\n")
    if os.environ.get("NEVER_READY"):
        threading.Event().wait()
    kind, port = (sys.argv[1], int(sys.argv[2])) if len(sys.argv) > 2 else ("stdio", 0)
    match kind:
        case "http":
            server.run("streamable-http", port=port)
        case "sse":
            server.run("sse", port=port)
        case _:
            server.run("stdio")


if __name__ == "__main__":
    main()
