"""``exec.approvals.get`` and ``exec.approvals.set``: the programs that need no approval, as one document."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from openclaw.domain.approvals import ExecPattern
from openclaw.domain.exec_policy import is_pattern
from openclaw.errors import InvalidRequest
from web.validation import Anything, Params, Text
from web.ws.dispatch import Call, Method

#: Where the document is: it has no file.
PLACE = "sql:exec_patterns"
MAX_PATTERNS = 1_000


class GetParams(Params):
    pass


class SetParams(Params):
    file = Anything(required=True)
    baseHash = Text(min_length=1)  # noqa: N815 - the wire writes it so


def patterns_get(call: Call) -> Any:
    return _snapshot(call.gateway.services.approvals.store.patterns())


def patterns_set(call: Call) -> Any:
    """Let exactly these patterns hold. Fields of the document that this gateway has elsewhere are refused."""
    services, params = call.gateway.services, call.params
    there = services.approvals.store.patterns()
    base = params.get("baseHash")
    if there and base is None:
        raise InvalidRequest("exec approvals base hash required; re-run exec.approvals.get and retry")
    if base is not None and base != _hash(there):
        raise InvalidRequest("exec approvals changed since last load; re-run exec.approvals.get and retry")
    services.approvals.store.replace_patterns(_read(params["file"]), services.clock())
    return _snapshot(services.approvals.store.patterns())


def _read(document: Any) -> list[ExecPattern]:
    if not isinstance(document, dict) or document.get("version") != 1:
        raise InvalidRequest("invalid exec.approvals.set params: at /file: must be a document of version 1")
    for name in ("defaults", "socket"):
        if document.get(name):
            raise InvalidRequest(f"{name} is not supported by this gateway; set [tools.exec] in the configuration")
    found = []
    agents = document.get("agents") or {}
    for agent_id, section in agents.items() if isinstance(agents, dict) else ():
        entries = section.get("allowlist") or [] if isinstance(section, dict) else []
        for entry in entries:
            pattern = entry.get("pattern") if isinstance(entry, dict) else None
            if not isinstance(pattern, str) or not is_pattern(pattern):
                raise InvalidRequest(f"{pattern!r}: a pattern is the path of a program, such as /usr/bin/git")
            found.append(ExecPattern("", agent_id, pattern))
    if len(found) > MAX_PATTERNS:
        raise InvalidRequest(f"more than {MAX_PATTERNS} patterns")
    return found


def _snapshot(patterns: list[ExecPattern]) -> dict[str, Any]:
    agents: dict[str, Any] = {}
    for each in patterns:
        entry: dict[str, Any] = {"id": each.id, "pattern": each.pattern, "source": "allow-always"}
        if each.last_used_at_ms:
            entry |= {"lastUsedAt": each.last_used_at_ms, "lastUsedCommand": each.last_command}
        agents.setdefault(each.agent_id, {"allowlist": []})["allowlist"].append(entry)
    file: dict[str, Any] = {"version": 1} | ({"agents": agents} if agents else {})
    return {"path": PLACE, "exists": bool(patterns), "hash": _hash(patterns), "file": file}


def _hash(patterns: list[ExecPattern]) -> str:
    facts = [(each.agent_id, each.pattern) for each in patterns]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


METHODS = (
    Method("exec.approvals.get", GetParams(), patterns_get),
    Method("exec.approvals.set", SetParams(), patterns_set),
)
