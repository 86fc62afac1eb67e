"""One client: challenge, ``connect``, requests, close.

Two threads (or greenlets) serve it and no third: the web server's own, which writes, and one that reads and runs the
handlers. Timers are the timekeeper's. Everything that is sent goes through the queue, so frames never mix.
"""

from __future__ import annotations

import _thread
import logging
import time
import uuid
from functools import partial
from typing import TYPE_CHECKING, Protocol

from openclaw.domain.scopes import EVENT_SCOPES, may_receive
from openclaw.errors import InvalidRequest
from web.ws.frames import BadFrame, NotJson, Request, encode_event_head, encode_failure, encode_response, read_request
from web.ws.handshake import POLICY_VIOLATION, Admission, Refused, starting
from web.ws.hello import hello_ok
from web.ws.sending import ClosePlease, OutgoingEvent, OutgoingQueue, PingPlease, PongPlease
from web.ws.socket import GatewaySocket, PeerClosed, PingReceived, TooBig

if TYPE_CHECKING:
    from web.auth.peer import Peer
    from web.gateway import Gateway

log = logging.getLogger(__name__)

NORMAL_CLOSURE = 1000
TOO_BIG = 1009
#: A peer has this long to answer our close.
CLOSE_GRACE_SECONDS = 1.0
CHALLENGE_CAPABILITIES = ("model-catalog-snapshot",)
#: With this capability a client hears the runs of the sessions it subscribed to, and its own, only.
SESSION_SCOPED = "session-scoped-events"


class Cancellable(Protocol):
    """Something that goes on for a client and ends with it."""

    def cancel(self) -> object: ...


