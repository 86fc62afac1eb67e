"""The schema. The typed models describe it for Alembic and readers; hot paths use the plain tables below."""

from __future__ import annotations

from typing import cast

from sqlalchemy import Table

from openclaw.store.models.approval import ApprovalRow, ExecPatternRow
from openclaw.store.models.auth_profile import AuthProfileRow
from openclaw.store.models.browser_act import BrowserActRow
from openclaw.store.models.budget import BudgetHoldRow, BudgetSpendRow
from openclaw.store.models.channel_account import ChannelAccountRow
from openclaw.store.models.columns import Base
from openclaw.store.models.config_version import ConfigVersionRow
from openclaw.store.models.device import DeviceRow, DeviceTokenRow, PairRequestRow, SetupCodeRow
from openclaw.store.models.heartbeat import HeartbeatRow
from openclaw.store.models.inbound import InboundRow
from openclaw.store.models.lane_epoch import LaneEpochRow
from openclaw.store.models.mcp_tools import McpToolsRow
from openclaw.store.models.media_file import MediaFileRow
from openclaw.store.models.memory import MemoryChunkRow, MemoryDocumentRow, MemoryNoteRow, MemoryVectorRow
from openclaw.store.models.method_result import MethodResultRow
from openclaw.store.models.model_rest import ModelRestRow
from openclaw.store.models.node import NodeInvokeRow, NodePendingRow, NodeRow
from openclaw.store.models.outbox import OutboxRecord
from openclaw.store.models.run import AttemptRow, RunRow, StepRow, WaitRow
from openclaw.store.models.sender import KnownSenderRow, SenderRequestRow
from openclaw.store.models.session import SessionRow
from openclaw.store.models.subagent import SubagentRow
from openclaw.store.models.system_event import SystemEventRow
from openclaw.store.models.transcript import TranscriptRow


def _table(model: type[Base]) -> Table:
    return cast("Table", model.__table__)


sessions = _table(SessionRow)
inbound = _table(InboundRow)
runs = _table(RunRow)
attempts = _table(AttemptRow)
steps = _table(StepRow)
waits = _table(WaitRow)
transcript = _table(TranscriptRow)
outbox = _table(OutboxRecord)
lane_epoch = _table(LaneEpochRow)
config_versions = _table(ConfigVersionRow)
devices = _table(DeviceRow)
device_tokens = _table(DeviceTokenRow)
pair_requests = _table(PairRequestRow)
setup_codes = _table(SetupCodeRow)
nodes = _table(NodeRow)
node_invokes = _table(NodeInvokeRow)
node_pending = _table(NodePendingRow)
approvals = _table(ApprovalRow)
budget_spend = _table(BudgetSpendRow)
budget_holds = _table(BudgetHoldRow)
exec_patterns = _table(ExecPatternRow)
subagents = _table(SubagentRow)
heartbeats = _table(HeartbeatRow)
media_files = _table(MediaFileRow)
system_events = _table(SystemEventRow)
method_results = _table(MethodResultRow)
memory_documents = _table(MemoryDocumentRow)
memory_chunks = _table(MemoryChunkRow)
memory_vectors = _table(MemoryVectorRow)
memory_notes = _table(MemoryNoteRow)
mcp_tools = _table(McpToolsRow)
auth_profiles = _table(AuthProfileRow)
browser_acts = _table(BrowserActRow)
channel_accounts = _table(ChannelAccountRow)
model_rests = _table(ModelRestRow)
sender_requests = _table(SenderRequestRow)
known_senders = _table(KnownSenderRow)

metadata = Base.metadata

__all__ = [
    "approvals",
    "attempts",
    "auth_profiles",
    "browser_acts",
    "budget_holds",
    "budget_spend",
    "channel_accounts",
    "config_versions",
    "device_tokens",
    "devices",
    "exec_patterns",
    "heartbeats",
    "inbound",
    "known_senders",
    "lane_epoch",
    "mcp_tools",
    "media_files",
    "memory_chunks",
    "memory_documents",
    "memory_notes",
    "memory_vectors",
    "metadata",
    "method_results",
    "model_rests",
    "node_invokes",
    "node_pending",
    "nodes",
    "outbox",
    "pair_requests",
    "runs",
    "sender_requests",
    "sessions",
    "setup_codes",
    "steps",
    "subagents",
    "system_events",
    "transcript",
    "waits",
]
