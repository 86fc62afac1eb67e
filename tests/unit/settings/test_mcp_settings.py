"""``[mcp]``: what is checked before anything is started, and that nothing of a server's secrets shows."""

from __future__ import annotations

import pytest

from openclaw.composition.mcp import mcp_servers
from openclaw.errors import ConfigError

pytestmark = pytest.mark.spec("E9")


def test_a_server_is_a_program_or_an_address(load):
    settings = load(
        '[mcp.servers.files]\ncommand = "mcp-files"\nargs = ["--root", "/srv"]\nenv = { KEY = "${FILES_KEY}" }\n'
        '[mcp.servers.wiki]\nurl = "http://wiki.lan/mcp"\nheaders = { Authorization = "Bearer x" }\n'
        '[mcp.servers.off]\nenabled = false\ncommand = "x"\n',
        FILES_KEY="s3cr3t",
    )
    files, wiki = mcp_servers(settings)
    assert (files.command, files.args, files.env[0][1].reveal()) == ("mcp-files", ("--root", "/srv"), "s3cr3t")
    assert files.cwd == settings.home
    assert (wiki.url, wiki.transport) == ("http://wiki.lan/mcp", "auto")
    assert "s3cr3t" not in f"{settings.mcp}{files}"
    assert wiki.hide("they said Bearer x") == "they said ***"
    # The same text is the same server: a change elsewhere restarts none.
    assert mcp_servers(settings)[0] == files
    assert hash(mcp_servers(settings)[0]) == hash(files)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[mcp.servers.a]", "mcp.servers.a: needs a command or a url"),
        ('[mcp.servers.a]\ncommand = "x"\nurl = "http://x"', "keep one of them"),
        ('[mcp.servers.a]\ncommand = "x"\nheaders = { A = "b" }', "mcp.servers.a.headers: is for a server with a url"),
        ('[mcp.servers.a]\nurl = "http://x"\nenv = { A = "b" }', "mcp.servers.a.env: is for a server with a command"),
        ('[mcp.servers."A B"]\ncommand = "x"', "a server's name is"),
        ('[mcp.servers.a__b]\ncommand = "x"', "a server's name is"),
        ('[mcp.servers.a]\nurl = "file:///x"', "expected an http:// or https:// address"),
    ],
)
def test_what_cannot_be_a_server_is_refused(load, text, says):
    with pytest.raises(ConfigError, match=says):
        load(f"{text}\n")
