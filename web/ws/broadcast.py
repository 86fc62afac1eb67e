"""From the cluster's run streams to this process's connections: one subscriber, one translator per run.

Nothing is lost between the stream and the translator: cursors that jump are replayed, a run that has gone quiet is
looked up in its stream, then in the database, so that an end that was never published (its worker died) is told all
the same. After the subscription was away, the database is asked for the turns that ended unheard. All translation
happens under one lock, in the order of the stream.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from openclaw.domain.events import Cursor, EventKind, RunEvent, RunRef, StreamedEvent
from openclaw.errors import RedisUnavailable
from openclaw.ports.clock import Clock
from openclaw.ports.store import ControlStore
from openclaw.ports.stream import (
    DEVICE_CUT_TOPIC,
    GATEWAY_EVENT_TOPIC,
    GATEWAY_RESTART_TOPIC,
    PRESENCE_TOPIC,
    RESUBSCRIBED_TOPIC,
    Notice,
    RunStream,
)
from web.nodes import TOPICS as NODE_TOPICS
from web.nodes import ConnectedNodes
from web.ws.background import Background
from web.ws.hub import Hub, outgoing
from web.ws.payloads import Emission
from web.ws.run_end import MAX_REMEMBERED, RunEnd, RunEnds, ended_turns
from web.ws.run_text import CHAT_DELTA_MS
from web.ws.timekeeper import Timekeeper
from web.ws.translate import RunTranslator, ended_elsewhere

if TYPE_CHECKING:
    from web.ws.connection import Connection

log = logging.getLogger(__name__)

#: A run that says nothing for this long is looked up in its stream, then less and less often.
QUIET_SECONDS = 1.5
MAX_QUIET_SECONDS = 15.0
#: Looks at the stream that found nothing before the database is asked.
LOOKS_BEFORE_DATABASE = 2
RECONNECT_SECONDS = 1.0
#: Ends are looked for this much before the last thing heard: the workers' clocks differ from ours.
CLOCK_SKEW_MS = 5000


class RunWatcher(Protocol):
    """Is told when runs start and end, e.g. to send transcript rows to those who subscribed."""

    def run_started(self, run: RunRef) -> None: ...

    def run_ended(self, end: RunEnd) -> None: ...

    def session_changed(self, session_key: str, agent_id: str, reason: str) -> None: ...


class RunListener(Protocol):
    """Gets every run's events as they are, in their order. Must not wait."""

    def take(self, run_id: str, event: RunEvent) -> None: ...


@dataclass(slots=True)
class _Track:
    translator: RunTranslator
    cursor: Cursor
    heard_at: float
    looks: int = 0
    flushing: bool = False


