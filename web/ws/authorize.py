"""May this connection make this call? The only place that asks."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from openclaw.domain.scopes import Role, rule_for, satisfies
from openclaw.errors import Forbidden, InvalidRequest


def authorize(method: str, params: Any, role: Role, scopes: Collection[str]) -> None:
    """Raises InvalidRequest for the wrong role and Forbidden for a missing scope."""
    rule = rule_for(method, params if isinstance(params, Mapping) else {})
    if role is not rule.role:
        raise InvalidRequest(f"unauthorized role: {role.value}")
    if rule.scope is not None and not satisfies(scopes, rule.scope):
        details = {"code": "MISSING_SCOPE", "missingScope": rule.scope.value, "requiredScopes": [rule.scope.value]}
        raise Forbidden(f"missing scope: {rule.scope.value}", details=details)
