"""One gateway process: its connections, its subscriber, its clock. Holds no truth: all of that is in SQL and Redis."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
import uuid
from collections.abc import Mapping
from typing import Any

from openclaw.composition.live_settings import ReloadState
from openclaw.errors import OpenClawError, RedisUnavailable
from openclaw.ports.accounts import AccountName, AccountStatus
from openclaw.ports.channel_connection import keeps_connection
from openclaw.ports.clock import Clock
from openclaw.ports.stream import DEVICE_CUT_TOPIC, GATEWAY_EVENT_TOPIC, PRESENCE_TOPIC, Notice
from openclaw.settings.changes import Change
from web.approvals import ApprovalWaits
from web.auth.device_desk import PAIRED_BY_ITSELF, DeviceDesk
from web.auth.peer import Peer
from web.auth.proof import Prover
from web.metrics import Metrics
from web.nodes import ConnectedNodes
from web.restart import DEFAULT_DELAY_MS
from web.run_taps import RunTaps
from web.services import GatewayServices
from web.stability import StabilityLog
from web.start_steps import start_steps
from web.startup import StartFailed, Step
from web.tool_desk import ToolDesk
from web.usage import UsageBook
from web.ws.background import Background
from web.ws.broadcast import Broadcaster
from web.ws.connection import Connection
from web.ws.dispatch import Methods
from web.ws.frames import encode_event_head
from web.ws.handshake import Doorkeeper
from web.ws.health import Health
from web.ws.hub import Hub
from web.ws.methods import METHODS
from web.ws.presence import Presence
from web.ws.run_end import RunEnds
from web.ws.sending import OutgoingEvent
from web.ws.session_feed import SessionFeed
from web.ws.socket import GatewaySocket
from web.ws.timekeeper import Timekeeper

log = logging.getLogger(__name__)

SERVICE_RESTART = 1012
#: A device has lost what it connected with.
CREDENTIAL_GONE = 4001


class Gateway:
    """Everything that serves clients. ``start`` before the first one, ``drain`` and ``close`` at the end."""

    def __init__(self, services: GatewayServices) -> None:
        self.services = services
        self.clock: Clock = services.clock
        self.boot_id = str(uuid.uuid4())
        self.draining = False
        self.startup = services.startup
        self._started_at = time.monotonic()
        self._lock = threading.Lock()
        self._open: set[Connection] = set()
        self.stability = StabilityLog()
        self.metrics = Metrics(self._store_counts, services.refusals, self._held_accounts)
        self.timekeeper = Timekeeper()
        self.background = Background()
        #: For questions that take their time, so that the background's own work need not wait for them.
        self.lookups = Background("gateway-lookups")
        #: For searches of memory, which may wait for a vendor.
        self.memory_work = Background("gateway-memory")
        #: For words made into sound, which waits for a vendor.
        self.speech_work = Background("gateway-speech")
        self.model_work = Background("gateway-models")
        self.usage = UsageBook(services.usage, self.clock)
        self.ends = RunEnds()
        self.taps = RunTaps(self.ends)
        self.hub = Hub(self.metrics.events_sent)
        self.health = Health(services, self.background.put)
        self.presence = Presence(
            services.presence,
            version=services.version,
            boot_id=self.boot_id,
            clock=self.clock,
            run_later=self.background.put,
            tell_others=lambda: services.stream.notify(Notice(PRESENCE_TOPIC, {})),
        )
        self.nodes = ConnectedNodes(
            services.nodes,
            services.node_board,
            boot_id=self.boot_id,
            background=self.background,
            timekeeper=self.timekeeper,
            tell=self.tell_cluster,
            is_trusted=self._came_in_by_itself,
            clock=self.clock,
        )
        self.feed = SessionFeed(
            services.sessions, self.hub, self.background, self.clock, lambda: services.facts.queue_mode
        )
        self.approvals = ApprovalWaits()
        self.broadcaster = Broadcaster(
            stream=services.stream,
            control=services.control,
            hub=self.hub,
            ends=self.ends,
            watcher=self.feed,
            listener=self.taps,
            on_device_cut=self.cut_own,
            on_presence=self.presence.changed,
            on_gateway_event=self._heard,
            on_restart=self.restart_soon,
            nodes=self.nodes,
            timekeeper=self.timekeeper,
            background=self.background,
            clock=self.clock,
        )
        prover = Prover(
            policy=lambda: services.facts.auth,
            devices=services.devices,
            limiter=services.auth_limiter,
            whois=services.whois,
            clock=self.clock,
        )
        self.doorkeeper = Doorkeeper(prover, DeviceDesk(services.devices, self.clock, self.tell_cluster))
        self.tools = ToolDesk(services)
        self.methods = Methods(self, METHODS)

    # --- life -------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin the steps that remain, on a thread of their own; until they are done, clients are told to come back."""
        steps = start_steps(self)
        self.startup.announce(steps)
        threading.Thread(target=self._start, args=(steps,), name="gateway-start", daemon=True).start()

    def _start(self, steps: list[Step]) -> None:
        with contextlib.suppress(StartFailed):  # it has been logged; whoever serves us asks for ``startup.failure``
            self.startup.run(steps)

    def drain(self, reason: str = "service restart", restart_expected_ms: int = 5000) -> None:
        """Tell every client to come back and close it; new ones are refused. Runs go on in their workers."""
        if self.draining:
            return
        self.draining = True
        self.hub.announce("shutdown", {"reason": reason, "restartExpectedMs": restart_expected_ms})
        for connection in self._connections():
            connection.queue.close(SERVICE_RESTART, reason)

    def restart_soon(self, reason: str, delay_ms: int = DEFAULT_DELAY_MS) -> None:
        """Drain and be started anew after a moment; nothing where no server would start it."""
        ask = self.services.restart
        if ask is None:
            return
        log.warning("the gateway restarts: %s", reason)
        self.timekeeper.after(delay_ms / 1000, ask)

    def close(self) -> None:
        """Drain and end what the steps began, in reverse."""
        self.drain()
        self.startup.undo()

    # --- connections ------------------------------------------------------------------------------------------

    def serve(self, socket: GatewaySocket, environ: Mapping[str, Any]) -> None:
        """Serve one WebSocket until it is closed."""
        connection = Connection(self, socket, Peer.from_environ(environ, self.services.facts.auth))
        with self._lock:
            self._open.add(connection)
        self.metrics.connections.inc()
        if self.draining:  # the drain may have listed the connections just before
            connection.queue.close(SERVICE_RESTART, "service restart")
        try:
            connection.serve()
        finally:
            self.metrics.connections.dec()
            with self._lock:
                self._open.discard(connection)
            if self.hub.remove(connection):
                self.presence.left(connection)
                self.nodes.left(connection)

    def entered(self, connection: Connection) -> None:
        """A client has been admitted."""
        self.presence.entered(connection)
        self.nodes.entered(connection)
        self.broadcaster.join(connection)

    def tell_cluster(self, event: str, payload: dict[str, Any]) -> None:
        """Send an event to every client of every gateway that may hear it; without Redis, to this one's own."""
        try:
            self.services.stream.notify(Notice(GATEWAY_EVENT_TOPIC, {"event": event, "payload": payload}))
        except RedisUnavailable:
            self.hub.announce(event, payload)

    def _heard(self, event: str, payload: dict[str, Any]) -> None:
        self.approvals.heard(event, payload)
        self.services.senders.heard(event, payload)

    def tell_config_change(self, state: ReloadState, changes: tuple[Change, ...]) -> None:
        """Tell this gateway's readers that a version has taken effect here: where, not what."""
        payload = {
            "version": state.version,
            "paths": [change.dotted for change in changes],
            "restartNeeded": list(state.restart_needed),
            "ts": self.clock(),
        }
        self.hub.announce("config.changed", payload)
        self.look_at_skills_soon()

    def look_at_skills_soon(self) -> None:
        self.lookups.put(self.look_at_skills)

    def look_at_skills(self) -> None:
        """Tell this gateway's readers when skills are others than at the last look."""
        desk = self.services.skills
        if desk is not None and desk.changed(tuple(agent.id for agent in self.services.facts.agents)):
            self.hub.announce("skills.changed", {"reason": "watch"})

    def _came_in_by_itself(self, device_id: str) -> bool:
        """Whether a device was paired without a question, so that nobody has seen what it offers."""
        device = self.services.devices.device(device_id)
        return device is not None and device.approved_via in PAIRED_BY_ITSELF

    def cut_device(self, device_id: str, role: str | None = None, *, spare: str = "") -> None:
        """Close a device's connections everywhere, but for the one with the id ``spare``."""
        self.cut_own(device_id, role, spare)
        with contextlib.suppress(RedisUnavailable):  # the others find out when they look after their devices
            data: dict[str, object] = {"device_id": device_id, "role": role, "spare": spare}
            self.services.stream.notify(Notice(DEVICE_CUT_TOPIC, data))

    def cut_own(self, device_id: str, role: str | None, spare: str) -> None:
        """The same for this gateway's connections."""
        for connection in self.hub.connections:
            admission = connection.admission
            if admission.device_id == device_id and role in (None, admission.role) and connection.id != spare:
                connection.queue.close(CREDENTIAL_GONE, "credential-replaced")

    def look_after_devices_soon(self) -> None:
        self.background.put(self.look_after_devices)

    def look_after_devices(self) -> None:
        """Cut connections of devices that are not paired any more, in case nobody could tell us."""
        present = {c.admission.device_id for c in self.hub.connections if c.admission.device_id}
        if not present:
            return
        roles = self.services.devices.roles_of(present)
        for connection in self.hub.connections:
            admission = connection.admission
            if admission.device_id in present and admission.role.value not in roles.get(admission.device_id, ()):
                connection.queue.close(CREDENTIAL_GONE, "credential-replaced")

    def _connections(self) -> list[Connection]:
        with self._lock:
            return list(self._open)

    # --- what is due ------------------------------------------------------------------------------------------

    def check_connections(self) -> None:
        now = time.monotonic()
        tick = OutgoingEvent("tick", encode_event_head("tick", {"ts": self.clock()}))
        for connection in self._connections():
            connection.check(now, tick)

    def send_presence(self) -> None:
        self.hub.announce("presence", {"presence": self.presence.entries()}, state_version=self.state_version)

    def renew_presence(self) -> None:
        """Renew this gateway's clients on the board, then look who is there."""
        self.background.put(self.presence.renew)
        self.presence.refresh()

    def refresh_health(self) -> None:
        self.background.put(self._send_health)

    def _send_health(self) -> None:
        self.hub.announce("health", self.health.probe(), state_version=self.state_version)

    # --- facts ------------------------------------------------------------------------------------------------

    @property
    def uptime_ms(self) -> int:
        return int((time.monotonic() - self._started_at) * 1000)

    @property
    def state_version(self) -> dict[str, int]:
        return {"presence": self.presence.version, "health": self.health.version}

    def _store_counts(self) -> dict[str, int]:
        try:
            return self.services.sessions.counts()
        except OpenClawError as error:
            log.warning("the database's counts are not known: %s", error)
            return {}

    def _held_accounts(self) -> dict[AccountName, AccountStatus | None]:
        """What connectors have told of the accounts that they are to hold; none while that is not to be had."""
        accounts = self.services.facts.accounts
        names = [(each.channel, each.account_id) for each in accounts if keeps_connection(each.account)]
        try:
            found = self.services.accounts.board.look(names)
        except RedisUnavailable as error:
            log.warning("how accounts stand is not known: %s", error)
            return {}
        return {name: found.get(name) for name in names}
