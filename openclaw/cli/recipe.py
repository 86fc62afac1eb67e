"""What a stack runs: its parts as command lines, their environment, and when a running part is out of date."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from openclaw.cli.child import Part
from openclaw.cli.part_commands import BROWSER_QUEUE, beat_argv, connector_argv, flower_argv, gateway_argv, worker_argv
from openclaw.settings.changes import keep_process_keys
from openclaw.settings.schema import ConfigFile, Settings

#: Sections whose keys a new process is needed for, and the one kind of part that reads them; all parts read the others.
_ONE_KIND = {"gateway": "gateway", "worker": "worker", "flower": "flower", "connector": "connector"}
#: The supervisor's own, which no restart of a part could apply.
_NO_PART = frozenset({"supervisor"})

#: Actions in browsers that wait side by side for their turn.
BROWSER_THREADS = 8


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the command line asks for beyond the config file."""

    workers: int = 1
    flower: bool = False
    as_json: bool = False
    port: int | None = None
    concurrency: int | None = None

    def over(self, settings: Settings) -> Settings:
        """The settings under these wishes."""
        worker = settings.worker
        if self.concurrency is not None:
            worker = dataclasses.replace(worker, concurrency=self.concurrency)
        if self.flower:
            worker = dataclasses.replace(worker, task_events=True)
        gateway = settings.gateway
        if self.port is not None:
            gateway = dataclasses.replace(gateway, port=self.port)
        return dataclasses.replace(settings, worker=worker, gateway=gateway)


@dataclass(frozen=True, slots=True)
class Recipe:
    """Parts, and the environment of all of them."""

    parts: Sequence[Part]
    environment: Mapping[str, str]

    def part(self, name: str) -> Part | None:
        return next((part for part in self.parts if part.name == name), None)


def stack_parts(settings: Settings, wishes: Wishes) -> list[Part]:
    """The parts of one machine."""
    names = ["worker", *(f"worker-{number}" for number in range(2, wishes.workers + 1))]
    ready_url = f"{settings.http_url}/readyz"
    parts = [
        Part("gateway", gateway_argv(), ready_url=ready_url, basis=basis("gateway", settings.file)),
        *(Part(name, worker_argv(settings, name=name), basis=basis("worker", settings.file)) for name in names),
        Part("connector", connector_argv(), basis=basis("connector", settings.file)),
        Part("beat", beat_argv(settings), basis=basis("beat", settings.file)),
    ]
    if settings.browser.enabled:
        # Threads, whatever the other workers are: a page belongs to one process.
        queues = [BROWSER_QUEUE]
        argv = worker_argv(settings, name="browser", queues=queues, pool="threads", concurrency=BROWSER_THREADS)
        parts.append(Part("browser", argv, basis=basis("worker", settings.file)))
    if wishes.flower:
        flower = Part("flower", flower_argv(settings), awaited=False, basis=basis("flower", settings.file))
        parts.append(flower)
    return parts


def basis(kind: str, config: ConfigFile) -> tuple[object, ...]:
    """What of a configuration a running part of this kind cannot follow."""
    fixed = keep_process_keys(config, ConfigFile())
    return tuple(
        getattr(fixed, section.name)
        for section in dataclasses.fields(fixed)
        if _ONE_KIND.get(section.name, kind) == kind and section.name not in _NO_PART
    )
