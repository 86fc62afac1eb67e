"""What must be true of the database once everything has settled, whatever was killed meanwhile."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

#: What a reply says about its message: the demo and wire models echo the user's text, which holds this mark.
MARK = "mark-"


@dataclass
class Ledger:
    """Reads the stack's SQLite file, read-only."""

    path: Path
    rows: list[dict[str, Any]] = field(default_factory=list)

    def query(self, sql: str, *arguments: Any) -> list[dict[str, Any]]:
        with sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=30) as db:
            db.row_factory = sqlite3.Row
            return [dict(row) for row in db.execute(sql, arguments)]

    def unfinished(self) -> int:
        open_messages = self.query("SELECT count(*) AS n FROM inbound WHERE open")[0]["n"]
        open_runs = self.query("SELECT count(*) AS n FROM runs WHERE status IN ('queued', 'running')")[0]["n"]
        open_replies = self.query("SELECT count(*) AS n FROM outbox WHERE state IN ('pending', 'sending')")[0]["n"]
        return int(open_messages + open_runs + open_replies)

    def problems(self, sent_marks: Iterable[str]) -> list[str]:
        """Everything that breaks a promise, in words."""
        return [
            *self._every_message_has_one_disposition(sent_marks),
            *self._turns_follow_their_ordinals(),
            *self._transcripts_are_whole(),
            *self._fences_rise(),
            *self._nobody_was_aborted(),
        ]

    def _every_message_has_one_disposition(self, sent_marks: Iterable[str]) -> list[str]:
        stored = self.query("SELECT text, disposition, open, turn_run_id FROM inbound")
        found = Counter(mark for row in stored for mark in marks_in(row["text"]))
        wrong = [f"{mark} was stored {found[mark]} times" for mark in sent_marks if found[mark] != 1]
        wrong += [f"without disposition: {row['text']!r}" for row in stored if row["open"] or not row["disposition"]]
        ended = Counter(row["disposition"] for row in stored)
        for row in stored:
            if row["disposition"] in {"turn", "merged", "steered"} and not row["turn_run_id"]:
                wrong.append(f"no turn for {row['text']!r}")
        if not ended:
            wrong.append("nothing was stored")
        return wrong

    def _turns_follow_their_ordinals(self) -> list[str]:
        rows = self.query(
            "SELECT i.session_id, i.ordinal, r.started_at_ms, r.run_id FROM inbound i JOIN runs r ON r.run_id = i.turn_run_id"
            " WHERE i.disposition = 'turn' AND i.mode NOT IN ('interrupt', 'steer-backlog') ORDER BY i.session_id, i.ordinal"
        )
        wrong = []
        for before, after in pairwise(rows):
            if before["session_id"] == after["session_id"] and before["started_at_ms"] > after["started_at_ms"]:
                wrong.append(
                    f"session {after['session_id']}: ordinal {after['ordinal']} ran before {before['ordinal']}"
                )
        return wrong

    def _transcripts_are_whole(self) -> list[str]:
        """Each user message appears once, in order, and each finished turn's answer once."""
        wrong = []
        for session in self.query("SELECT id FROM sessions"):
            entries = self.query(
                "SELECT seq, role, blocks, run_id FROM transcript WHERE session_id = ? ORDER BY seq", session["id"]
            )
            if (
                [e["seq"] for e in entries] != list(range(entries[0]["seq"], entries[0]["seq"] + len(entries)))
                if entries
                else False
            ):
                wrong.append(f"session {session['id']}: holes in the transcript")
            seen = Counter(mark for e in entries if e["role"] == "user" for mark in marks_in(json.dumps(e["blocks"])))
            wrong += [f"{mark} stands {n} times in the transcript" for mark, n in seen.items() if n != 1]
            finals = Counter(
                e["run_id"] for e in entries if e["role"] == "assistant" and '"tool_call"' not in str(e["blocks"])
            )
            steered = {
                r["turn_run_id"] for r in self.query("SELECT turn_run_id FROM inbound WHERE disposition = 'steered'")
            }
            wrong += [f"run {run} answered {n} times" for run, n in finals.items() if n > 1 and run not in steered]
        succeeded = self.query(
            "SELECT run_id FROM runs WHERE status = 'succeeded' AND run_id NOT IN"
            " (SELECT run_id FROM transcript WHERE role = 'assistant' AND run_id IS NOT NULL)"
        )
        wrong += [f"run {row['run_id']} succeeded without an answer" for row in succeeded]
        return wrong

    def _fences_rise(self) -> list[str]:
        rows = self.query("SELECT run_id, number, fence FROM attempts ORDER BY run_id, number")
        return [
            f"run {after['run_id']}: attempt {after['number']} has no higher fence"
            for before, after in pairwise(rows)
            if before["run_id"] == after["run_id"] and after["fence"] <= before["fence"]
        ]

    def wrong_sends(self, sent: Counter[str]) -> list[str]:
        """A reply reached the platform once; only where the outbox says "unknown" may it be one more or none."""
        stated: dict[str, Counter[str]] = {}
        for row in self.query("SELECT route, state FROM outbox"):
            stated.setdefault(str(json.loads(row["route"])["target"]), Counter())[row["state"]] += 1
        wrong = [f"chat {chat}: sent without a row" for chat in sent if chat not in stated]
        for chat, states in stated.items():
            least, most = states["sent"], states["sent"] + states["unknown"]
            if not least <= sent[chat] <= most:
                wrong.append(f"chat {chat}: {sent[chat]} sends for {dict(states)}")
        return wrong

    def _nobody_was_aborted(self) -> list[str]:
        """The storm asks for no abort and no turn of it is long enough for a limit."""
        rows = self.query("SELECT run_id, status, stop_reason, error FROM runs WHERE status != 'succeeded'")
        return [f"run {r['run_id']} ended as {r['status']}: {r['stop_reason']} {r['error']}" for r in rows]

    def replies(self) -> Counter[str]:
        """Outbox rows by state."""
        return Counter(
            {r["state"]: r["n"] for r in self.query("SELECT state, count(*) AS n FROM outbox GROUP BY state")}
        )


def marks_in(text: str) -> list[str]:
    """The marks of the test's messages in a text."""
    found = []
    for piece in text.split(MARK)[1:]:
        digits = piece.split("!", 1)[0]
        if digits and "!" in piece:
            found.append(f"{MARK}{digits}!")
    return found
