"""Where an edit of the configuration goes: to a gateway that runs, else to the file and the database of this machine.

A gateway knows its own environment, checks by it and follows at once. One that is not named by its address is taken
only when it works on this machine's config file: a port may be somebody else's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

from openclaw.cli.options import environment, gateway
from openclaw.cli.rpc import ADMIN, GatewayClient, GatewayRefused
from openclaw.errors import Unavailable
from openclaw.settings.client import GatewayAddress
from openclaw.settings.environment import Environment

#: A large configuration takes a while to be checked.
EDIT_SECONDS = 60.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Newest:
    """What an edit starts from. A gateway's ``tree`` hides its credentials; they may be sent back so."""

    tree: Mapping[str, Any] = field(repr=False)
    text: str = field(repr=False)
    hash: str | None
    #: Why an edit of the file is not in force.
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """An edit that was made."""

    version: int
    hash: str
    changes: list[dict[str, str]]
    restart_needed: list[str]
    warnings: list[dict[str, str]]
    #: Where it went and when it takes effect, in words.
    effect: str
    #: Whether there is a new text at all.
    saved: bool = True

    def to_json(self) -> dict[str, Any]:
        return {
            "version": self.version,
            "hash": self.hash,
            "changes": self.changes,
            "restartNeeded": self.restart_needed,
            "warnings": self.warnings,
        }


class ConfigTarget(Protocol):
    def newest(self) -> Newest: ...

    def patch(self, make: Callable[[Mapping[str, Any]], Mapping[str, Any]], *, note: str) -> Outcome:
        """Apply the merge-patch that ``make`` makes of the parsed configuration. Raises OpenClawError."""
        ...

    def replace(self, text: str, base: str | None, *, note: str) -> Outcome:
        """Put a whole text, made from the version ``base``, into force. Raises OpenClawError."""
        ...


@dataclass(frozen=True, slots=True)
class GatewayTarget:
    """A gateway. ``file`` is the config file when it is this machine's own."""

    address: GatewayAddress
    file: Path | None = None

    def newest(self) -> Newest:
        return self._ask(_newest)

    def patch(self, make: Callable[[Mapping[str, Any]], Mapping[str, Any]], *, note: str) -> Outcome:
        return self._ask(lambda client: self._patch(client, make, note))

    def replace(self, text: str, base: str | None, *, note: str) -> Outcome:
        return self._ask(lambda client: self._edit(client, "config.apply", {"raw": text, "note": note}, base))

    def own_text(self, newest: Newest) -> str:
        """The text to edit: on this machine with its credentials, and with an edit that is not in force yet."""
        if self.file is None or not self.file.exists():
            return newest.text
        from openclaw.settings.redacted_text import hide_in_text

        own = self.file.read_text(encoding="utf-8")
        # A copy that is old, or belongs to another host after all, is not what shall be edited.
        return own if newest.problem or hide_in_text(own) == newest.text else newest.text

    def _patch(
        self, client: GatewayClient, make: Callable[[Mapping[str, Any]], Mapping[str, Any]], note: str
    ) -> Outcome:
        import json

        from openclaw.settings.path_patch import touched_lists

        newest = _newest(client)
        if newest.problem and self.file is not None:
            # The file holds an edit that is not in force: this one is made on top of it, and may mend it.
            text = _patched(self.file, self.file.read_text(encoding="utf-8"), make)
            return self._edit(client, "config.apply", {"raw": text, "note": note}, newest.hash)
        wanted = make(newest.tree)
        params = {"raw": json.dumps(wanted), "note": note, "replacePaths": list(touched_lists(wanted, newest.tree))}
        return self._edit(client, "config.patch", params, newest.hash)

    def _edit(self, client: GatewayClient, method: str, params: dict[str, Any], base: str | None) -> Outcome:
        answer = client.call(method, params | ({"baseHash": base} if base else {}), timeout=EDIT_SECONDS)
        changes = [{"path": change["path"], "reload": change["reload"]} for change in answer["changes"]]
        effect = f"version {answer['version']} is in force; every process follows within two seconds"
        return Outcome(
            version=answer["version"],
            hash=answer["hash"],
            changes=changes,
            restart_needed=answer["restartNeeded"],
            warnings=answer.get("warnings", []),
            effect=effect,
            saved=answer["hash"] != base,
        )

    def _ask(self, ask: Callable[[GatewayClient], T]) -> T:
        # A connection per question: an editor may be open for an hour between two of them.
        with GatewayClient(self.address, scopes=ADMIN) as client:
            return ask(client)


@dataclass(frozen=True, slots=True)
class LocalTarget:
    """The file and the database of this machine."""

    environment: Environment

    def newest(self) -> Newest:
        import tomllib

        from openclaw.composition.local_config import local_config

        with local_config(self.environment) as local:
            snapshot, text = local.newest()
        try:
            tree = tomllib.loads(text)
        except tomllib.TOMLDecodeError:
            tree = {}
        return Newest(tree, text, snapshot.hash if snapshot.exists else None)

    def patch(self, make: Callable[[Mapping[str, Any]], Mapping[str, Any]], *, note: str) -> Outcome:
        newest = self.newest()
        return self.replace(_patched(self.environment.config_path, newest.text, make), newest.hash, note=note)

    def replace(self, text: str, base: str | None, *, note: str) -> Outcome:
        from openclaw.composition.local_config import local_config

        self.environment.config_path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with local_config(self.environment) as local:
            edit = local.editor.replace(text, base, source="cli", author=_user(), note=note)
            path = self.environment.config_path
            effect = f"{path} is written; `openclaw up` takes it up"
            if local.is_stored:
                effect = f"version {edit.version.id} is in force; what runs follows within two seconds"
        changes = [{"path": change.dotted, "reload": change.reload} for change in edit.changes]
        version = edit.version.id if local.is_stored else 0
        return Outcome(version, edit.hash, changes, list(edit.restart_needed), [], effect, edit.saved)

    def own_text(self, newest: Newest) -> str:
        return newest.text


def choose_target(url: str | None, token: str | None) -> GatewayTarget | LocalTarget:
    """The gateway that was named, else this machine's if it runs, else this machine's files. Raises OpenClawError."""
    place, address = environment(), gateway(url, token)
    if url or place.get("OPENCLAW_GATEWAY_URL"):
        return GatewayTarget(address)
    try:
        with GatewayClient(address, scopes=ADMIN) as client:
            path = client.call("config.get", {}, timeout=EDIT_SECONDS).get("path")
    except Unavailable:
        return LocalTarget(place)
    except GatewayRefused:
        if (place.run_dir / "gateway.json").exists():
            raise
        return LocalTarget(place)  # somebody else's gateway
    own = isinstance(path, str) and Path(path).resolve() == place.config_path.resolve()
    return GatewayTarget(address, place.config_path) if own else LocalTarget(place)


def _newest(client: GatewayClient) -> Newest:
    found = client.call("config.get", {}, timeout=EDIT_SECONDS)
    base = found["hash"] if found.get("exists") else None
    return Newest(found.get("parsed") or {}, found.get("raw") or "", base, found.get("problem") or "")


def _patched(path: Path, text: str, make: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> str:
    from openclaw.settings.editing import patched
    from openclaw.settings.toml_source import parse_toml

    return patched(path, text, make(parse_toml(path, text).tree), None)


def _user() -> str:
    from getpass import getuser

    try:
        return getuser()
    except (KeyError, OSError, ImportError):  # a container may have no name for its user
        return "cli"
