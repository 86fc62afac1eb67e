"""``openclaw memory``"""

from __future__ import annotations

from typing import Any

import click

from openclaw.cli.options import client_options, gateway, json_option, print_json
from openclaw.cli.rpc import READ, GatewayClient, GatewayRefused

_METHOD = "doctor.memory.status"


@click.group("memory")
def command() -> None:
    """Agent memory."""


@command.command("status")
@click.option("--agent", metavar="ID", help="The agent; default: the default one.")
@click.option("--probe", is_flag=True, help="Ask the vendor of the vectors for one.")
@client_options
@json_option
def status(url: str | None, token: str | None, agent: str | None, *, probe: bool, as_json: bool) -> None:
    """Whether an agent has a memory, and its state."""
    params: dict[str, Any] = {**({"agentId": agent} if agent else {}), **({"probe": True} if probe else {})}
    with GatewayClient(gateway(url, token), scopes=READ) as client:
        try:
            found = {"enabled": True, **client.call(_METHOD, params)}
        except GatewayRefused as error:
            if f"unknown method: {_METHOD}" not in str(error):
                raise
            found = {"enabled": False, "reason": "this gateway has no memory"}
    if as_json:
        print_json(found)
        return
    if not found["enabled"]:
        click.echo("memory is not enabled")
        return
    embedding = found.get("embedding") or {}
    vectors = f"{found.get('provider', 'none')} {found.get('model', '')}".rstrip()
    click.echo(f"agent {found.get('agentId', '')}: {found.get('files', 0)} files, {found.get('chunks', 0)} chunks")
    click.echo(f"vectors: {vectors}, {found.get('embedded', 0)} of {found.get('chunks', 0)} chunks")
    if not embedding.get("ok", True):
        click.echo(f"  {embedding.get('error', 'not usable')}")


@command.command("search")
@click.argument("words", nargs=-1, required=True)
@click.option("--agent", metavar="ID", help="The agent; default: the default one.")
@click.option("--max-results", type=click.IntRange(1, 50), help="The most to show.")
@click.option("--min-score", type=click.FloatRange(0, 1), help="Leave out what fits worse.")
@client_options
@json_option
def search(
    url: str | None,
    token: str | None,
    words: tuple[str, ...],
    agent: str | None,
    max_results: int | None,
    min_score: float | None,
    *,
    as_json: bool,
) -> None:
    """Search an agent's memory for WORDS."""
    asked = {"agentId": agent, "maxResults": max_results, "minScore": min_score}
    params = {"query": " ".join(words), **{name: value for name, value in asked.items() if value is not None}}
    with GatewayClient(gateway(url, token), scopes=READ) as client:
        found = client.call("memory.search", params)
    if as_json:
        print_json(found)
        return
    for hit in found["results"]:
        click.echo(click.style(f"{hit['path']}:{hit['startLine']}-{hit['endLine']}  {hit['score']:.2f}", bold=True))
        click.echo(f"{hit['snippet']}\n")
    if not found["results"]:
        click.echo("Nothing was found.")
    if found.get("warning"):
        click.echo(f"searched by words only: {found['warning']}", err=True)


@command.command("index")
@click.option("--agent", "agents", metavar="ID", multiple=True, help="Only this agent; may be given again.")
@json_option
def index(agents: tuple[str, ...], *, as_json: bool) -> None:
    """Bring the index up to date now, on this machine, vectors too. Workers do it by themselves a little later."""
    from openclaw.cli.exec_part import part_settings
    from openclaw.composition.local_memory import index_here
    from openclaw.composition.settings import read_live_settings

    place, _ = part_settings()
    live = read_live_settings(place)
    known = live.settings.agents.by_id
    for id_ in agents:
        if id_ not in known:
            raise click.BadParameter(f"no agent {id_!r}; known: {', '.join(known)}", param_hint="--agent")
    done = list(index_here(live, agents or tuple(known)))
    if as_json:
        print_json({"agents": done})
        return
    for one in done:
        click.echo(
            f"{one['agentId']}: {one['changed']} files taken in, {one['vectors']} vectors made; "
            f"now {one['files']} files, {one['chunks']} chunks, {one['embedded']} with a vector"
        )
        if one["problem"]:
            click.echo(f"  no vectors: {one['problem']}", err=True)
