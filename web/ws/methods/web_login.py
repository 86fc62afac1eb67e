"""``web.login.start`` and ``web.login.wait``: linking an account by what a person scans."""

# ruff: noqa: N815 - the wire writes its names so
from __future__ import annotations

from typing import Any

from openclaw.errors import InvalidRequest
from openclaw.ports.accounts import AccountName, AccountStatus
from openclaw.ports.channel_connection import Unlinkable
from web.validation import Flag, Params, Text, Whole
from web.ws.dispatch import Call, Method
from web.ws.methods.channels import account_named

#: How long a code, and a person, are waited for where nobody says, and at most. Milliseconds.
CODE_MS, PERSON_MS, LONGEST_MS = 30_000, 120_000, 300_000

#: Nothing more will come of the attempt.
_SETTLED = ("connected", "refused")


class StartParams(Params):
    force = Flag()
    timeoutMs = Whole()
    verbose = Flag()
    accountId = Text()
    #: Which channel; where only one can be linked it need not be said.
    channel = Text(min_length=1)


class WaitParams(Params):
    timeoutMs = Whole()
    accountId = Text()
    channel = Text(min_length=1)
    currentQrDataUrl = Text()


def start(call: Call) -> Any:
    """Let the account run, and answer with what is to be scanned as soon as there is something."""
    name, desk = _linkable(call), call.gateway.services.accounts
    seconds = _seconds(call, CODE_MS)

    def work() -> Any:
        if call.params.get("force"):
            desk.unlink(name, seconds)
        desk.start(name)
        return _told(call, desk.wait(name, lambda each: bool(_code(call, each)) or each.state in _SETTLED, seconds))

    return call.answer_from(desk.on_own_thread, work)


def wait(call: Call) -> Any:
    """Answer once the account is linked, or when there is another code than the one that is shown."""
    name, desk = _linkable(call), call.gateway.services.accounts
    shown = call.params.get("currentQrDataUrl", "")

    def over(status: AccountStatus) -> bool:
        code = _code(call, status)
        return status.state in _SETTLED or bool(code and shown and _picture(code) != shown)

    return call.answer_from(desk.on_own_thread, lambda: _told(call, desk.wait(name, over, _seconds(call, PERSON_MS))))


def _linkable(call: Call) -> AccountName:
    """The account that is meant. Raises InvalidRequest for one that is not linked by a person."""
    channel = call.params.get("channel") or next(
        (each.channel for each in call.gateway.services.facts.accounts if isinstance(each.account, Unlinkable)), None
    )
    if channel is None:
        raise InvalidRequest("no account that is linked by scanning a code is configured; see docs/channels.md")
    found = account_named(call, channel, call.params.get("accountId"))
    account: object = found.account
    if not isinstance(account, Unlinkable):
        problem = f": {found.problem}" if found.problem else ""
        raise InvalidRequest(f"account {found.account_id} of {channel} is not linked by scanning a code{problem}")
    return found.channel, found.account_id


def _seconds(call: Call, usual_ms: int) -> float:
    return float(min(call.params.get("timeoutMs", usual_ms), LONGEST_MS)) / 1000


def _code(call: Call, status: AccountStatus) -> str:
    return status.login if status.login_until_ms > call.gateway.clock() else ""


def _told(call: Call, status: AccountStatus | None) -> dict[str, Any]:
    if status is None:
        return {"connected": False, "message": "no connector holds the account; is `openclaw connector` running?"}
    if status.state == "connected":
        return {"connected": True, "message": f"linked as {status.identity}" if status.identity else "linked"}
    code = _code(call, status)
    if code:
        message = "scan the code with the app: Settings, Linked devices"
        return {"connected": False, "qrDataUrl": _picture(code), "code": code, "message": message}
    return {"connected": False, "message": status.error or f"the account is {status.state}"}


def _picture(code: str) -> str:
    import segno

    return segno.make(code, error="l").png_data_uri(scale=6, border=4)


METHODS = (
    Method("web.login.start", StartParams(), start),
    Method("web.login.wait", WaitParams(), wait),
)
