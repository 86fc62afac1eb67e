"""`make` installs once per content of setup.cfg and setup.py, and says what is wrong where it cannot."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

#: Answers for an interpreter: which checks it passes, and a virtual environment whose python writes its calls down.
PYTHON = """\
#!/bin/sh
case "$*" in
  *version_info*) exit {version_status} ;;
  *ensurepip*) exit {ensurepip_status} ;;
  "-m venv --clear "*) mkdir -p "$4/bin" && cp "$0" "$4/bin/python" ;;
  *"pip install"*) echo "$*" >>calls; exit {pip_status} ;;
esac
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The files that `make install` looks at."""
    folder = tmp_path / "checkout"
    (folder / "config").mkdir(parents=True)
    for name in ("Makefile", "setup.cfg", "setup.py", "config/venv.sh", "config/constraints.txt"):
        shutil.copy(ROOT / name, folder / name)
    return folder


def plan(checkout: Path, *arguments: str) -> str:
    """What make would do."""
    command = ["make", "--dry-run", *arguments]
    environ = {k: v for k, v in os.environ.items() if k not in {"MAKEFLAGS", "MFLAGS", "MAKELEVEL"}}
    done = subprocess.run(command, cwd=checkout, env=environ, capture_output=True, text=True, check=True, timeout=60)
    return done.stdout


def install(checkout: Path, *, version: int = 0, ensurepip: int = 0, pip: int = 0) -> subprocess.CompletedProcess[str]:
    """Run `make install` with one interpreter on the path, which passes or fails the checks as told."""
    tools = checkout / "tools"
    tools.mkdir(exist_ok=True)
    for name in ("make", "sh", "cat", "cksum", "tr", "rm", "cp", "mkdir", "touch", "flock"):
        found = shutil.which(name)
        if found and not (tools / name).exists():
            (tools / name).symlink_to(found)
    python = tools / "python3"
    python.write_text(PYTHON.format(version_status=version, ensurepip_status=ensurepip, pip_status=pip))
    python.chmod(0o755)
    environ = {"PATH": str(tools), "HOME": str(checkout)}
    return subprocess.run(
        ["make", "install"], cwd=checkout, env=environ, capture_output=True, text=True, check=False, timeout=60
    )


def installs(commands: str) -> bool:
    return "config/venv.sh" in commands


def test_up_on_a_fresh_clone_installs_first(checkout: Path) -> None:
    commands = plan(checkout, "up", "ARGS=--port 18800")
    assert commands.index("venv.sh .venv local") < commands.index(".venv/bin/openclaw up --port 18800")


def test_test_on_a_fresh_clone_installs_the_test_extras_once(checkout: Path) -> None:
    commands = plan(checkout, "test")
    assert commands.count("venv.sh") == 1
    assert commands.index("venv.sh .venv test") < commands.index("-m pytest")


def test_an_install_is_remembered_by_content_and_not_by_time(checkout: Path) -> None:
    assert install(checkout).returncode == 0
    assert not installs(plan(checkout, "up"))
    os.utime(checkout / "setup.cfg")
    assert not installs(plan(checkout, "up"))
    setup = checkout / "setup.cfg"
    before = setup.read_text()
    setup.write_text(before.replace("click>=8.5", "click>=8.6"))
    assert installs(plan(checkout, "up"))
    setup.write_text(before)
    assert not installs(plan(checkout, "up"))
    (checkout / "setup.py").write_text("from setuptools import setup\n\nsetup(  )\n")
    assert installs(plan(checkout, "up"))


def test_the_test_extras_are_an_install_of_their_own_that_includes_the_local_one(checkout: Path) -> None:
    assert install(checkout).returncode == 0
    assert installs(plan(checkout, "test"))
    for stamp in plan(checkout, "test").splitlines()[0].split()[-2:]:
        (checkout / stamp).touch()
    assert not installs(plan(checkout, "test"))
    assert not installs(plan(checkout, "up"))


def test_the_install_is_editable_and_constrained_and_quiet_on_stdout(checkout: Path) -> None:
    done = install(checkout)
    assert (done.returncode, done.stdout) == (0, "")
    assert "--constraint config/constraints.txt --editable .[local]" in (checkout / "calls").read_text()


def test_an_install_that_failed_is_done_again(checkout: Path) -> None:
    failed = install(checkout, pip=1)
    assert failed.returncode != 0
    assert "the install failed" in failed.stderr
    assert installs(plan(checkout, "install"))
    shutil.rmtree(checkout / ".venv")
    assert install(checkout).returncode == 0
    assert not installs(plan(checkout, "install"))


def test_a_python_that_is_too_old_is_named(checkout: Path) -> None:
    done = install(checkout, version=1)
    assert done.returncode != 0
    assert "Python 3.11 or newer is needed" in done.stderr
    assert "python3" in done.stderr


def test_a_python_without_ensurepip_names_the_package_to_install(checkout: Path) -> None:
    done = install(checkout, ensurepip=1)
    assert done.returncode != 0
    assert "apt install python3-venv" in done.stderr
    assert not (checkout / ".venv").exists()


def test_chaos_takes_its_length_and_seed(checkout: Path) -> None:
    commands = plan(checkout, "chaos", "SECONDS=120", "SEED=7")
    assert 'OPENCLAW_CHAOS_SECONDS="120" OPENCLAW_CHAOS_SEED="7"' in commands


@pytest.mark.parametrize("target", ["up", "install", "test", "check", "bench", "chaos", "spec"])
def test_every_promised_target_exists(checkout: Path, target: str) -> None:
    plan(checkout, target)
