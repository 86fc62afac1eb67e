"""``openclaw agent``: one turn, then the exit code."""

from __future__ import annotations

import sys
import uuid
from typing import Any

import click

from openclaw.cli.options import client_options, gateway, json_option, print_json
from openclaw.cli.rpc import Frame, GatewayClient, payload_of
from openclaw.cli.turn import Turn, scopes_for
from openclaw.errors import Unavailable

#: The gateway ends the run; the client waits a little longer to hear of it.
_GRACE_SECONDS = 30.0


@click.command("agent")
@click.option("--message", "-m", required=True, metavar="TEXT", help="What to say; - reads standard input.")
@click.option("--session", metavar="KEY", help="The session; default: the agent's main one.")
@click.option("--agent", metavar="ID", help="The agent; default: the default one.")
@click.option("--timeout", type=click.FloatRange(1), default=600.0, show_default=True, help="Seconds to wait.")
@client_options
@json_option
def command(
    message: str,
    session: str | None,
    agent: str | None,
    timeout: float,
    url: str | None,
    token: str | None,
    *,
    as_json: bool,
) -> None:
    """Run one turn and print the answer; on a terminal as it is written. The exit code tells success."""
    run_id = str(uuid.uuid4())
    params: dict[str, Any] = {
        "message": sys.stdin.read() if message == "-" else message,
        "idempotencyKey": run_id,
        "deliver": False,
        "timeout": int(timeout),
    }
    if session:
        params["sessionKey"] = session
    if agent:
        params["agentId"] = agent
    streams = not as_json and sys.stdout.isatty()
    turn = Turn(run_id, _write if streams else lambda _: None)
    with GatewayClient(gateway(url, token), scopes=scopes_for(params["message"])) as client:
        try:
            result = _run(client, params, turn, timeout + _GRACE_SECONDS)
        except KeyboardInterrupt:
            _abort(client, turn.run_id, params)
            raise
    _finish(result, turn, streams=streams, as_json=as_json)


def _run(client: GatewayClient, params: dict[str, Any], turn: Turn, timeout: float) -> dict[str, Any]:
    """Send the request and follow it to its second answer."""
    request_id = client.send("agent", params)
    for frame in client.frames(timeout=timeout):
        if frame.get("type") == "res" and frame.get("id") == request_id:
            payload = _told(frame)
            if payload.get("status") != "accepted":
                return payload
            # The gateway renames a run whose key another session has used.
            turn.run_id = payload.get("runId") or turn.run_id
            params["sessionKey"] = payload.get("sessionKey") or params.get("sessionKey")
        else:
            turn.take(frame)
    raise Unavailable(f"no answer within {timeout:g} s; the run may still be going on: `openclaw sessions`")


def _told(frame: Frame) -> dict[str, Any]:
    """The payload of an answer; a turn that failed comes as an error with its result beside it."""
    known = frame.get("payload")
    if not frame.get("ok") and isinstance(known, dict) and "status" in known:
        return {"error": str((frame.get("error") or {}).get("message", "")), **known}
    return dict(payload_of(frame))


def _finish(result: dict[str, Any], turn: Turn, *, streams: bool, as_json: bool) -> None:
    succeeded = result.get("status") == "ok"
    payloads = (result.get("result") or {}).get("payloads") or []
    text = "\n\n".join(str(part["text"]) for part in payloads if part.get("text"))
    if as_json:
        print_json(result)
    elif streams:
        if succeeded and text:
            turn.show(text)
        click.echo()
    elif text:
        click.echo(text)
    if not succeeded:
        if not as_json:
            click.echo(f"error: {result.get('error') or result.get('summary') or turn.error or 'failed'}", err=True)
        raise click.exceptions.Exit(1)


def _abort(client: GatewayClient, run_id: str, params: dict[str, Any]) -> None:
    if params.get("sessionKey"):
        client.call("chat.abort", {"sessionKey": params["sessionKey"], "runId": run_id}, timeout=5)


def _write(text: str) -> None:
    click.echo(text, nl=False)
