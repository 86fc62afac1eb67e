from __future__ import annotations

import dataclasses
import os
import sys
from pathlib import Path

import pytest

from openclaw.cli.child_environment import child_environment
from openclaw.cli.part_commands import beat_argv, flower_argv, gateway_argv, worker_argv
from openclaw.cli.recipe import Wishes, basis, stack_parts
from openclaw.settings.load import load_settings
from openclaw.settings.sections.browser import BrowserSection


@pytest.fixture
def settings(tmp_path):
    home = tmp_path / ".openclaw"
    home.mkdir()
    (home / "config.toml").write_text('[agents.main]\n[agents.painter]\nqueue = "gpu"\n[gateway]\nhost = "0.0.0.0"\n')
    return load_settings({"HOME": str(tmp_path)}, cwd=tmp_path)


def test_the_parts_are_started_the_celery_and_flask_way(settings):
    assert gateway_argv() == [sys.executable, "-m", "gunicorn", "-c", "python:web.gunicorn_conf", "web:create_app()"]
    worker = worker_argv(settings)
    assert worker[1:6] == ["-m", "celery", "-A", "workers", "worker"]
    assert "--queues=agent.main,agent.subagent,agent.cron,gpu,replies,media,maintenance" in worker
    assert {"--pool=threads", "--concurrency=64"} < set(worker)
    assert f"--schedule={settings.run_dir}/beat-schedule" in beat_argv(settings)
    assert "--address=127.0.0.1" in flower_argv(settings)


def test_a_worker_can_serve_some_queues_only(settings):
    worker = worker_argv(settings, queues=["gpu"], concurrency=2, pool="prefork", name="w9")
    assert {"--queues=gpu", "--concurrency=2", "--pool=prefork", "--hostname=w9@%h"} < set(worker)


def test_one_machine_has_one_of_each_and_as_many_workers_as_wished(settings):
    names = [part.name for part in stack_parts(settings, Wishes(workers=3, flower=True))]
    assert names == ["gateway", "worker", "worker-2", "worker-3", "connector", "beat", "flower"]
    assert "flower" not in [part.name for part in stack_parts(settings, Wishes())]
    gateway = stack_parts(settings, Wishes())[0]
    assert gateway.ready_url == "http://127.0.0.1:18789/readyz"


def test_the_browser_has_a_worker_of_its_own(settings):
    enabled = dataclasses.replace(settings, browser=BrowserSection(enabled=True))
    (browser,) = [part for part in stack_parts(enabled, Wishes()) if part.name == "browser"]
    assert {"--queues=browser", "--pool=threads", "--hostname=browser@%h"} < set(browser.argv)
    assert "browser" not in [part.name for part in stack_parts(settings, Wishes())]


def test_the_command_line_stands_above_the_settings(settings):
    wished = Wishes(port=4000, concurrency=3, flower=True).over(settings)
    environment = child_environment({}, wished, "unix:///r")
    assert (environment["OPENCLAW_GATEWAY_PORT"], environment["OPENCLAW_WORKER_CONCURRENCY"]) == ("4000", "3")
    assert environment["OPENCLAW_TASK_EVENTS"] == "1"
    assert "--concurrency=3" in worker_argv(wished)


@pytest.mark.parametrize(
    ("text", "outdated"),
    [
        ("[gateway]\nport = 4000", {"gateway"}),
        ("[worker]\nconcurrency = 3", {"worker"}),
        ("[flower]\nport = 4000", {"flower"}),
        ('[redis]\nurl = "redis://r"', {"gateway", "worker", "connector", "beat", "flower"}),
        ('[log]\nlevel = "DEBUG"\n[supervisor]\nmax_restart_seconds = 9', set()),
    ],
)
def test_a_part_is_out_of_date_when_a_key_differs_that_it_cannot_follow(settings, text, outdated):
    settings.config_path.write_text(text)
    other = load_settings({"HOME": str(settings.home.parent)}, cwd=settings.home)
    settings.config_path.write_text("")
    plain = load_settings({"HOME": str(settings.home.parent)}, cwd=settings.home)
    kinds = ("gateway", "worker", "connector", "beat", "flower")
    assert {kind for kind in kinds if basis(kind, other.file) != basis(kind, plain.file)} == outdated


def test_relative_search_paths_keep_their_meaning_in_the_parts(settings):
    environment = child_environment({"PYTHONPATH": f".{os.pathsep}/x"}, settings, "unix:///r")
    assert environment["PYTHONPATH"] == f"{Path.cwd()}{os.pathsep}/x"
