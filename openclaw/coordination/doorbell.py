"""Rings the workers: publishes Celery task messages through kombu, without Celery.

Owns the messages ``agent.turn``, ``browser.act``, ``replies.deliver``, ``replies.react``, ``media.index_memory``,
``media.look``, ``media.speak`` and ``media.write_note`` (Celery's message protocol 2, JSON, ids only). A ring may get
lost or doubled; the lanes and the sweeps make that harmless, hence one immediate retry and no more.
"""

# mypy: allow-untyped-calls

from __future__ import annotations

import contextlib
import json
import os
import queue
import socket
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import Any

from kombu.connection import Connection
from kombu.entity import Exchange, Queue
from kombu.exceptions import BatchPublishError, KombuError
from kombu.messaging import Producer
from redis.exceptions import RedisError

from openclaw.coordination.client import COMMAND_TIMEOUT_SECONDS, BrokerSettings
from openclaw.errors import RedisUnavailable
from openclaw.ports.lanes import Grant, TurnLabel
from openclaw.ports.reactions import Reaction

TURN_TASK = "agent.turn"
DELIVER_TASK = "replies.deliver"
REACT_TASK = "replies.react"
INDEX_TASK = "media.index_memory"
LOOK_TASK = "media.look"
SPEAK_TASK = "media.speak"
NOTE_TASK = "media.write_note"
MEDIA_QUEUE = "media"
ACT_TASK = "browser.act"
BROWSER_QUEUE = "browser"

#: kombu counts KeyError among its connection errors: a channel that a reconnect has dropped.
_OUTAGES = (RedisError, KombuError, BatchPublishError, OSError, KeyError)
NO_LABELS: Mapping[int, TurnLabel] = {}
_NO_CALLBACKS = {"callbacks": None, "errbacks": None, "chain": None, "chord": None}


@dataclass(frozen=True, slots=True)
class _TaskMessage:
    queue: str
    task_id: str
    task: str
    #: What Flower shows as the task's name: one per queue, never one per session.
    shadow: str
    args: tuple[Any, ...]
    args_text: str


class KombuDoorbell:
    """Implements ``Doorbell``, ``MemoryBell``, ``ReactionBell`` and ``BrowserBell`` of the ports.

    Thread-safe, with at most ``max_connections`` connections.

    Under gevent, native threads need an instance of their own. A forked child opens its own connections.
    """

    def __init__(self, broker: BrokerSettings, *, reply_queue: str = "replies", max_connections: int = 8) -> None:
        self._broker = broker
        self._reply_queue = reply_queue
        self._max_connections = max_connections
        self._closed = False
        #: Last in, first out; ``None`` stands for a connection that is not open yet.
        self._idle: queue.LifoQueue[_Line | None] = queue.LifoQueue()
        self._open()

    def ring(self, grants: Sequence[Grant], labels: Mapping[int, TurnLabel] = NO_LABELS) -> None:
        """Publish one ``agent.turn`` per grant. Raises RedisUnavailable; some may be out by then."""
        self._publish([_turn(grant, labels.get(grant.session_id)) for grant in grants])

    def ring_replies(self, conversations: Sequence[str]) -> None:
        """Publish one ``replies.deliver`` per conversation. Raises RedisUnavailable; some may be out by then."""
        self._publish([_plain(DELIVER_TASK, self._reply_queue, "conversation", each) for each in conversations])

    def ring_reaction(self, reaction: Reaction) -> None:
        """Publish one ``replies.react``. Raises RedisUnavailable."""
        task_id = f"react-{uuid.uuid4().hex}"
        text = f"(conversation={reaction.route.conversation!r}, message={reaction.message_id!r})"
        self._publish([_TaskMessage(self._reply_queue, task_id, REACT_TASK, REACT_TASK, astuple(reaction), text)])

    def ring_index(self, agent_ids: Sequence[str]) -> None:
        """Publish one ``media.index_memory`` per agent. Raises RedisUnavailable; some may be out by then."""
        self._publish([_plain(INDEX_TASK, MEDIA_QUEUE, "agent", agent_id) for agent_id in agent_ids])

    def ring_look(self, run_id: str) -> None:
        """Publish ``media.look`` for a run whose turn waits for the words of its files. Raises RedisUnavailable."""
        self._publish([_plain(LOOK_TASK, MEDIA_QUEUE, "run", run_id)])

    def ring_speech(self, run_ids: Sequence[str]) -> None:
        """Publish one ``media.speak`` per run whose reply is to be spoken. Raises RedisUnavailable."""
        self._publish([_plain(SPEAK_TASK, MEDIA_QUEUE, "run", run_id) for run_id in run_ids])

    def ring_notes(self, note_ids: Sequence[int]) -> None:
        """Publish one ``media.write_note`` per note. Raises RedisUnavailable; some may be out by then."""
        self._publish([_plain(NOTE_TASK, MEDIA_QUEUE, "note", note_id) for note_id in note_ids])

    def ring_browser(self, act_ids: Sequence[str], home: str = "") -> None:
        """Publish one ``browser.act`` per action, for the worker ``home`` or for any. Raises RedisUnavailable."""
        queue_name = home_queue(home) if home else BROWSER_QUEUE
        self._publish([_plain(ACT_TASK, queue_name, "act", each) for each in act_ids])

    def close(self) -> None:
        """Close the connections that are not in use; the others close when they come back."""
        idle, self._idle = self._idle, queue.LifoQueue()
        self._closed = True
        with contextlib.suppress(queue.Empty):
            while True:
                line = idle.get_nowait()
                if line is not None:
                    line.close()

    def _open(self) -> None:
        self._pid = os.getpid()
        self._origin = f"openclaw{self._pid}@{socket.gethostname()}"
        idle: queue.LifoQueue[_Line | None] = queue.LifoQueue()
        for _ in range(self._max_connections):
            idle.put(None)
        self._idle = idle

    def _publish(self, messages: Sequence[_TaskMessage]) -> None:
        if not messages:
            return
        if self._closed:
            raise RedisUnavailable("the doorbell is closed")
        if self._pid != os.getpid():
            self._open()
        try:
            try:
                self._send(messages)
            except _OUTAGES:
                self._send(messages)
        except _OUTAGES as error:
            raise RedisUnavailable(f"the doorbell cannot ring: {type(error).__name__}: {error}") from error

    def _send(self, messages: Sequence[_TaskMessage]) -> None:
        with self._line() as line:
            line.send(messages)

    @contextlib.contextmanager
    def _line(self) -> Iterator[_Line]:
        idle = self._idle
        try:
            line = idle.get(timeout=COMMAND_TIMEOUT_SECONDS)
        except queue.Empty:
            raise RedisUnavailable("every doorbell connection is busy") from None
        kept: _Line | None = None
        try:
            if line is None:
                line = _Line(self._broker, self._origin)
            yield line
            kept = line
        finally:
            if line is not None and (kept is None or idle is not self._idle):
                line.close()
                kept = None
            idle.put(kept)


