"""IRC servers that others wrote, on this machine: ngIRCd and InspIRCd."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.waiting import wait_until

#: Debian has them where only root's PATH looks.
_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"
NGIRCD, INSPIRCD = shutil.which("ngircd", path=_PATH), shutil.which("inspircd", path=_PATH)

_NGIRCD_CONF = """
[Global]
Name = irc.test
Info = A server for tests
Listen = 127.0.0.1
Ports = {port}
MotdPhrase = Hello
Password = {password}
[Limits]
MaxConnectionsIP = 0
MaxNickLength = 20
MaxPenaltyTime = 0
[Options]
DNS = no
Ident = no
PAM = no
[SSL]
"""

_INSPIRCD_CONF = """
<server name="irc.test" description="A server for tests" network="Test" id="00A">
<admin name="nobody" nick="nobody" email="nobody@irc.test">
<bind address="127.0.0.1" port="{port}" type="clients">
<bind address="127.0.0.1" port="{tls_port}" type="clients" sslprofile="Clients">
<sslprofile name="Clients" provider="gnutls" certfile="{folder}/certificate.pem" keyfile="{folder}/key.pem">
<path configdir="{folder}" datadir="{folder}" logdir="{folder}" runtimedir="{folder}">
<connect name="strict" allow="*" port="{tls_port}" threshold="20" commandrate="20000" fakelag="no" localmax="100"
 globalmax="100" resolvehostnames="no" useident="no" timeout="30">
<connect name="main" allow="*" threshold="1000" commandrate="100000" fakelag="no" localmax="100"
 globalmax="100" resolvehostnames="no" useident="no" timeout="30">
<module name="ssl_gnutls">
<module name="cap">
<module name="ircv3">
<module name="ircv3_servertime">
<module name="ircv3_msgid">
<module name="ircv3_ctctags">
<module name="ircv3_accounttag">
<module name="services_account">
<module name="botmode">
<dns server="127.0.0.1" timeout="1">
<files motd="">
"""


def running_ngircd(port: int, *, password: str = "") -> contextlib.AbstractContextManager[None]:
    """Run ngIRCd, which makes nobody wait."""
    conf = _NGIRCD_CONF.format(port=port, password=password)
    return _running([str(NGIRCD), "-n", "-f"], conf, port, {})


def running_inspircd(
    port: int, tls_port: int, certificate: bytes, key: bytes
) -> contextlib.AbstractContextManager[None]:
    """Run InspIRCd with and without TLS. With TLS, who sends 20 lines a second for a while is cut off."""
    root = ["--runasroot"] if os.geteuid() == 0 else []
    command = [str(INSPIRCD), *root, "--nofork", "--nopid", "--nolog", "--config"]
    files = {"certificate.pem": certificate, "key.pem": key}
    return _running(command, _INSPIRCD_CONF.replace("{tls_port}", str(tls_port)), port, files)


@contextlib.contextmanager
def _running(command: list[str], conf: str, port: int, files: dict[str, bytes]) -> Iterator[None]:
    folder = Path(tempfile.mkdtemp(prefix="oc-irc-", dir="/tmp"))
    for name, content in files.items():
        (folder / name).write_bytes(content)
    (folder / "conf").write_text(conf.replace("{port}", str(port)).replace("{folder}", str(folder)))
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*command, str(folder / "conf")], stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder
        )
    try:
        wait_until(lambda: _listens(port, process, folder), what="the IRC server listens")
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _listens(port: int, process: subprocess.Popen[bytes], folder: Path) -> bool:
    assert process.poll() is None, (folder / "log").read_text(errors="replace")
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 5):
        return True
    return False
