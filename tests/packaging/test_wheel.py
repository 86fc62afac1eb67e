"""What is installed is complete without the checkout: an editable install hides a file that the wheel left out."""

from __future__ import annotations

import queue
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.packaging.conftest import Installation
from tests.stack import free_port

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("openclaw", "web", "workers")
_READY = re.compile(r"ready url=(?P<url>\S+) token=(?P<token>\S+)")


def source_files() -> set[str]:
    """Every file of our packages in the checkout."""
    found = (path for package in PACKAGES for path in (ROOT / package).rglob("*"))
    return {
        str(path.relative_to(ROOT))
        for path in found
        if path.is_file() and "__pycache__" not in path.relative_to(ROOT).parts
    }


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_holds_every_file_of_the_packages(names: set[str]) -> None:
    assert source_files() - names == set()


@pytest.mark.parametrize(
    "kind",
    [r"openclaw/coordination/lua/.+\.lua", r"openclaw/store/migrations/versions/.+\.py", r"web/console/.+\.html"],
)
def test_the_wheel_holds_scripts_migrations_and_the_console(names: set[str], kind: str) -> None:
    assert [name for name in names if re.fullmatch(kind, name)]


def test_the_wheel_holds_nothing_else(names: set[str]) -> None:
    top = {name.split("/")[0] for name in names}
    assert {name for name in top if not name.endswith(".dist-info")} == set(PACKAGES)


def test_the_installed_command_tells_its_version(installation: Installation) -> None:
    done = installation.run("openclaw", "--version")
    assert done.returncode == 0, done.stderr
    assert re.search(r"\d+\.\d+\.\d+", done.stdout)


def test_the_installed_code_is_the_wheels(installation: Installation) -> None:
    done = installation.run("python", "-c", "import openclaw, web, workers; print(openclaw.__file__)")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(installation.folder))


@dataclass(frozen=True, slots=True)
class Running:
    """A stack started by ``openclaw up``."""

    url: str
    token: str
    home: str


@pytest.fixture
def stack(installation: Installation) -> Iterator[Running]:
    # a short path: that of a unix socket below it may have 107 bytes
    home = tempfile.mkdtemp(prefix="oc-", dir="/tmp")
    log = installation.folder / "up.log"
    with log.open("w") as errors:
        process = subprocess.Popen(
            [installation.bin / "openclaw", "up", "--port", str(free_port())],
            cwd=installation.folder,
            env=installation.environ | {"OPENCLAW_HOME": home},
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    try:
        found = _READY.fullmatch(_first_line(process, 60).strip())
        assert found, log.read_text()
        yield Running(found["url"], found["token"], home)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(60)
        finally:
            process.kill()
            process.wait()
            if process.stdout:
                process.stdout.close()
            shutil.rmtree(home, ignore_errors=True)
    assert process.returncode == 0, log.read_text()


def _first_line(process: subprocess.Popen[str], timeout: float) -> str:
    """The first line of stdout, or nothing when it does not come within ``timeout`` seconds."""
    lines: queue.Queue[str] = queue.Queue()
    assert process.stdout is not None
    threading.Thread(target=lambda stream: lines.put(stream.readline()), args=[process.stdout], daemon=True).start()
    try:
        return lines.get(timeout=timeout)
    except queue.Empty:
        return ""


@pytest.mark.e2e
@pytest.mark.spec("J1")
def test_the_installed_stack_comes_up_and_answers(installation: Installation, stack: Running) -> None:
    done = installation.run(
        *("openclaw", "agent", "--message", "hello", "--url", stack.url, "--token", stack.token),
        OPENCLAW_HOME=stack.home,
    )
    assert done.returncode == 0, done.stderr
    assert "hello" in done.stdout
