"""``agents.files.*`` and ``agent.identity.get``: the files that shape an assistant, and who it is.

Only files of fixed names, in the agent's own workspace, on this gateway's disk: a cluster shares that folder.
"""

# ruff: noqa: N815 - the wire writes its names so
from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import Any

from openclaw.domain.session_key import parse_session_key
from openclaw.domain.workspace_files import PRIVATE_FILES, WORKSPACE_FILES
from openclaw.errors import InvalidRequest, Unavailable
from openclaw.settings.private_file import write_private
from web.services import AgentFacts
from web.validation import Params, Text
from web.ws.dispatch import Call, Method
from web.ws.methods.agent_desk import known_agent
from web.ws.methods.message import session_key_of

#: Bytes of one file.
MAX_BYTES = 1024 * 1024

#: What operators read and write here.
SHOWN_FILES = (*WORKSPACE_FILES, *PRIVATE_FILES)


class FilesListParams(Params):
    agentId = Text(required=True, min_length=1)


class FilesGetParams(FilesListParams):
    name = Text(required=True, min_length=1)


class FilesSetParams(FilesGetParams):
    content = Text(required=True)


class IdentityParams(Params):
    agentId = Text(min_length=1)
    sessionKey = Text()


def files_list(call: Call) -> Any:
    return _answer(call, lambda agent: {"files": [_entry(agent, name) for name in SHOWN_FILES]})


def files_get(call: Call) -> Any:
    name = _checked(call.params["name"])
    return _answer(call, lambda agent: {"file": _with_content(agent, name)})


def files_set(call: Call) -> Any:
    name, content = _checked(call.params["name"]), call.params["content"]
    if len(content.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise InvalidRequest(f"invalid agents.files.set params: at /content: more than {MAX_BYTES} bytes")
    return _answer(call, partial(_write, name=name, content=content))


def _answer(call: Call, work: Any) -> Any:
    """Disks may be slow: away from the connection's own thread."""
    agent = known_agent(call, call.params["agentId"])

    def answer() -> dict[str, Any]:
        try:
            return {"agentId": agent.id, "workspace": agent.workspace, **work(agent)}
        except OSError as error:
            raise Unavailable(f"the workspace of {agent.id} cannot be used: {error.strerror}") from error

    return call.answer_from(call.gateway.lookups.put, answer)


def _checked(name: str) -> str:
    if name not in SHOWN_FILES:
        raise InvalidRequest(f'unsupported file "{name}"; known: {", ".join(SHOWN_FILES)}')
    return name


def _entry(agent: AgentFacts, name: str) -> dict[str, Any]:
    path = Path(agent.workspace) / name
    entry: dict[str, Any] = {"name": name, "path": str(path), "missing": True}
    if path.is_symlink() or not path.is_file():
        return entry
    found = path.stat()
    return entry | {"missing": False, "size": found.st_size, "updatedAtMs": found.st_mtime_ns // 1_000_000}


def _with_content(agent: AgentFacts, name: str) -> dict[str, Any]:
    entry = _entry(agent, name)
    if entry["missing"]:
        return entry
    # A link put there in the meantime leads nowhere.
    descriptor = os.open(entry["path"], os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        raw = file.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        raise InvalidRequest(f"{name} is larger than {MAX_BYTES} bytes")
    return entry | {"content": raw.decode("utf-8", "replace")}


def _write(agent: AgentFacts, *, name: str, content: str) -> dict[str, Any]:
    path = Path(agent.workspace) / name
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise InvalidRequest(f"{name} is no ordinary file; it stays as it is")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private(path, content)
    return {"ok": True, "file": _entry(agent, name) | {"content": content}}


def identity_get(call: Call) -> Any:
    params, facts = call.params, call.gateway.services.facts
    if params.get("agentId"):
        agent = known_agent(call, params["agentId"])
    elif params.get("sessionKey"):
        agent = known_agent(call, parse_session_key(session_key_of(call, params["sessionKey"])).agent_id)
    else:
        agent = facts.default_agent
    named = bool(agent.name) and agent.name != agent.id
    return {
        "agentId": agent.id,
        "name": agent.name or agent.id,
        "nameSource": "config" if named else "default",
        "avatarStatus": "none",
    }


METHODS = (
    Method("agents.files.list", FilesListParams(), files_list),
    Method("agents.files.get", FilesGetParams(), files_get),
    Method("agents.files.set", FilesSetParams(), files_set),
    Method("agent.identity.get", IdentityParams(), identity_get),
)
