"""The environment the suite runs in: nothing of the user's, so that no test finds a key, a proxy or a state folder."""

from __future__ import annotations

import os
import re
from collections.abc import MutableMapping

#: Names that would change what OpenClaw, a vendor's SDK, Redis or PostgreSQL do.
FOREIGN = re.compile(
    r"""
      OPENCLAW_.*
    | (CELERY|FLOWER|FLASK|GUNICORN|WEB_CONCURRENCY).*
    | (ANTHROPIC|OPENAI|GEMINI|GOOGLE|AWS|AZURE|OLLAMA|MOONSHOT|TOGETHER|HF|HUGGINGFACE|CLOUDFLARE|QWEN|DASHSCOPE)_.*
    | (GITHUB|GH|COPILOT|TELEGRAM|SLACK|DISCORD|WHATSAPP|SIGNAL|GOOGLE_CHAT|MOCK)_.*
    | .*_API_KEY
    | .*_PROXY
    | (REDIS|DATABASE)_URL
    | PG(HOST|PORT|USER|PASSWORD|DATABASE|SERVICE|PASSFILE|SSL.*)
    | XDG_.*
    | OTEL_.*
    | NO_COLOR
    | FORCE_COLOR
    """,
    re.VERBOSE | re.IGNORECASE,
)


def scrub(environ: MutableMapping[str, str], home: str) -> None:
    """Take the user's settings out of an environment and give it an empty home folder."""
    for name in [name for name in environ if FOREIGN.fullmatch(name)]:
        del environ[name]
    environ["HOME"] = home
    environ["LANG"] = environ["LC_ALL"] = "C.UTF-8"


def strict_skips(environ: MutableMapping[str, str] = os.environ) -> bool:
    """Whether a skipped test counts as a failed one (``OPENCLAW_CI=1``)."""
    return environ.get("OPENCLAW_CI", "") not in {"", "0"}
