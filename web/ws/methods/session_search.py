"""``sessions.search``: entries that hold all words of a query, the newest first."""

# ruff: noqa: N815 - the wire writes its names so
from __future__ import annotations

from functools import partial
from typing import Any

from openclaw.domain.session_key import normalize_agent_id
from openclaw.errors import InvalidRequest
from openclaw.ports.store import FoundEntry, SearchScope
from web.validation import Listing, Params, Text, Whole
from web.ws.dispatch import Call, Method
from web.ws.methods.message import session_key_of

DEFAULT_LIMIT, MAX_LIMIT = 10, 25
MAX_KEYS = 200
MAX_WORDS = 20
SNIPPET_CHARS = 200
#: Characters of a snippet before the first word that was looked for.
_LEAD = 60


class SessionsSearchParams(Params):
    agentId = Text(min_length=1)
    sessionKeys = Listing(of_text=True)
    query = Text(required=True, min_length=1, max_length=4096)
    limit = Whole(minimum=1, maximum=MAX_LIMIT)


def sessions_search(call: Call) -> Any:
    params = call.params
    words = params["query"].split()
    if not 0 < len(words) <= MAX_WORDS:
        raise InvalidRequest(f"invalid sessions.search params: at /query: must hold 1 to {MAX_WORDS} words")
    keys = params.get("sessionKeys")
    if keys is not None and not 0 < len(keys) <= MAX_KEYS:
        raise InvalidRequest(f"invalid sessions.search params: at /sessionKeys: must hold 1 to {MAX_KEYS} items")
    scope = SearchScope(
        agent_id=normalize_agent_id(params["agentId"]) if "agentId" in params else None,
        session_keys=None if keys is None else tuple(session_key_of(call, key) for key in keys),
    )
    work = partial(_search, call, words, scope, params.get("limit", DEFAULT_LIMIT))
    return call.answer_from(call.gateway.lookups.put, work)


def _search(call: Call, words: list[str], scope: SearchScope, limit: int) -> dict[str, Any]:
    found, truncated = call.gateway.services.search.search(words, scope, limit)
    phrase = " ".join(words).lower()
    return {"results": [_result(entry, words, phrase) for entry in found], "truncated": truncated}


def _result(found: FoundEntry, words: list[str], phrase: str) -> dict[str, Any]:
    entry = found.entry
    text = " ".join(entry.message.text.split())
    folded = text.lower()
    is_phrase = phrase in folded
    first = folded.find(phrase) if is_phrase else min(folded.find(word.lower()) for word in words)
    start = max(0, first - _LEAD)
    return {
        "sessionKey": found.session_key,
        "sessionId": found.session_uuid,
        "messageId": entry.id,
        "role": entry.message.role,
        "timestamp": entry.created_at_ms,
        "snippet": text[start : start + SNIPPET_CHARS],
        "score": 1.0 if is_phrase else 0.5,
    }


METHODS = (Method("sessions.search", SessionsSearchParams(), sessions_search),)
