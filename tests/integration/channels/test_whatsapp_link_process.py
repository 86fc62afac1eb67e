"""The real link process with the real library. It reaches no network here: what can be seen is how it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from openclaw.channels.whatsapp.link_child import OWN_PROGRAM
from openclaw.channels.whatsapp.manifest import WhatsAppPlugin
from openclaw.errors import ChannelUnreachable, ConfigError
from openclaw.ports.channel import AccountPlace
from tests.connections import HeldConnection, ListInbox
from tests.waiting import wait_until

#: A proxy that nothing listens at: the library must not reach WhatsApp, wherever these tests run.
NO_NETWORK = {**os.environ, "HTTPS_PROXY": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9"}


def start_line(folder: Path) -> bytes:
    start: dict[str, Any] = {
        "op": "start",
        "session": str(folder / "session.sqlite3"),
        "files": str(folder),
        "journal": str(folder),
    }
    return json.dumps(start | {"device": "OpenClaw", "max_download_bytes": 1000}).encode() + b"\n"


@pytest.mark.spec("C2")
def test_without_a_network_the_process_says_so_and_ends(tmp_path):
    process = subprocess.Popen(
        OWN_PROGRAM, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=NO_NETWORK
    )
    with process:
        process.stdin.write(start_line(tmp_path))
        process.stdin.flush()
        said = [json.loads(line) for line in process.stdout]
    assert process.returncode == 0
    assert [each["event"] for each in said] == ["ended"]
    assert said[0]["kind"] == "unreachable"
    assert not said[0]["logged_out"]
    assert (tmp_path / "session.sqlite3").stat().st_mode & 0o777 == 0o600


def test_the_process_ends_with_its_stdin(tmp_path):
    del tmp_path
    process = subprocess.Popen(OWN_PROGRAM, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    with process:
        out, _ = process.communicate(b"", timeout=60)
    assert (process.returncode, out) == (0, b"")


#: Starts a link process that waits for its first line, says its id and dies.
PARENT = """
import os, signal, subprocess, sys
read, write = os.pipe()
child = subprocess.Popen(sys.argv[1:], stdin=read, stdout=subprocess.PIPE)
child.stdout.readline()
print(child.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
#: The same program, which says when it is bound to its parent; its stdin stays open elsewhere.
BOUND = """
import time
from openclaw.channels.whatsapp import link_process
link_process._die_with_parent()
print("bound", flush=True)
time.sleep(60)
"""


WITHOUT = """
import runpy, sys
sys.modules.update(dict.fromkeys(sys.argv[1:]))
runpy.run_module("openclaw.channels.whatsapp.link_process", run_name="__main__")
"""


@pytest.mark.parametrize(
    ("missing", "kind", "words"), [("neonize", "rejected", "neonize"), ("magic", "unreachable", "")]
)
def test_without_its_library_the_process_says_so_and_libmagic_is_not_needed(tmp_path, missing, kind, words):
    process = subprocess.Popen(
        [sys.executable, "-c", WITHOUT, missing],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=NO_NETWORK,
    )
    with process:
        process.stdin.write(start_line(tmp_path))
        process.stdin.flush()
        (said,) = [json.loads(line) for line in process.stdout]
    assert (said["event"], said["kind"]) == ("ended", kind)
    assert words in said["message"]


def test_an_account_without_the_library_names_the_extra_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "neonize", None)
    with pytest.raises(ConfigError, match=r"openclaw-celery\[whatsapp\]"):
        WhatsAppPlugin().open_account("phone", {"mode": "link"}, AccountPlace(tmp_path))


@pytest.mark.skipif(sys.platform != "linux", reason="prctl is Linux")
def test_the_process_dies_with_its_parent_though_its_stdin_stays_open():
    result = subprocess.run(
        [sys.executable, "-c", PARENT, sys.executable, "-c", BOUND], capture_output=True, timeout=60, check=False
    )
    assert result.returncode == -signal.SIGKILL
    child = int(result.stdout)
    wait_until(lambda: not _runs(child))


def test_an_account_ends_with_a_clear_error_when_whatsapp_cannot_be_reached(tmp_path, monkeypatch):
    for name in ("HTTPS_PROXY", "HTTP_PROXY"):
        monkeypatch.setenv(name, NO_NETWORK[name])
    account = WhatsAppPlugin().open_account("default", {"mode": "link"}, AccountPlace(tmp_path / "account"))
    with HeldConnection(account, ListInbox()) as connection:
        connection.join()
    assert isinstance(connection.error, ChannelUnreachable)
    assert "web.whatsapp.com" in str(connection.error) or "127.0.0.1:9" in str(connection.error)


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in ("Z", "X")
    except OSError:
        return False