class _Line:
    """One connection to the broker with its producer; used by one caller at a time."""

    def __init__(self, broker: BrokerSettings, origin: str) -> None:
        options = {**broker.transport_options, "socket_timeout": COMMAND_TIMEOUT_SECONDS}
        self._connection = Connection(broker.url, transport_options=options, connect_timeout=COMMAND_TIMEOUT_SECONDS)
        self._origin = origin
        self._declared: set[str] = set()
        try:
            self._connection.ensure_connection(max_retries=1, interval_start=0, interval_step=0, interval_max=0)
            self._channel = self._connection.channel()
            self._producer = Producer(self._channel)
        except BaseException:
            self.close()
            raise

    def send(self, messages: Sequence[_TaskMessage]) -> None:
        for name in {message.queue for message in messages} - self._declared:
            Queue(name, Exchange(name, type="direct"), routing_key=name)(self._channel).declare()
            self._declared.add(name)
        if len(messages) == 1:
            self._put(messages[0])
            return
        with self._producer.batch():
            for message in messages:
                self._put(message)

    def _put(self, message: _TaskMessage) -> None:
        self._producer.publish(
            json.dumps([message.args, {}, _NO_CALLBACKS]),
            routing_key=message.queue,
            content_type="application/json",
            content_encoding="utf-8",
            headers=_headers(message, self._origin),
            correlation_id=message.task_id,
            reply_to="",
        )

    def close(self) -> None:
        """Close the connection; a server that is away cannot be told and need not be."""
        with contextlib.suppress(*_OUTAGES):
            self._connection.release()


def home_queue(home: str) -> str:
    """The queue of one worker that has a browser, by the worker's name."""
    return f"{BROWSER_QUEUE}.{home}"


def _turn(grant: Grant, label: TurnLabel | None) -> _TaskMessage:
    shown = label or TurnLabel(str(grant.session_id), f"session-{grant.session_id}")
    return _TaskMessage(
        queue=grant.queue,
        task_id=f"run-{shown.run_id}-f{grant.fence}",
        task=TURN_TASK,
        shadow=f"{TURN_TASK}[{grant.queue.removeprefix('agent.')}]",
        args=(grant.session_id, grant.fence),
        args_text=f"(session={shown.session_key!r}, run={shown.run_id!r})",
    )


def _plain(task: str, queue_name: str, what: str, argument: str | int) -> _TaskMessage:
    return _TaskMessage(
        queue=queue_name,
        task_id=f"{task.rpartition('.')[2].replace('_', '-')}-{uuid.uuid4().hex}",
        task=task,
        shadow=task,
        args=(argument,),
        args_text=f"({what}={argument!r})",
    )


def _headers(message: _TaskMessage, origin: str) -> dict[str, Any]:
    return {
        "lang": "py",
        "task": message.task,
        "id": message.task_id,
        "shadow": message.shadow,
        "eta": None,
        "expires": None,
        "group": None,
        "group_index": None,
        "retries": 0,
        "timelimit": [None, None],
        "root_id": message.task_id,
        "parent_id": None,
        "argsrepr": message.args_text,
        "kwargsrepr": "{}",
        "origin": origin,
        "ignore_result": True,
        "replaced_task_nesting": 0,
        "stamped_headers": None,
        "stamps": {},
    }
