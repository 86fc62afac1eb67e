"""What a part may see of the environment: what it needs, and nothing else of the operator's shell."""

from __future__ import annotations

import os
from collections.abc import Mapping

from openclaw.settings.environment import default_port
from openclaw.settings.schema import Settings
from openclaw.settings.sections.tts import ELEVENLABS_VARIABLE
from openclaw.settings.sections.web_search import SEARCH_VARIABLES
from openclaw.settings.vendor_defaults import KEY_VARIABLES

_NAMES = frozenset(
    {
        "HOME",
        "LANG",
        "LANGUAGE",
        "LD_LIBRARY_PATH",
        "LOGNAME",
        "PATH",
        "REQUESTS_CA_BUNDLE",
        "SHELL",
        "SSL_CERT_DIR",
        "SSL_CERT_FILE",
        "TMPDIR",
        "TZ",
        "USER",
        "VIRTUAL_ENV",
        "XDG_RUNTIME_DIR",
        "ALL_PROXY",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "NO_PROXY",
        "all_proxy",
        "http_proxy",
        "https_proxy",
        "no_proxy",
        *KEY_VARIABLES,
        *SEARCH_VARIABLES.values(),
        ELEVENLABS_VARIABLE,
    }
)
_PREFIXES = ("LC_", "OPENCLAW_", "AWS_", "OTEL_", "PYTHON")
#: Set by the supervisor for each child, never inherited.
_OWN = frozenset({"OPENCLAW_READY_FILE", "OPENCLAW_GATEWAY_URL", "PYTHONSTARTUP", "PYTHONINSPECT"})


def child_environment(values: Mapping[str, str], settings: Settings, redis_url: str) -> dict[str, str]:
    """The variables of every part: the allowed ones, those the config file names, and the settled ``OPENCLAW_*``."""
    allowed = {
        name: value
        for name, value in values.items()
        if (name in _NAMES or name.startswith(_PREFIXES) or name in settings.referenced_variables) and name not in _OWN
    }
    if search_path := allowed.get("PYTHONPATH"):
        # Parts run in the home folder, where relative entries would mean something else.
        allowed["PYTHONPATH"] = os.pathsep.join(os.path.abspath(entry) for entry in search_path.split(os.pathsep))  # noqa: PTH100
    wished = settings.file
    settled = {
        "OPENCLAW_HOME": str(settings.base_home),
        "OPENCLAW_PROFILE": settings.profile or "",
        "OPENCLAW_REDIS_URL": redis_url,
        "OPENCLAW_DATABASE_URL": settings.database_url.reveal(),
        "PYTHONUNBUFFERED": "1",
        # A process title must not be written over the environment: a later stack knows its orphans by that.
        "SPT_NOENV": "1",
    }
    # What the command line wishes stands above the config; all else is left to it, since it may change.
    if settings.gateway.port != (wished.gateway.port or default_port(settings.profile)):
        settled["OPENCLAW_GATEWAY_PORT"] = str(settings.gateway.port)
    if settings.worker.concurrency != wished.worker.concurrency:
        settled["OPENCLAW_WORKER_CONCURRENCY"] = str(settings.worker.concurrency)
    if settings.worker.task_events != wished.worker.task_events:
        settled["OPENCLAW_TASK_EVENTS"] = "1" if settings.worker.task_events else "0"
    if settings.config_path.exists():
        settled["OPENCLAW_CONFIG"] = str(settings.config_path)
    if settings.flower.basic_auth is not None:
        settled["FLOWER_BASIC_AUTH"] = settings.flower.basic_auth.reveal()
    return allowed | settled
