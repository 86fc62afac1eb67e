"""``openclaw skills``: which skills an agent has, why not the others, and what is broken."""

from __future__ import annotations

from typing import Any

import click

from openclaw.cli.options import client_options, done, gateway, json_option, print_json
from openclaw.cli.rpc import ADMIN, READ, GatewayClient
from openclaw.cli.table import print_table

_agent = click.option("--agent", metavar="ID", help="The agent; default: the default one.")


@click.group("skills")
def command() -> None:
    """What agents know how to do."""


@command.command("list")
@click.option("--eligible", is_flag=True, help="Only those that the agent has.")
@_agent
@client_options
@json_option
def list_skills(agent: str | None, url: str | None, token: str | None, *, eligible: bool, as_json: bool) -> None:
    """List the skills, and whether the agent has them."""
    found = _status(agent, url, token)
    if eligible:
        found["skills"] = [skill for skill in found["skills"] if skill["eligible"]]
    if as_json:
        print_json(found)
        return
    rows = [
        (skill["name"], "yes" if skill["eligible"] else "no", _from(skill), skill["description"])
        for skill in found["skills"]
    ]
    print_table(("SKILL", "HAS IT", "FROM", "DOES"), rows, empty="There are no skills.")
    _tell_problems(found)


@command.command("info")
@click.argument("name")
@_agent
@client_options
@json_option
def info(name: str, agent: str | None, url: str | None, token: str | None, *, as_json: bool) -> None:
    """Say all about the skill NAME."""
    skills = _status(agent, url, token)["skills"]
    skill = next((each for each in skills if name in (each["name"], each["skillKey"])), None)
    if skill is None:
        known = ", ".join(each["name"] for each in skills)
        raise click.BadParameter(f"no skill {name!r}; known: {known}", param_hint="NAME")
    if as_json:
        print_json(skill)
        return
    click.echo(click.style(skill["name"], bold=True) + f": {skill['description']}")
    click.echo(f"from: {_from(skill)}, {skill['filePath']}")
    if skill.get("homepage"):
        click.echo(f"homepage: {skill['homepage']}")
    for kind, needed in skill["requirements"].items():
        if needed:
            click.echo(f"needs {kind}: {', '.join(needed)}")
    click.echo("the agent has it" if skill["eligible"] else "the agent does not have it:")
    for reason in skill.get("reasons", []):
        click.echo(f"  {reason}")
    if skill["missing"]["bins"] or skill["missing"]["anyBins"]:
        for option in skill["install"]:
            click.echo(f"  to get it: {option['label']}")


@command.command("check")
@_agent
@client_options
@json_option
def check(agent: str | None, url: str | None, token: str | None, *, as_json: bool) -> None:
    """Say what is missing or broken. The exit code is 1 for a skill that is broken."""
    found = _status(agent, url, token)
    problems = found.get("problems", [])
    lacking = [skill for skill in found["skills"] if not skill["eligible"]]
    if as_json:
        eligible = [skill["name"] for skill in found["skills"] if skill["eligible"]]
        left_out = {skill["name"]: skill.get("reasons", []) for skill in lacking}
        print_json({"eligible": eligible, "leftOut": left_out, "problems": problems})
    else:
        click.echo(f"{len(found['skills']) - len(lacking)} of {len(found['skills'])} skills can be used")
        for skill in lacking:
            click.echo(f"{skill['name']}: {'; '.join(skill.get('reasons', []))}")
        _tell_problems(found)
    if problems:
        raise click.exceptions.Exit(1)


@command.command("enable")
@click.argument("name")
@client_options
@json_option
def enable(name: str, url: str | None, token: str | None, *, as_json: bool) -> None:
    """Let agents have the skill NAME again."""
    _update(name, url, token, enabled=True, as_json=as_json)


@command.command("disable")
@click.argument("name")
@client_options
@json_option
def disable(name: str, url: str | None, token: str | None, *, as_json: bool) -> None:
    """Take the skill NAME away from all agents."""
    _update(name, url, token, enabled=False, as_json=as_json)


def _update(name: str, url: str | None, token: str | None, *, enabled: bool, as_json: bool) -> None:
    with GatewayClient(gateway(url, token), scopes=ADMIN) as client:
        found = client.call("skills.update", {"skillKey": name, "enabled": enabled})
    done(found, f"{name} is {'enabled' if enabled else 'disabled'}", as_json=as_json)


def _status(agent: str | None, url: str | None, token: str | None) -> dict[str, Any]:
    with GatewayClient(gateway(url, token), scopes=READ) as client:
        found: dict[str, Any] = client.call("skills.status", {"agentId": agent} if agent else {})
    return found


def _from(skill: dict[str, Any]) -> str:
    return str(skill["source"]).removeprefix("openclaw-")


def _tell_problems(found: dict[str, Any]) -> None:
    for problem in found.get("problems", []):
        click.echo(f"broken: {problem['path']}: {problem['message']}", err=True)
