"""OpenClaw's command line, installed into a cache of its own with the Node it needs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

#: The version whose wire was recorded.
VERSION = "2026.9.6"
NODE = "node@24"
INSTALL_SECONDS, CALL_SECONDS = 900, 120


class NotInstallable(Exception):
    """There is no npm, or it cannot reach what it needs."""


def cache_folder() -> Path:
    """Where it is kept between runs; never in the repository."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "openclaw-celery" / f"conformance-{VERSION}"


def install() -> Path:
    """The folder with both, installed if need be. Raises NotInstallable."""
    folder = cache_folder()
    if (folder / "complete").exists():
        return folder
    npm = shutil.which("npm")
    if npm is None:
        raise NotInstallable("npm is needed to install OpenClaw's command line")
    folder.mkdir(parents=True, exist_ok=True)
    node_first = {**os.environ, "PATH": f"{folder}/node_modules/node/bin:{os.environ['PATH']}"}
    for package, environment in ((NODE, dict(os.environ)), (f"openclaw@{VERSION}", node_first)):
        done = subprocess.run(
            [npm, "install", "--prefix", str(folder), "--no-audit", "--no-fund", package],
            env=environment, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False,
        )  # fmt: skip
        if done.returncode:
            raise NotInstallable(f"npm cannot install {package}: {done.stderr.strip()[-800:]}")
    (folder / "complete").touch()
    return folder


@dataclass(frozen=True)
class CommandLine:
    """The command line with a home of its own, pointed at a gateway."""

    folder: Path
    home: Path
    url: str
    token: str

    def __post_init__(self) -> None:
        state = self.home / ".openclaw"
        state.mkdir(parents=True)
        remote = {"gateway": {"mode": "remote", "remote": {"url": self.url, "token": self.token}}}
        (state / "openclaw.json").write_text(json.dumps(remote))

    def run(self, arguments: list[str]) -> subprocess.CompletedProcess[str]:
        binaries = self.folder / "node_modules"
        environment = {
            "PATH": f"{binaries}/node/bin:/usr/bin:/bin",
            "HOME": str(self.home),
            "OPENCLAW_GATEWAY_TOKEN": self.token,
            "NO_COLOR": "1",
        }
        return subprocess.run(
            [str(binaries / ".bin" / "openclaw"), *arguments],
            env=environment, capture_output=True, text=True, timeout=CALL_SECONDS, check=False,
        )  # fmt: skip
