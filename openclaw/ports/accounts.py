"""What the cluster knows of its channel accounts: what operators wish, how far a source was read, who holds what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

#: channel and account id
AccountName = tuple[str, str]

#: ``waiting`` is between two attempts; ``refused`` waits for another section or an operator.
AccountState = Literal["connecting", "connected", "waiting", "refused", "stopped"]


@dataclass(frozen=True, slots=True)
class AccountWish:
    """What operators have said of an account; without a row it runs."""

    stopped: bool = False
    #: Unlink it where it is held, then stop.
    unlink: bool = False
    #: Rises with each ``start``: a refused account tries again.
    starts: int = 0


RUNNING = AccountWish()


class AccountStore(Protocol):
    """In SQL. Raises StoreUnavailable."""

    def wishes(self) -> Mapping[AccountName, AccountWish]:
        """Of all accounts of which something was said."""
        ...

    def start(self, name: AccountName, now_ms: int) -> None:
        """Let it run, and try at once."""
        ...

    def stop(self, name: AccountName, now_ms: int, *, unlink: bool = False) -> None:
        """Let it not run until it is started, whatever restarts meanwhile; unlink it first if so asked."""
        ...

    def unlinked(self, name: AccountName) -> None:
        """It was unlinked as asked for."""
        ...

    def cursor(self, name: AccountName) -> str:
        """How far its source was read; empty at first."""
        ...

    def move_cursor(self, name: AccountName, cursor: str, now_ms: int) -> None: ...


@dataclass(frozen=True, slots=True)
class AccountStatus:
    """How an account stands with whoever holds its connection. Times in ms; 0 for never."""

    state: AccountState
    #: Host and process that hold it.
    owner: str = ""
    #: Who it is on its platform.
    identity: str = ""
    since_ms: int = 0
    #: When the platform last answered: what liveness goes by.
    success_at_ms: int = 0
    inbound_at_ms: int = 0
    #: Attempts in a row that failed.
    failures: int = 0
    error: str = ""
    next_attempt_at_ms: int = 0
    #: What people scan or type to link it, and until when; empty when there is nothing to do.
    login: str = ""
    login_until_ms: int = 0


class AccountBoard(Protocol):
    """In Redis, with a TTL: what is lost there is written again within seconds. Raises RedisUnavailable."""

    def show(self, name: AccountName, status: AccountStatus) -> None: ...

    def look(self, names: Sequence[AccountName]) -> dict[AccountName, AccountStatus]:
        """Those of which something is known."""
        ...


@dataclass(frozen=True, slots=True)
class Errand:
    """What a process asks of whoever holds an account's connection; lost errands are asked again or not missed."""

    kind: Literal["deliver", "typing", "react", "look"]
    name: AccountName = ("", "")
    #: Of ``deliver``: whose replies are due.
    conversation: str = ""
    #: Of ``typing``: where, and to what.
    target: str = ""
    thread_id: str | None = None
    reply_to: str | None = None
    #: Of ``react``: the fields of a ``Reaction``.
    reaction: Mapping[str, Any] = field(default_factory=dict)


class ErrandBell(Protocol):
    def ring(self, errand: Errand) -> None:
        """Tell every connector; one that holds the account acts. Raises RedisUnavailable."""
        ...
