"""A wheel built from a copy of the checkout, and a virtual environment that has nothing of the checkout but that wheel."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
#: What a checkout holds that a build could pick up by mistake is copied as well.
SOURCES = ("openclaw", "web", "workers", "config", "deploy", "tests", "docs")
FILES = ("setup.cfg", "setup.py", "README.md", "LICENSE")


@dataclass(frozen=True, slots=True)
class Installation:
    """A virtual environment outside the checkout."""

    bin: Path
    folder: Path

    @property
    def environ(self) -> dict[str, str]:
        """An environment that leads to this installation only."""
        return {
            "PATH": f"{self.bin}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self.folder),
            "OPENCLAW_HOME": str(self.folder / "oc"),
            "LANG": "C.UTF-8",
            "PYTHONUNBUFFERED": "1",
        }

    def run(self, *command: str, timeout: float = 60, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run one of its programs, away from the checkout."""
        return subprocess.run(
            [self.bin / command[0], *command[1:]],
            cwd=self.folder,
            env=self.environ | environ,
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout,
        )


def _pip(*arguments: str | Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pip", *arguments], cwd="/", capture_output=True, text=True, check=False, timeout=110
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built without the network."""
    checkout = tmp_path_factory.mktemp("checkout")
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, checkout / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        shutil.copy(ROOT / name, checkout / name)
    target = tmp_path_factory.mktemp("wheel")
    _pip("wheel", "--quiet", "--no-deps", "--no-index", "--no-build-isolation", "--wheel-dir", target, checkout)
    (built,) = target.glob("*.whl")
    return built


@pytest.fixture(scope="session")
def installation(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The wheel installed; its dependencies are the ones installed here already.

    A path file adds this environment's packages. Path files inside that folder are not read, the editable install of
    the checkout among them, so that only the wheel can provide ``openclaw``.
    """
    folder = tmp_path_factory.mktemp("installed")
    environment = folder / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True, timeout=60)
    (site_packages,) = environment.glob("lib/python3*/site-packages")
    (site_packages / "dependencies.pth").write_text(f"{sysconfig.get_paths()['purelib']}\n")
    _pip("--python", environment / "bin" / "python", "install", "--quiet", "--no-deps", "--no-index", wheel)
    return Installation(environment / "bin", folder)
