"""``config.get``, ``config.set``, ``config.apply``, ``config.patch``: reading and editing the configuration."""

# ruff: noqa: N815 - the wire writes its names so
from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from openclaw.composition.config_editor import Edit
from openclaw.errors import InvalidRequest
from openclaw.settings.schema_lookup import RELOAD_KINDS
from web.config_watch import ConfigWatch
from web.validation import Anything, Listing, NoParams, Params, Text, Whole
from web.ws.dispatch import Call, Method

if TYPE_CHECKING:
    from web.gateway import Gateway

#: As OpenClaw limits it.
MAX_REPLACE_PATHS = 256


class SetParams(Params):
    raw = Text(required=True, min_length=1)
    baseHash = Text(min_length=1)


class ApplyParams(SetParams):
    # Whom OpenClaw tells once it has restarted; here nothing has to restart for an edit.
    sessionKey = Text()
    deliveryContext = Anything()
    restartDelayMs = Whole()
    note = Text()


class PatchParams(ApplyParams):
    replacePaths = Listing(of_text=True)


def has_config(gateway: Gateway) -> bool:
    """Whether this gateway's configuration can be read and edited."""
    return gateway.services.config is not None


def get(call: Call) -> Any:
    return _later(call, lambda config: {**config.desk.snapshot(), "warnings": _warnings(call)})


def _warnings(call: Call) -> list[dict[str, str]]:
    """Accounts whose sections their channels cannot use: they are off, and everything else works."""
    return [
        {"path": f"channels.{account.channel}.accounts.{account.account_id}", "message": account.problem}
        for account in call.gateway.services.facts.accounts
        if account.problem
    ]


def replace(call: Call) -> Any:
    """Both ``config.set`` and ``config.apply``: an edit takes effect without a restart wherever it can."""
    params = call.params

    def edit(config: ConfigWatch) -> Any:
        made = config.editor.replace(
            params["raw"],
            params.get("baseHash"),
            source=call.method,
            author=author(call),
            note=params.get("note", ""),
        )
        return _edited(call, config, made)

    return _later(call, edit)


def patch(call: Call) -> Any:
    params = call.params
    wanted = _merge_patch(params["raw"])
    paths = params.get("replacePaths", ())
    if len(paths) > MAX_REPLACE_PATHS:
        raise InvalidRequest(f"invalid config.patch params: at /replacePaths: more than {MAX_REPLACE_PATHS} items")

    def edit(config: ConfigWatch) -> Any:
        made = config.editor.patch(
            wanted,
            params.get("baseHash"),
            source=call.method,
            author=author(call),
            note=params.get("note", ""),
            replace_paths=paths,
        )
        return _edited(call, config, made)

    return _later(call, edit)


def _merge_patch(raw: str) -> dict[str, Any]:
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise InvalidRequest(f"invalid config.patch params: at /raw: must be JSON ({error})") from None
    if not isinstance(found, dict):
        raise InvalidRequest("invalid config.patch params: at /raw: must be a JSON object")
    return found


def author(call: Call) -> str:
    """Who makes the edit, in words: the person a proxy names, the device, or the kind of client."""
    admission = call.connection.admission
    if admission.user:
        return admission.user
    name = admission.client.get("displayName") or admission.client["id"]
    if not admission.device_id:
        return name
    device = call.gateway.services.devices.device(admission.device_id)
    return (device.label if device is not None else "") or f"{name} {admission.device_id[:8]}"


def _edited(call: Call, config: ConfigWatch, edit: Edit) -> dict[str, Any]:
    snapshot = config.desk.snapshot()
    return {
        "ok": True,
        "path": snapshot["path"],
        "version": edit.version.id,
        "hash": edit.hash,
        "config": snapshot["config"],
        "changedPaths": [change.dotted for change in edit.changes],
        "changes": [
            {"path": change.dotted, "reload": change.reload, "reloadKind": RELOAD_KINDS[change.reload]}
            for change in edit.changes
        ],
        "restartNeeded": list(edit.restart_needed),
        "warnings": _warnings(call),
    }


def _later(call: Call, work: Callable[[ConfigWatch], Any]) -> Any:
    """Answer from the desk's thread."""
    config = call.gateway.services.config
    assert config is not None
    return call.answer_from(config.desk.later, partial(work, config))


METHODS = (
    Method("config.get", NoParams(), get, has_config),
    Method("config.set", SetParams(), replace, has_config),
    Method("config.apply", ApplyParams(), replace, has_config),
    Method("config.patch", PatchParams(), patch, has_config),
)
