"""Telling platforms where their webhooks are, when the gateway starts.

A platform keeps the address, so a failure is worth a line in the log and no more. Several gateways say the same.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence

from openclaw.errors import ChannelError, ChannelOutcomeUnknown
from openclaw.ports.channel import WebhookRegistrar
from web.services import ConfiguredAccount

log = logging.getLogger(__name__)

#: What is waited before it is said again to a platform that could not take it, in seconds: a host that boots may not
#: have its network yet, and several gateways that start at once may be told to wait.
WAITS_SECONDS = (2.0, 10.0, 60.0)


def register_webhooks(accounts: Sequence[ConfiguredAccount], wait: Callable[[float], object] = time.sleep) -> None:
    """Tell the accounts' platforms, each on a thread of its own: the gateway serves meanwhile."""
    for each in accounts:
        account: object = each.account
        if isinstance(account, WebhookRegistrar):
            name = f"{each.channel}/{each.account_id}"
            threading.Thread(target=_register, args=(name, account, wait), name="webhooks", daemon=True).start()


def _register(name: str, account: WebhookRegistrar, wait: Callable[[float], object]) -> None:
    for seconds in (*WAITS_SECONDS, None):
        try:
            account.register_webhook()
        except ChannelError as error:
            if seconds is None or not _may_pass(error):
                log.warning("the webhook of %s was not registered: %s", name, error)
                return
            log.info("the webhook of %s is registered a little later: %s", name, error)
            wait(max(seconds, error.retry_after_seconds or 0.0))
        else:
            return


def _may_pass(error: ChannelError) -> bool:
    """Whether saying it again may help; to say it twice does no harm."""
    return error.retryable or isinstance(error, ChannelOutcomeUnknown)
