"""Everything that speaks to the database, on one pool per process."""

from __future__ import annotations

from dataclasses import dataclass

from openclaw.settings.schema import Settings
from openclaw.store.database import Database
from openclaw.store.repositories.amendments import SqlMessageAmender
from openclaw.store.repositories.approvals import SqlApprovalStore
from openclaw.store.repositories.auth_profiles import SqlAuthProfiles
from openclaw.store.repositories.browser_acts import SqlBrowserActs
from openclaw.store.repositories.budgets import SqlBudgetStore
from openclaw.store.repositories.channel_accounts import SqlAccountStore
from openclaw.store.repositories.config_versions import SqlConfigStore
from openclaw.store.repositories.control import SqlControlStore
from openclaw.store.repositories.devices import SqlDeviceStore
from openclaw.store.repositories.heartbeats import SqlHeartbeatStore
from openclaw.store.repositories.intake import SqlIntakeStore
from openclaw.store.repositories.mcp_tools import SqlSeenTools
from openclaw.store.repositories.media_files import SqlMediaFiles
from openclaw.store.repositories.memory_index import SqlMemoryIndex
from openclaw.store.repositories.memory_notes import SqlSessionNotes
from openclaw.store.repositories.memory_search import SqlMemorySearch
from openclaw.store.repositories.model_rests import SqlModelRests
from openclaw.store.repositories.nodes import SqlNodeStore
from openclaw.store.repositories.outbox import SqlOutboxStore
from openclaw.store.repositories.outbox_desk import SqlOutboxDesk
from openclaw.store.repositories.runs import SqlRunStore
from openclaw.store.repositories.senders import SqlSenderStore
from openclaw.store.repositories.session_desk import SqlSessionDesk
from openclaw.store.repositories.sessions import SqlSessionQueries
from openclaw.store.repositories.speech import SqlSpeechQueue
from openclaw.store.repositories.stored_messages import SqlStoredMessages
from openclaw.store.repositories.subagents import SqlSubagentStore
from openclaw.store.repositories.sweep import SqlSweepStore
from openclaw.store.repositories.system_events import SqlSystemEventStore
from openclaw.store.repositories.tasks import SqlTaskQueries
from openclaw.store.repositories.transcript_search import SqlTranscriptSearch
from openclaw.store.repositories.usage import SqlUsageQueries


@dataclass(frozen=True, slots=True)
class Storage:
    """The database by its ports."""

    database: Database
    intake: SqlIntakeStore
    runs: SqlRunStore
    control: SqlControlStore
    sweep: SqlSweepStore
    outbox: SqlOutboxStore
    outbox_desk: SqlOutboxDesk
    sessions: SqlSessionQueries
    config: SqlConfigStore
    devices: SqlDeviceStore
    system_events: SqlSystemEventStore
    approvals: SqlApprovalStore
    session_desk: SqlSessionDesk
    search: SqlTranscriptSearch
    tasks: SqlTaskQueries
    usage: SqlUsageQueries
    nodes: SqlNodeStore
    memory_index: SqlMemoryIndex
    notes: SqlSessionNotes
    memory_search: SqlMemorySearch
    subagents: SqlSubagentStore
    budgets: SqlBudgetStore
    heartbeats: SqlHeartbeatStore
    media_files: SqlMediaFiles
    speech: SqlSpeechQueue
    mcp_tools: SqlSeenTools
    auth_profiles: SqlAuthProfiles
    browser_acts: SqlBrowserActs
    model_rests: SqlModelRests
    accounts: SqlAccountStore
    amender: SqlMessageAmender
    senders: SqlSenderStore
    messages: SqlStoredMessages


def open_storage(settings: Settings, *, pool_size: int = 16) -> Storage:
    """Connect lazily; migrations are run by ``openclaw up`` and ``openclaw database upgrade``."""
    database = Database.connect(settings.database_url.reveal(), pool_size=pool_size)
    return Storage(
        database=database,
        intake=SqlIntakeStore(database),
        runs=SqlRunStore(database),
        control=SqlControlStore(database),
        sweep=SqlSweepStore(database),
        outbox=SqlOutboxStore(database),
        outbox_desk=SqlOutboxDesk(database),
        sessions=SqlSessionQueries(database),
        config=SqlConfigStore(database),
        devices=SqlDeviceStore(database),
        system_events=SqlSystemEventStore(database),
        approvals=SqlApprovalStore(database),
        session_desk=SqlSessionDesk(database),
        search=SqlTranscriptSearch(database),
        tasks=SqlTaskQueries(database),
        usage=SqlUsageQueries(database),
        accounts=SqlAccountStore(database),
        amender=SqlMessageAmender(database),
        nodes=SqlNodeStore(database),
        notes=SqlSessionNotes(database),
        memory_search=SqlMemorySearch(database),
        memory_index=SqlMemoryIndex(database),
        subagents=SqlSubagentStore(database),
        budgets=SqlBudgetStore(database),
        heartbeats=SqlHeartbeatStore(database),
        media_files=SqlMediaFiles(database),
        speech=SqlSpeechQueue(database),
        mcp_tools=SqlSeenTools(database),
        auth_profiles=SqlAuthProfiles(database),
        browser_acts=SqlBrowserActs(database),
        model_rests=SqlModelRests(database),
        senders=SqlSenderStore(database),
        messages=SqlStoredMessages(database),
    )