class Connection:
    """The state of one client's connection."""

    __slots__ = (
        "_admission",
        "_events",
        "_own_runs",
        "_reader_done",
        "_waiters",
        "gateway",
        "id",
        "message_keys",
        "nonce",
        "opened_at",
        "peer",
        "pinged_at",
        "queue",
        "refusing",
        "socket",
        "ticked_at",
        "wants_sessions",
    )

    def __init__(self, gateway: Gateway, socket: GatewaySocket, peer: Peer) -> None:
        limits = gateway.services.facts.limits
        self.gateway = gateway
        self.socket = socket
        self.peer = peer
        self.id = str(uuid.uuid4())
        self.nonce = str(uuid.uuid4())
        self.opened_at = self.pinged_at = self.ticked_at = time.monotonic()
        self.queue = OutgoingQueue(limits.max_buffered, limits.delta_buffer, gateway.metrics.delta_dropped)
        self.refusing = False
        self.wants_sessions = False
        #: Session keys whose transcript rows the client asked for.
        self.message_keys: frozenset[str] = frozenset()
        self._admission: Admission | None = None
        self._events: frozenset[str] = frozenset()
        self._own_runs: set[str] | None = None
        self._waiters: set[Cancellable] | None = None
        self._reader_done = _thread.allocate_lock()

    # --- what others ask --------------------------------------------------------------------------------------

    @property
    def admitted(self) -> bool:
        return self._admission is not None

    @property
    def admission(self) -> Admission:
        if self._admission is None:
            raise RuntimeError("the client has not been admitted")
        return self._admission

    def wants_messages_of(self, session_key: str) -> bool:
        return session_key in self.message_keys

    def send(self, frame: bytes) -> None:
        self.queue.push(frame)

    def offer(self, event: OutgoingEvent) -> bool:
        """Queue an event if this client may have it and wants it."""
        if event.name not in self._events or not self._wants(event):
            return False
        self.queue.push_event(event)
        return True

    def _wants(self, event: OutgoingEvent) -> bool:
        if event.name in ("session.message", "session.operation", "session.tool"):
            return event.session_key in self.message_keys
        if event.name == "sessions.changed":
            return self.wants_sessions
        if event.capability and event.capability not in self.admission.caps:
            return False
        if event.run_id and SESSION_SCOPED in self.admission.caps:
            return event.session_key in self.message_keys or event.run_id in (self._own_runs or ())
        return True

    def started_run(self, run_id: str) -> None:
        """Note that this client asked for a run."""
        if SESSION_SCOPED in self.admission.caps:
            self._own_runs = (self._own_runs or set()) | {run_id}

    def keep(self, waiter: Cancellable) -> None:
        """Cancel a waiter when the client goes."""
        self._waiters = self._waiters if self._waiters is not None else set()
        self._waiters.add(waiter)

    def release(self, waiter: Cancellable) -> None:
        if self._waiters is not None:
            self._waiters.discard(waiter)

    # --- life -------------------------------------------------------------------------------------------------

    def serve(self) -> None:
        """Serve the client until it is gone."""
        challenge = {"nonce": self.nonce, "ts": self.gateway.clock(), "capabilities": list(CHALLENGE_CAPABILITIES)}
        self.queue.push(encode_event_head("connect.challenge", challenge) + b"}")
        self._reader_done.acquire()
        _thread.start_new_thread(self._read, ())
        try:
            self._write()
        finally:
            self._leave()

    def _write(self) -> None:
        try:
            while True:
                match self.queue.pop():
                    case ClosePlease(code, reason):
                        if code:
                            self.socket.write_close(code, reason)
                        return
                    case PongPlease(payload):
                        self.socket.write_pong(payload)
                    case PingPlease():
                        self.socket.write_ping()
                    case frame:
                        self.socket.write_text(frame)
        except OSError:
            self.queue.gone()

    def _leave(self) -> None:
        """Let the peer see our close, then take everything down."""
        if not self._reader_done.acquire(timeout=CLOSE_GRACE_SECONDS):
            self.socket.abort()
            self._reader_done.acquire(timeout=CLOSE_GRACE_SECONDS)
        self.socket.release()
        for waiter in tuple(self._waiters or ()):
            waiter.cancel()

    def _read(self) -> None:
        try:
            for incoming in self.socket.incoming():
                match incoming:
                    case str() if not (self.queue.closing or self.refusing):
                        self._text(incoming)
                    case bytes() if not self.admitted:
                        self.queue.close(NORMAL_CLOSURE)
                    case PingReceived(payload):
                        self.queue.push_pong(payload)
                    case TooBig():
                        self.queue.close(TOO_BIG, flush=False)
                    case PeerClosed(code, reason):
                        # 1005 and 1006 stand for no code at all and may not be sent.
                        code = NORMAL_CLOSURE if code in {1005, 1006} else code
                        self.queue.close(code, reason, flush=False)
                        return
        except Exception:  # reading must end in order whatever happens
            log.exception("a connection's reader failed")
            self.queue.close(1011, "internal error", flush=False)
        finally:
            if not self.queue.closing:
                self.queue.gone()
            self._reader_done.release()

    def _text(self, text: str) -> None:
        try:
            request = read_request(text)
        except NotJson:
            # Garbage after hello is ignored, as OpenClaw does.
            if not self.admitted:
                self.queue.close(NORMAL_CLOSURE)
        except BadFrame as error:
            self.send(encode_failure(error.frame_id, error))
            if not self.admitted:
                self.queue.close(POLICY_VIOLATION, "invalid request frame")
        else:
            if self.admitted:
                self.gateway.methods.dispatch(self, request)
            else:
                self._connect(request)

    # --- handshake --------------------------------------------------------------------------------------------

    def _connect(self, request: Request) -> None:
        gateway = self.gateway
        try:
            if request.method != "connect":
                raise Refused(InvalidRequest("invalid handshake: first request must be connect"))
            if not gateway.startup.ready:
                raise starting(gateway.startup.missing)
            admission = gateway.doorkeeper.admit(
                request.params, peer=self.peer, nonce=self.nonce, now_ms=gateway.clock()
            )
        except Refused as refused:
            gateway.metrics.handshake("refused")
            self.refusing = True
            refuse = partial(self._refuse, request.id, refused)
            if refused.hold_back:
                gateway.timekeeper.after(gateway.services.facts.limits.refusal_delay_seconds, refuse)
            else:
                refuse()
            return
        self._admission = admission
        self._events = frozenset(name for name in EVENT_SCOPES if may_receive(name, admission.role, admission.scopes))
        self.socket.max_message_bytes = gateway.services.facts.limits.max_payload
        self.send(encode_response(request.id, hello_ok(gateway, self)))
        gateway.metrics.handshake("ok")
        gateway.entered(self)

    def _refuse(self, request_id: str, refused: Refused) -> None:
        self.send(encode_failure(request_id, refused.error))
        self.queue.close(refused.close_code, str(refused.error))

    # --- time -------------------------------------------------------------------------------------------------

    def check(self, now: float, tick: OutgoingEvent) -> None:
        """Do what is due: called about once a second for every connection."""
        limits, socket = self.gateway.services.facts.limits, self.socket
        writing_since = socket.writing_since
        if writing_since and now - writing_since > limits.send_timeout_seconds:
            socket.abort()
        elif not self.admitted:
            if now - self.opened_at > limits.handshake_seconds:
                self.queue.close(NORMAL_CLOSURE)
        elif now - self.pinged_at > limits.ping_seconds:
            # A peer that is still taking data cannot have seen the ping behind it.
            if socket.heard_at < self.pinged_at and not (writing_since or self.queue.waiting_bytes):
                self.queue.close(POLICY_VIOLATION, "ping timeout")
            self.pinged_at = now
            self.queue.push_ping()
        if self.admitted and (now - self.ticked_at) * 1000 >= limits.tick_ms:
            self.ticked_at = now
            self.offer(tick)
