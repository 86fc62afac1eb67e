"""``[gateway]``, ``[flower]``: where the stack listens and who may connect."""

# ruff: noqa: RUF009 - option() is dataclasses.field() with more to say
from __future__ import annotations

from dataclasses import dataclass

from openclaw.ports.secrets import Secret
from openclaw.settings.environment import DEFAULT_HOST
from openclaw.settings.option import option

AUTH_MODES = ("token", "password", "trusted-proxy", "none")


@dataclass(frozen=True, slots=True)
class AuthRateLimit:
    """``[gateway.auth.rate_limit]``"""

    max_failures: int = option(10, "Failed logins of one address within the window that lock it out.", minimum=1)
    window_seconds: float = option(60.0, "How long a failed login counts.", minimum=1)
    lock_seconds: float = option(300.0, "How long an address is locked out.", minimum=1)
    exempt_loopback: bool = option(True, "Whether this machine's own addresses are never locked out.")


@dataclass(frozen=True, slots=True)
class GatewayAuth:
    """``[gateway.auth]``"""

    mode: str = option(
        "token", "How clients prove themselves; `none` is for loopback addresses only.", one_of=AUTH_MODES
    )
    token: Secret | None = option(None, "The shared token.", default_says="generated once into `<home>/gateway.token`")
    password: Secret | None = option(None, 'The shared password, for `mode = "password"`.')
    trusted_proxies: tuple[str, ...] = option(
        (), "Addresses or networks whose `X-Forwarded-For` and user header are believed."
    )
    user_header: str = option("x-forwarded-user", 'Header that carries the user, for `mode = "trusted-proxy"`.')
    required_headers: tuple[str, ...] = option((), "Headers the trusted proxy must send, whatever they say.")
    allow_users: tuple[str, ...] = option((), "Users the trusted proxy may name; empty means all.")
    allow_real_ip: bool = option(False, "Whether a trusted proxy's `X-Real-IP` counts where it sends no other header.")
    allow_tailscale: bool = option(
        False,
        "Whether the user that Tailscale Serve names is let in; needs the `tailscale` command, which is asked whether "
        "it is so.",
    )
    rate_limit: AuthRateLimit = option(meaning="Failed logins.", factory=AuthRateLimit)


RELOAD_MODES = ("hybrid", "off")


@dataclass(frozen=True, slots=True)
class Reload:
    """``[gateway.reload]``"""

    mode: str = option(
        "hybrid",
        "`hybrid`: an edited file takes effect at once as far as that is possible. `off`: only what `config.*` "
        "methods and `openclaw config` write does.",
        one_of=RELOAD_MODES,
    )


#: Bytes of a request that carries a whole conversation.
_BODY_BYTES = 20_000_000


@dataclass(frozen=True, slots=True)
class ChatCompletions:
    """``[gateway.http.chat_completions]``"""

    enabled: bool = option(False, "Whether `POST /v1/chat/completions` is served.")
    max_body_bytes: int = option(_BODY_BYTES, "Largest request.", minimum=1024)


@dataclass(frozen=True, slots=True)
class Responses:
    """``[gateway.http.responses]``"""

    enabled: bool = option(False, "Whether `POST /v1/responses` is served.")
    max_body_bytes: int = option(_BODY_BYTES, "Largest request.", minimum=1024)


@dataclass(frozen=True, slots=True)
class HttpApi:
    """``[gateway.http]``"""

    chat_completions: ChatCompletions = option(
        meaning="OpenAI's Chat Completions; `/v1/models` and `/v1/embeddings` come with it.", factory=ChatCompletions
    )
    responses: Responses = option(
        meaning="OpenResponses; `/v1/models` and `/v1/embeddings` come with it.", factory=Responses
    )
    wait_seconds: float = option(
        900.0, "How long a request waits for its run, the time in the queue included.", minimum=1
    )
    embedding_model: str = option("", "`provider/model` behind `/v1/embeddings`.", form="model", default_says="none")
    embedding_seconds: float = option(60.0, "How long an embedding may take.", minimum=1)
    embedding_calls: int = option(
        8, "Embeddings that one gateway process asks for at a time.", minimum=1, reload="process"
    )


@dataclass(frozen=True, slots=True)
class GatewayTools:
    """``[gateway.tools]``"""

    allow: tuple[str, ...] = option(
        (),
        "Tools that `tools.invoke` may call although it does not by default, such as `cron`. What runs commands, "
        "changes files at will or starts agents stays out.",
    )
    deny: tuple[str, ...] = option((), "Tools that it may not call, names or patterns.")


@dataclass(frozen=True, slots=True)
class Gateway:
    """``[gateway]``"""

    host: str = option(DEFAULT_HOST, "Address to listen on.", reload="process")
    #: 0 stands for the profile's default port until the settings are assembled.
    port: int = option(
        0,
        "Port of WebSocket and HTTP.",
        reload="process",
        minimum=1,
        maximum=65535,
        default_says="18789; a profile's own: 18800 + crc32(name) mod 1000",
    )
    auth: GatewayAuth = option(meaning="Authentication.", factory=GatewayAuth)
    http: HttpApi = option(meaning="HTTP interfaces for other programs.", factory=HttpApi)
    reload: Reload = option(meaning="What an edited config file does while the gateway runs.", factory=Reload)
    tools: GatewayTools = option(meaning="Calling single tools over HTTP and WebSocket.", factory=GatewayTools)
    processes: int = option(1, "Gateway processes that share the port.", reload="process", minimum=1, maximum=64)
    threads: int = option(
        512, "Threads per process; each open WebSocket takes one.", reload="process", minimum=8, maximum=10000
    )
    handshake_seconds: float = option(
        10.0, "A connection without a valid `connect` by then is closed.", minimum=0.1, maximum=300
    )
    tick_ms: int = option(30_000, "Interval of the `tick` event.", minimum=100)
    max_payload_bytes: int = option(26_214_400, "Largest frame a client may send.", minimum=65_536)
    max_buffered_bytes: int = option(
        52_428_800, "A client with more than this unsent is too slow and is closed.", minimum=65_536
    )
    public_url: str = option("", "Address by which clients elsewhere reach the gateway, for setup codes.", form="url")
    allowed_origins: tuple[str, ...] = option((), "Browser origins that may connect besides the gateway's own.")


@dataclass(frozen=True, slots=True)
class Flower:
    """``[flower]``"""

    host: str = option(DEFAULT_HOST, "Address to listen on; keep it on loopback or behind a proxy.", reload="process")
    port: int = option(
        0,
        "Port of the dashboard.",
        reload="process",
        minimum=1,
        maximum=65535,
        default_says="5555; a profile's own: its gateway port - 13234",
    )
    basic_auth: Secret | None = option(None, "`user:password` the dashboard asks for.", reload="process")
    url_prefix: str = option("", "Path prefix when served behind a proxy.", reload="process")
