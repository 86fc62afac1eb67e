"""A model vendor's contract: one event model, one error taxonomy."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, runtime_checkable

from openclaw.domain.pricing import ModelPrice
from openclaw.domain.run import StopReason, Usage
from openclaw.domain.transcript import Message, ThinkingBlock, ToolCallBlock
from openclaw.ports.cancel import CancelToken
from openclaw.ports.secrets import Secret


@dataclass(frozen=True, slots=True)
class ModelRef:
    """``provider/model``; the model part may hold slashes."""

    provider: str
    model: str

    def __str__(self) -> str:
        return f"{self.provider}/{self.model}"

    @classmethod
    def parse(cls, text: str) -> ModelRef:
        """Raises ValueError without a slash."""
        provider, slash, model = text.partition("/")
        if not (provider and slash and model):
            raise ValueError(f"expected provider/model, got {text!r}")
        return cls(provider, model)


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model of the catalogue. Sizes in tokens."""

    id: str
    provider: str
    name: str = ""
    context_window: int = 200_000
    max_output_tokens: int = 8192
    reasoning: bool = False
    input_kinds: tuple[str, ...] = ("text",)
    #: ``None`` where no price is known.
    price: ModelPrice | None = None


#: The profile that a vendor's one ``api_key`` is, beside others.
DEFAULT_PROFILE = "default"


@dataclass(frozen=True, slots=True)
class AuthProfile:
    """One of several credentials with a vendor."""

    name: str
    api_key: Secret | None = None
    #: ``api_key``, or ``oauth`` for the token of a login.
    kind: str = "api_key"
    #: Where it is asked with, if the vendor named a host for this account.
    base_url: str = ""
    #: Whether somebody has said where it stands among the others.
    placed: bool = False


@dataclass(frozen=True, slots=True)
class ProviderConfig:
    """One section ``[models.providers.<id>]``, validated. ``api`` picks the adapter."""

    id: str
    api: str
    base_url: str = ""
    api_key: Secret | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    models: tuple[ModelInfo, ...] = ()
    #: In the order in which they are tried; empty where there is but the one ``api_key``.
    profiles: tuple[AuthProfile, ...] = ()
    #: What one adapter alone knows of, such as a region.
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool as the model sees it; ``parameters`` is a JSON schema of type object."""

    name: str
    description: str
    parameters: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ToolChoice:
    """Whether the model may, must not or must call tools; a ``name`` narrows ``required`` to one of them."""

    mode: Literal["auto", "none", "required"] = "auto"
    name: str = ""
    #: Whether it may call several at once.
    parallel: bool = True


#: The model decides.
FREE_CHOICE = ToolChoice()


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """One model call. Timeouts in seconds."""

    model: str
    system: str
    messages: tuple[Message, ...]
    tools: tuple[ToolSpec, ...] = ()
    #: Counts only beside tools.
    tool_choice: ToolChoice = FREE_CHOICE
    max_output_tokens: int = 8192
    #: How much the model shall think: a level of ``domain.dials.THINKING``. Empty leaves it to the vendor, and so does
    #: every level for a model that is not ``reasoning``.
    thinking: str = ""
    connect_timeout_seconds: float = 10.0
    #: The longest silence between two pieces of the stream.
    idle_timeout_seconds: float = 60.0


@dataclass(frozen=True, slots=True)
class TextDelta:
    text: str


@dataclass(frozen=True, slots=True)
class ThinkingDelta:
    text: str


@dataclass(frozen=True, slots=True)
class ThinkingDone:
    block: ThinkingBlock


@dataclass(frozen=True, slots=True)
class ToolCallDone:
    """A complete tool call; broken arguments come as ``arguments=None`` with ``raw``."""

    call: ToolCallBlock


@dataclass(frozen=True, slots=True)
class UsageReport:
    """Usage so far; the last one of a call counts."""

    usage: Usage


@dataclass(frozen=True, slots=True)
class Stopped:
    """The last event of every complete stream. A stream that ends without it raises ProviderTimeout."""

    reason: StopReason


ModelEvent = TextDelta | ThinkingDelta | ThinkingDone | ToolCallDone | UsageReport | Stopped


class Provider(Protocol):
    """One configured vendor. Thread-safe; keeps its HTTP client for the life of the process."""

    def stream(self, request: ModelRequest, cancel: CancelToken) -> Iterator[ModelEvent]:
        """Yield events in the model's order, ending with ``Stopped``.

        Raises one of the ProviderError classes, or RunAborted as soon as ``cancel`` is set (the HTTP stream is
        closed). Never retries: failover belongs to the caller.
        """
        ...

    def models(self) -> tuple[ModelInfo, ...]:
        """The models known without a network call."""
        ...

    def close(self) -> None: ...


class ProviderPlugin(Protocol):
    """A family of vendors that share a wire format, registered once."""

    @property
    def apis(self) -> tuple[str, ...]:
        """The values of ``api`` this adapter serves, e.g. ``openai-completions``."""
        ...

    def open(self, config: ProviderConfig) -> Provider:
        """Build a provider. Imports the vendor's SDK here and not before; makes no network call.

        Raises ConfigError naming the extra to install when the SDK is missing, or the key that is not set.
        """
        ...


@dataclass(frozen=True, slots=True)
class ListedModel:
    """A model as its vendor's own list has it; ``None`` for what that does not say. Sizes in tokens."""

    id: str
    name: str = ""
    context_window: int | None = None
    max_output_tokens: int | None = None
    reasoning: bool | None = None
    input_kinds: tuple[str, ...] | None = None


@runtime_checkable
class Lister(Protocol):
    """A provider whose vendor says which models it has."""

    def available(self, timeout_seconds: float) -> tuple[ListedModel, ...]:
        """Those that can be talked to, by name. Raises ProviderError."""
        ...


@dataclass(frozen=True, slots=True)
class Pulled:
    """How far a pull has come. Bytes; a total of 0 where it is not known."""

    status: str
    done: int = 0
    total: int = 0


@runtime_checkable
class Puller(Protocol):
    """A provider that fetches models to where it runs."""

    def pull(self, model: str) -> Iterator[Pulled]:
        """Fetch one. Raises ProviderError."""
        ...


@runtime_checkable
class Speaker(Protocol):
    """A provider that makes words into sound."""

    def speak(self, model: str, voice: str, words: str, *, opus: bool, timeout_seconds: float) -> bytes:
        """Opus in an Ogg file, or MP3. Raises ProviderError."""
        ...

    def close(self) -> None: ...


@runtime_checkable
class Painter(Protocol):
    """A provider that makes words into a picture."""

    def paint(self, model: str, prompt: str, size: str) -> bytes:
        """The picture; ``size``, such as ``1024x1024``, may be empty. Raises ProviderError."""
        ...

    def close(self) -> None: ...


@runtime_checkable
class Transcriber(Protocol):
    """A provider that writes down speech."""

    def transcribe(self, model: str, content: bytes, name: str, mime: str) -> str:
        """The words of a sound. Raises ProviderError."""
        ...

    def close(self) -> None: ...


def whole_answer(open_provider: Callable[[], Provider], request: ModelRequest) -> str:
    """What a model says to a request that nobody watches. Raises ProviderError."""
    with closing(open_provider()) as provider:
        return "".join(event.text for event in provider.stream(request, CancelToken()) if isinstance(event, TextDelta))
