"""The deliverer, as workers and connectors share it."""

from __future__ import annotations

from openclaw.composition.channels import unknown_policy
from openclaw.composition.live_settings import LiveSettings
from openclaw.composition.storage import Storage
from openclaw.ports.clock import system_clock
from openclaw.ports.send_limiter import SendLimiter
from openclaw.reply.deliver import Accounts, Capabilities, Deliverer
from openclaw.reply.retry import RetryPolicy


def build_deliverer(
    live: LiveSettings, storage: Storage, accounts: Accounts, capabilities: Capabilities, limiter: SendLimiter
) -> Deliverer:
    """Attempts and claims are those of the settings at the start; what is unknown is settled by those of the moment."""
    outbox = live.settings.outbox
    return Deliverer(
        storage.outbox,
        accounts,
        capabilities,
        system_clock,
        storage.media_files,
        retry=RetryPolicy(max_attempts=outbox.max_attempts),
        claim_ms=int(outbox.claim_seconds * 1000),
        limiter=limiter,
        own_policy=lambda channel, account: unknown_policy(live.settings, channel, account),
    )
