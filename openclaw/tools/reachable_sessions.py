"""The sessions that a tool may look at and write to from the session that it works in."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from openclaw.domain.session_key import canonical_session_key, parse_session_key
from openclaw.domain.session_reach import SessionRules, Visibility, why_unseen
from openclaw.domain.subagents import DEEPEST
from openclaw.errors import InvalidRequest, ToolError
from openclaw.ports.store.sessions import SessionFilter, SessionQueries, SessionView
from openclaw.ports.tool import ToolContext

#: Sessions that one look at the list goes through.
SCANNED = 500


class ReachableSessions:
    """Asks the database and the rules as they are configured now."""

    def __init__(self, queries: SessionQueries, rules: Callable[[], SessionRules]) -> None:
        self.queries = queries
        self._rules = rules

    def one(self, context: ToolContext, name: str) -> SessionView:
        """The session of that key or label. Raises ToolError for one that is not there or may not be seen."""
        view = self._named(context, name)
        if view is None:
            raise ToolError(f"There is no session {name!r}. sessions_list shows those that there are.")
        reason = why_unseen(self._rules(), context.session_key, view.session_key, self._lineage(view))
        if reason:
            raise ToolError(f"Session {view.session_key} may not be reached from here: {reason}.")
        return view

    def all(self, context: ToolContext, updated_since_ms: int) -> list[SessionView]:
        """Every session that may be seen, most recently updated first."""
        rules, own = self._rules(), context.session_key
        found = self._candidates(own, rules, updated_since_ms)
        if rules.visibility is Visibility.ALL:
            found = (view for view in found if not why_unseen(rules, own, view.session_key, self._lineage(view)))
        # The others hold nothing else: one session, its tree, one agent's.
        return sorted(found, key=lambda view: -view.updated_at_ms)

    def _candidates(self, own: str, rules: SessionRules, since_ms: int) -> Iterator[SessionView]:
        if rules.visibility in (Visibility.AGENT, Visibility.ALL):
            agents = (parse_session_key(own).agent_id,) if rules.visibility is Visibility.AGENT else None
            wanted = SessionFilter(agent_ids=agents, updated_since_ms=since_ms)
            yield from self.queries.list_sessions(wanted, limit=SCANNED)[0]
            return
        view = self.queries.session(own)
        if view is not None and view.updated_at_ms >= since_ms:
            yield view
        generation = [own] if rules.visibility is Visibility.TREE else []
        for _ in range(DEEPEST):
            children = [child for parent in generation for child in self._children(parent, since_ms)]
            yield from children
            generation = [child.session_key for child in children]

    def _children(self, parent: str, since_ms: int) -> list[SessionView]:
        wanted = SessionFilter(parent_key=parent, updated_since_ms=since_ms)
        return self.queries.list_sessions(wanted, limit=SCANNED)[0]

    def _named(self, context: ToolContext, name: str) -> SessionView | None:
        try:
            by_key = self.queries.session(canonical_session_key(name, context.agent_id))
        except InvalidRequest:
            by_key = None  # a label may have any form
        if by_key is not None:
            return by_key
        labelled, _ = self.queries.list_sessions(SessionFilter(label=name, archived="all"), limit=2)
        return labelled[0] if len(labelled) == 1 else None

    def _lineage(self, view: SessionView) -> list[str]:
        """Those that opened it, the nearest first."""
        lineage: list[str] = []
        parent = view.parent_key
        while parent and parent not in lineage and len(lineage) <= DEEPEST:
            lineage.append(parent)
            above = self.queries.session(parent)
            parent = above.parent_key if above is not None else ""
        return lineage
