"""The tool ``gateway``, over the configuration that this process follows."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Mapping
from typing import Any

from openclaw.composition.config_editor import ConfigEditor
from openclaw.errors import InvalidRequest
from openclaw.intake.action_gate import PersonGate
from openclaw.intake.approval_desk import ApprovalDesk
from openclaw.plugins.registry import Registry
from openclaw.ports.clock import system_clock
from openclaw.ports.stream import GATEWAY_RESTART_TOPIC, Notice
from openclaw.settings.effective import shown_tree
from openclaw.settings.schema import Settings
from openclaw.settings.schema_lookup import lookup
from openclaw.tools.gateway import register_gateway_tool


class EditedConfig:
    """Implements ``ConfigAccess``."""

    def __init__(self, editor: ConfigEditor, notify: Callable[[Notice], None]) -> None:
        self._editor = editor
        self._notify = notify

    def read(self) -> dict[str, Any]:
        newest = self._editor.snapshot()
        try:
            tree = tomllib.loads(newest.text)
        except tomllib.TOMLDecodeError as error:
            raise InvalidRequest(f"the configuration is no TOML ({error}); a person must repair it") from None
        return {"hash": newest.hash, "config": shown_tree(tree)}

    def lookup(self, path: str) -> dict[str, Any]:
        return lookup(path)

    def shown(self, patch: Mapping[str, Any]) -> str:
        return json.dumps(shown_tree(patch), ensure_ascii=False, sort_keys=True)

    def patch(self, patch: Mapping[str, Any], base_hash: str, author: str, note: str) -> dict[str, Any]:
        edit = self._editor.patch(patch, base_hash, source="agent", author=author, note=note)
        return {
            "hash": edit.hash,
            "changed": [change.dotted for change in edit.changes],
            "takesRestart": list(edit.restart_needed),
        }

    def restart(self, reason: str) -> None:
        self._notify(Notice(GATEWAY_RESTART_TOPIC, {"reason": reason[:200]}))


def add_gateway_tool(
    registry: Registry,
    settings: Settings,
    editor: ConfigEditor,
    desk: ApprovalDesk,
    notify: Callable[[Notice], None],
) -> None:
    """Add ``gateway``; owners alone get to see it."""
    gate = PersonGate(desk, int(settings.approvals.timeout_seconds * 1000), system_clock)
    register_gateway_tool(registry, EditedConfig(editor, notify), gate)
