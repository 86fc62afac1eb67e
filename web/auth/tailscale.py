"""Asking the tailnet whose an address is, by the ``tailscale`` command. Without the command nobody is known."""

from __future__ import annotations

import ipaddress
import json
import logging
import shutil
import subprocess
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 3.0
#: An answer is believed for this long.
FRESH_SECONDS = 60.0
MAX_REMEMBERED = 1000


class TailscaleWhois:
    """``whois(address)`` is the login name, ``None`` when it is unknown. Thread-safe."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: OrderedDict[str, tuple[float, str | None]] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, address: str) -> str | None:
        try:
            address = str(ipaddress.ip_address(address))
        except ValueError:
            return None
        with self._lock:
            found = self._known.get(address)
        if found is not None and found[0] > self._clock():
            return found[1]
        login = _ask(address)
        with self._lock:
            self._known[address] = (self._clock() + FRESH_SECONDS, login)
            self._known.move_to_end(address)
            while len(self._known) > MAX_REMEMBERED:
                self._known.popitem(last=False)
        return login


def _ask(address: str) -> str | None:
    command = shutil.which("tailscale")
    if command is None:
        log.warning("a caller names a Tailscale user, and there is no tailscale command to check it with")
        return None
    try:
        answer = subprocess.run(  # noqa: S603 - an address that was parsed
            [command, "whois", "--json", address], capture_output=True, timeout=TIMEOUT_SECONDS, check=True
        )
        login = json.loads(answer.stdout)["UserProfile"]["LoginName"]
    except (OSError, subprocess.SubprocessError, ValueError, KeyError, TypeError) as error:
        log.warning("tailscale whois %s failed: %s", address, type(error).__name__)
        return None
    return login if isinstance(login, str) and login else None
