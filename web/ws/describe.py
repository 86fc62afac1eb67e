"""The page of the protocol in ``docs``, written from what the gateway serves: ``python -m web.ws.describe``."""

from __future__ import annotations

import sys

from openclaw.domain.scopes import EVENT_SCOPES, Role, rule_for
from web.services import Limits
from web.ws.hello import CAPABILITIES, EVENTS
from web.ws.methods import METHODS

_HEAD = """# The wire protocol

This page is generated: `python -m web.ws.describe > docs/protocol.md`.

The gateway speaks version 4 of OpenClaw's own WebSocket protocol, on every path of its port. OpenClaw's command line,
terminal UI, console and apps connect to it as to their own gateway. `hello-ok.features` lists what a gateway offers:
nothing is there that does not work.

## Limits

| what | default | where |
|---|---|---|
{limits}

A client that does not take its frames loses pieces of text first: the next piece says the same and more. One for
which more than the last limit waits is closed with 1008.

## Methods

A scope in brackets is the least that a call needs; some parameters need more. `operator.write` contains
`operator.read` and `operator.talk`, `operator.admin` contains all. A call without the scope is refused with
`FORBIDDEN`, one of the wrong role and one that does not fit its schema with `INVALID_REQUEST`.

| method | needs |
|---|---|
{methods}

## Events

| event | for |
|---|---|
{events}

Every connection counts its events from 1 without gaps (`seq`); a client that sees a gap has missed something and asks
`chat.history` with the cursor of its last answer, at this gateway or another one.

Capabilities: {capabilities}.

## What differs from OpenClaw's own gateway

* Methods and events of subjects that are not there yet (cron, plugins, speech, approvals, memory) are refused
  as unknown and not listed.
* Parameters that would change what a call means and that this gateway cannot honour are refused by name (`incognito
  is not supported by this gateway`), rather than ignored.
* `sessions.delete` removes a session's transcript with it; `deleteTranscript: false` is refused. `archived` keeps it.
* `node.pending.drain` leaves its items until `node.pending.ack`.
* What a node offers beyond what was approved waits in `node.pair.list`; a machine that is new waits in
  `device.pair.list`.
* `usage.cost` gives sums without the shares of input and output in the cost.

## How this is checked

* Recordings of OpenClaw's gateway and clients are replayed: the same calls succeed, the same ones fail word for word.
* Every method is called once well and four times badly; answers are checked against the protocol's schema.
* Every method is called by every kind of caller over real connections, against the protocol's own table.
* 200,000 changed, torn and random frames: without a login none leaves a trace.
* `make conformance` installs OpenClaw's command line by npm, runs twenty of its commands against this gateway and
  compares what they print. It is not part of `make test`.
"""


def page() -> str:
    """The whole page."""
    limits = Limits()
    rows = (
        ("frame before `connect`", f"{limits.max_handshake_payload:,} bytes", "fixed"),
        ("time for `connect`", f"{limits.handshake_seconds:g} s", "`gateway.handshake_seconds`"),
        ("frame", f"{limits.max_payload:,} bytes", "`gateway.max_payload_bytes`"),
        ("waiting for one client, before text pieces give way", f"{limits.delta_buffer:,} bytes", "fixed"),
        ("waiting for one client", f"{limits.max_buffered:,} bytes", "`gateway.max_buffered_bytes`"),
        ("`tick`", f"{limits.tick_ms / 1000:g} s", "`gateway.tick_ms`"),
    )
    return _HEAD.format(
        limits="\n".join(f"| {what} | {value} | {where} |" for what, value, where in rows),
        methods="\n".join(f"| `{name}` | {_needs(name)} |" for name in sorted(method.name for method in METHODS)),
        events="\n".join(f"| `{name}` | {_audience(name)} |" for name in EVENTS),
        capabilities=", ".join(f"`{name}`" for name in CAPABILITIES),
    )


def _needs(method: str) -> str:
    rule = rule_for(method, {})
    if rule.role is Role.NODE:
        return "role `node`"
    return f"[`{rule.scope.value}`]" if rule.scope is not None else "nothing"


def _audience(event: str) -> str:
    if event == "connect.challenge":
        return "everybody, before `connect`"
    if event.startswith("node.invoke."):
        return "the node that is meant"
    scope = EVENT_SCOPES.get(event)
    return f"`{scope.value}`" if scope is not None else "everybody"


if __name__ == "__main__":
    sys.stdout.write(page())
