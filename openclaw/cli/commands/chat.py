"""``openclaw chat``: a conversation at the terminal."""

from __future__ import annotations

import contextlib
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import click

from openclaw.cli.options import client_options, environment, gateway
from openclaw.cli.rpc import WRITE, ConnectionLost, GatewayClient
from openclaw.cli.turn import Turn, scopes_for, text_of
from openclaw.domain.chat_commands import Command, listed_commands, read_command
from openclaw.errors import OpenClawError, Unavailable
from openclaw.settings.client import GatewayAddress

_HISTORY_LINES = 1000
#: How long a restarting gateway is waited for in the middle of an answer.
_RECONNECT_SECONDS = 30.0
#: Acted on here; the others go to the gateway as they are.
_OWN = {"help": "This", "stop": "Stop the running answer (Ctrl-C does too)", "quit": "Leave (Ctrl-D does too)"}


@click.command("chat")
@click.option("--session", metavar="KEY", default="main", show_default=True, help="The session.")
@click.option("--agent", metavar="ID", help="The agent; default: the default one.")
@click.option("--timeout", type=click.FloatRange(1), default=600.0, show_default=True, help="Seconds per answer.")
@client_options
def command(session: str, agent: str | None, timeout: float, url: str | None, token: str | None) -> None:
    """Talk with an agent; answers appear as they are written."""
    place = environment()
    key = f"agent:{agent}:{session}" if agent and not session.startswith("agent:") else session
    address = gateway(url, token)
    conversation = Conversation(address, key, timeout)
    with contextlib.closing(conversation), _history(place.home / "chat_history"):
        conversation.connect()
        click.echo(f"{click.style(key, bold=True)} at {address.url}; /help for commands")
        while conversation.turn(_ask()):
            pass


class Conversation:
    """A session and the connection to it, which is opened anew when it was lost between two lines."""

    def __init__(self, address: GatewayAddress, session_key: str, timeout: float) -> None:
        self._address = address
        self._session_key = session_key
        self._timeout = timeout
        self._client: GatewayClient | None = None
        self._scopes: tuple[str, ...] = WRITE

    def connect(self) -> GatewayClient:
        """The connection, opened if need be."""
        if self._client is None:
            self._client = GatewayClient(self._address, scopes=self._scopes)
        return self._client

    def close(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    def turn(self, line: str | None) -> bool:
        """Act on one line; false to leave."""
        if line is None or line.strip() in ("/quit", "/exit"):
            return False
        text = line.strip()
        if text == "/help":
            click.echo("\n".join(f"/{name:<10} {text}" for name, text in _offered().items()))
        elif text:
            try:
                self._abort(None) if read_command(text) == Command("stop") else self._say(text)
            except OpenClawError as error:
                self.close()
                click.echo(click.style(f"error: {error}", fg="red"), err=True)
        return True

    def _say(self, text: str) -> None:
        scopes = scopes_for(text)
        if scopes != self._scopes:
            self.close()
            self._scopes = scopes
        run_id = str(uuid.uuid4())
        started = self._send(text, run_id)
        turn = Turn(str(started.get("runId") or run_id), lambda part: click.echo(part, nl=False))
        while True:
            try:
                self._follow(turn)
                break
            except KeyboardInterrupt:
                self._abort(turn.run_id)
            except ConnectionLost:
                if self._take_up(turn, text, run_id):
                    break
        click.echo()
        if turn.ending in ("error", "aborted"):
            click.echo(click.style(f"[{turn.ending}] {turn.error}", fg="yellow"), err=True)

    def _send(self, text: str, run_id: str) -> dict[str, object]:
        params = {"sessionKey": self._session_key, "message": text, "idempotencyKey": run_id}
        try:
            return dict(self.connect().call("chat.send", params))
        except ConnectionLost:
            # Idle connections are closed by proxies and restarts; the idempotency key makes asking twice safe.
            self.close()
            return dict(self.connect().call("chat.send", params))

    def _take_up(self, turn: Turn, text: str, run_id: str) -> bool:
        """Go on after a lost connection; true when the answer had ended meanwhile."""
        self.close()
        self._reconnect()
        if self._send(text, run_id).get("status") == "started":
            return False
        history = self.connect().call("chat.history", {"sessionKey": self._session_key, "limit": 10})
        answers = [m for m in history.get("messages", []) if m.get("role") == "assistant"]
        if answers:
            turn.show(text_of(answers[-1]))
        turn.ending = "final"
        return True

    def _reconnect(self) -> None:
        deadline = time.monotonic() + _RECONNECT_SECONDS
        while True:
            try:
                self.connect()
                return
            except Unavailable:
                if time.monotonic() > deadline:
                    raise
                time.sleep(1)

    def _follow(self, turn: Turn) -> None:
        for frame in self.connect().frames(timeout=self._timeout):
            if turn.take(frame):
                return
        turn.ending, turn.error = "error", f"no answer within {self._timeout:g} s"

    def _abort(self, run_id: str | None) -> None:
        params = {"sessionKey": self._session_key} | ({"runId": run_id} if run_id else {})
        answer = self.connect().call("chat.abort", params)
        if run_id is None:
            click.echo("stopped" if answer.get("aborted") else "nothing is running")


def _offered() -> dict[str, str]:
    """What may be written besides words: names without the slash, and what each does."""
    return {command.name: command.description for command in listed_commands()} | _OWN


def completion(text: str, state: int) -> str | None:
    """The ``state``-th command that goes on as ``text`` does, as readline asks for it."""
    fitting = [f"/{name} " for name in sorted(_offered()) if f"/{name}".startswith(text) and text.startswith("/")]
    return fitting[state] if state < len(fitting) else None


def _ask() -> str | None:
    """A line from the person; ``None`` at the end. Ctrl-C at the prompt drops the line."""
    while True:
        try:
            return input("> ")
        except EOFError:
            return None
        except KeyboardInterrupt:
            click.echo()


@contextlib.contextmanager
def _history(path: Path) -> Iterator[None]:
    """Arrow keys, a history that lasts and the names of commands, where Python was built with readline."""
    try:
        import readline
    except ImportError:
        yield
        return
    with contextlib.suppress(FileNotFoundError):
        readline.read_history_file(path)
    readline.set_history_length(_HISTORY_LINES)
    readline.set_completer_delims(" \n")
    readline.set_completer(completion)
    libedit = "libedit" in (readline.__doc__ or "")
    readline.parse_and_bind("bind ^I rl_complete" if libedit else "tab: complete")
    try:
        yield
    finally:
        if path.parent.is_dir():
            path.touch(mode=0o600)
            readline.write_history_file(path)