@dataclass(slots=True, eq=False)
class Broadcaster:
    """Owns the subscriber thread."""

    stream: RunStream
    control: ControlStore
    hub: Hub
    ends: RunEnds
    watcher: RunWatcher
    listener: RunListener
    timekeeper: Timekeeper
    background: Background
    clock: Clock
    on_device_cut: Callable[[str, str | None, str], None]
    on_presence: Callable[[], None]
    on_gateway_event: Callable[[str, dict[str, Any]], None]
    on_restart: Callable[[str], None]
    nodes: ConnectedNodes
    _tracks: dict[str, _Track] = field(default_factory=dict)
    _over: OrderedDict[str, None] = field(default_factory=OrderedDict)
    _heard_ms: int = 0
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _stopped: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._listen, name="gateway-broadcast", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        if self._thread is not None:
            self._thread.join(5)

    def join(self, connection: Connection) -> None:
        """Let a connection hear everything from now on, beginning with the text of the runs that go on."""
        with self._lock:
            self.hub.add(connection)
            now = self.clock()
            for track in self._tracks.values():
                for emission in track.translator.snapshot(now):
                    connection.offer(outgoing(emission))

    # --- the subscriber ---------------------------------------------------------------------------------------

    def _listen(self) -> None:
        while not self._stopped.is_set():
            try:
                for item in self.stream.listen(self._stopped.is_set):
                    self._take(item)
            except RedisUnavailable as error:
                log.warning("the run streams are away: %s", error)
            except Exception:  # the thread must outlive whatever a stream may hold
                log.exception("listening to the run streams failed")
            self._stopped.wait(RECONNECT_SECONDS)

    def _take(self, item: StreamedEvent | Notice | None) -> None:
        try:
            with self._lock:
                match item:
                    case StreamedEvent():
                        self._streamed(item)
                    case Notice(topic) if topic == RESUBSCRIBED_TOPIC:
                        self.background.put(partial(self._tell_unheard_ends, self._heard_ms - CLOCK_SKEW_MS))
                    case Notice():
                        self._noticed(item)
                    case None:
                        self._look_after_quiet_runs()
                self._heard_ms = self.clock()
        except RedisUnavailable:
            raise
        except Exception:  # one strange event must not silence all others
            log.exception("an event could not be passed on")

    def _streamed(self, streamed: StreamedEvent) -> None:
        run_id = streamed.run.run_id
        if run_id in self._over:
            return
        track = self._tracks.get(run_id)
        if track is None:
            track = self._open(streamed.run)
            if streamed.cursor.number == 1:
                # Heard from its first event on: there is nothing to catch up with.
                track.cursor = Cursor(streamed.cursor.fence, 0)
        if streamed.cursor > _next(track.cursor):
            self._replay(track)
        if streamed.cursor > track.cursor:
            self._apply(track, streamed)

    def _open(self, run: RunRef) -> _Track:
        for other in list(self._tracks.values()):
            if other.translator.run.session_id == run.session_id:
                # A session runs one turn at a time: the one before is over, whether or not its end was heard.
                self._ask_database(other)
        track = _Track(RunTranslator(run), Cursor(0, 0), time.monotonic())
        self._tracks[run.run_id] = track
        self.watcher.run_started(run)
        return track

    def _replay(self, track: _Track) -> bool:
        after = track.cursor if track.cursor.fence else None
        found = self.stream.replay(track.translator.run.run_id, after)
        for streamed in found.events:
            if streamed.cursor > track.cursor:
                self._apply(track, streamed)
        return bool(found.events)

    def _apply(self, track: _Track, streamed: StreamedEvent) -> None:
        track.cursor, track.heard_at, track.looks = streamed.cursor, time.monotonic(), 0
        self._feed(track, streamed.event)

    def _feed(self, track: _Track, event: RunEvent) -> None:
        translator = track.translator
        self.listener.take(translator.run.run_id, event)
        if event.kind is EventKind.STEERED:
            self.ends.joined([str(run_id) for run_id in event.data.get("run_ids", ())], translator.run.run_id)
        self._send(translator.take(event, self.clock()))
        if translator.end is not None:
            self._close(translator.end)
        elif translator.held and not track.flushing:
            track.flushing = True
            self.timekeeper.after(CHAT_DELTA_MS / 1000, partial(self._flush, translator.run.run_id))

    def _flush(self, run_id: str) -> None:
        with self._lock:
            track = self._tracks.get(run_id)
            if track is not None:
                track.flushing = False
                self._send(track.translator.flush(self.clock()))

    def _close(self, end: RunEnd) -> None:
        self._tracks.pop(end.run_id, None)
        self._over[end.run_id] = None
        while len(self._over) > MAX_REMEMBERED:
            self._over.popitem(last=False)
        self.ends.ended(end)
        self.watcher.run_ended(end)

    def _send(self, emissions: Iterable[Emission]) -> None:
        for emission in emissions:
            if emission.event == "session.operation":
                self.hub.announce(
                    "session.operation", emission.payload, session_key=str(emission.payload["sessionKey"])
                )
                continue
            self.hub.broadcast(outgoing(emission))
            if emission.event == "agent" and emission.payload["stream"] == "tool":
                # Whoever subscribed to the session hears of tools without the capability too.
                self.hub.announce("session.tool", emission.payload, session_key=str(emission.payload["sessionKey"]))

    def _noticed(self, notice: Notice) -> None:
        if notice.topic == GATEWAY_EVENT_TOPIC:
            self.on_gateway_event(str(notice.data["event"]), dict(notice.data["payload"]))  # type: ignore[call-overload]
            self.hub.announce(str(notice.data["event"]), dict(notice.data["payload"]))  # type: ignore[call-overload]
            return
        if notice.topic == DEVICE_CUT_TOPIC:
            role = notice.data.get("role")
            self.on_device_cut(str(notice.data["device_id"]), str(role) if role else None, str(notice.data["spare"]))
            return
        if notice.topic == PRESENCE_TOPIC:
            self.on_presence()
            return
        if notice.topic == GATEWAY_RESTART_TOPIC:
            self.on_restart(str(notice.data.get("reason", "")))
            return
        if notice.topic in NODE_TOPICS:
            self.nodes.noticed(notice)
            return
        data = {key: str(value) for key, value in notice.data.items()}
        session_key, agent_id = data.get("session_key", ""), data.get("agent_id", "")
        if notice.topic == "run.ended" and "run_id" in data:
            reason = data.get("reason") or ("rpc" if data.get("disposition") == "aborted" else data["disposition"])
            self._send([ended_elsewhere(data["run_id"], session_key, agent_id, reason)])
            self.background.put(partial(self._tell_waiters, data["run_id"]))
        elif notice.topic == "session.changed":
            self.watcher.session_changed(session_key, agent_id, data.get("reason", "changed"))

    # --- ends that were not heard -----------------------------------------------------------------------------

    def _look_after_quiet_runs(self) -> None:
        now = time.monotonic()
        for track in list(self._tracks.values()):
            wait_seconds = min(QUIET_SECONDS * 2**track.looks, MAX_QUIET_SECONDS)
            if now - track.heard_at < wait_seconds:
                continue
            looks = track.looks + 1
            if not self._replay(track):
                track.looks = looks
                if looks > LOOKS_BEFORE_DATABASE:
                    self._ask_database(track)

    def _ask_database(self, track: _Track) -> None:
        self.background.put(partial(self._end_from_database, track))

    def _end_from_database(self, track: _Track) -> None:
        view = self.control.run_view(track.translator.run.run_id)
        end = RunEnd.from_view(view) if view is not None else None
        if end is None:
            return
        with self._lock:
            if self._tracks.get(end.run_id) is track:
                self._feed(track, RunEvent(EventKind.END, end.to_data(), end.ended_at_ms))

    def _tell_unheard_ends(self, since_ms: int) -> None:
        """Tell of every turn that began and ended while the subscription was away."""
        for end, run in ended_turns(self.control.turns_ended_since(since_ms, MAX_REMEMBERED)):
            with self._lock:
                if run.run_id in self._over:
                    continue
                track = self._tracks.get(run.run_id) or self._open(run)
                self._replay(track)
                if run.run_id in self._tracks:
                    self._feed(track, RunEvent(EventKind.END, end.to_data(), end.ended_at_ms))

    def look_after_waiters(self) -> None:
        """Ask the database about every run that somebody waits for."""
        for run_id in self.ends.unfinished():
            self.background.put(partial(self._tell_waiters, run_id))

    def _tell_waiters(self, run_id: str) -> None:
        view = self.control.run_view(run_id)
        end = RunEnd.from_view(view) if view is not None else None
        if end is not None:
            self.ends.ended(end)


def _next(cursor: Cursor) -> Cursor:
    return Cursor(cursor.fence, cursor.number + 1)
