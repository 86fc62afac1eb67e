"""From a valid config file to settings: defaults that depend on the installation, vendors, agents and bindings.

Checks what no single section can: that models name a vendor, bindings an agent, and that an open address has a
lock. Everything wrong is gathered in ``problems``; the result counts only when that stays empty.
"""

from __future__ import annotations

import dataclasses
import ipaddress
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from openclaw.domain.context_guard import GuardLimits
from openclaw.domain.pricing import ModelPrice
from openclaw.domain.subagents import SubagentRules
from openclaw.domain.tool_policy import never_allowed
from openclaw.ports.provider import DEFAULT_PROFILE, AuthProfile, ModelInfo, ModelRef, ProviderConfig
from openclaw.ports.secrets import Secret
from openclaw.settings.budgets import check_budgets, read_budgets
from openclaw.settings.catalogue import known_model
from openclaw.settings.check_heartbeats import check_heartbeats
from openclaw.settings.check_hooks import check_hooks
from openclaw.settings.check_mcp import check_mcp
from openclaw.settings.check_memory import check_memory
from openclaw.settings.check_routing import (
    check_bindings,
    check_broadcast,
    check_session,
    read_binding,
    read_broadcast,
    read_session,
)
from openclaw.settings.check_skills import check_skills
from openclaw.settings.check_tools import check_tools
from openclaw.settings.check_vendor import check_vendor
from openclaw.settings.environment import DEFAULT_PORT, Environment
from openclaw.settings.file_schema import Problem, nearest
from openclaw.settings.home import read_token
from openclaw.settings.own_key import own_key
from openclaw.settings.read_messages import read_channels, read_messages
from openclaw.settings.schema import DEFAULTS, Agent, Agents, ConfigFile, Models, Settings
from openclaw.settings.search_engine import settle_search
from openclaw.settings.sections.gateway import Flower, Gateway
from openclaw.settings.sections.models import AgentSection, ModelSection, ProviderSection, ToolPolicy
from openclaw.settings.sections.skills import SkillsSection
from openclaw.settings.sections.tools import ToolsSection
from openclaw.settings.sections.tts import ELEVENLABS_URL, ELEVENLABS_VARIABLE, TtsSection
from openclaw.settings.vendor_defaults import BY_ID, DEMO, SCRIPT, VENDORS, Vendor

FIRST_AGENT = "main"
_FLOWER_PORT = 5555
#: Keys of a vendor's section that its adapter alone reads.
_OPTIONS = ("region", "profile", "login_url")
_AGENT_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


def assemble(config: ConfigFile, environment: Environment, named: frozenset[str], problems: list[Problem]) -> Settings:
    """Build the settings; what is wrong is appended to ``problems``."""
    gateway = _gateway(config.gateway, environment, problems)
    providers = {id_: _provider(id_, section, environment) for id_, section in config.models.providers.items()}
    for id_, section in config.models.providers.items():
        problems += _unknown_profiles(id_, section)
        problems += check_vendor(id_, section, providers[id_].api)
    for id_, provider in providers.items():
        if not provider.api:
            problems.append(Problem(("models", "providers", id_, "api"), "is missing"))
        problems += _missing_ids(id_, provider)
    for vendor in (*VENDORS, DEMO):
        if vendor.automatic and vendor.id not in providers and (not vendor.key_variables or _key(vendor, environment)):
            providers[vendor.id] = _provider(vendor.id, ProviderSection(), environment)
    agents = _agents(config.agents, environment, providers, problems)
    for alias, name in config.models.aliases.items():
        _check_provider(ModelRef.parse(name), providers, ("models", "aliases", alias), problems)
    if embedding_model := config.gateway.http.embedding_model:
        path = ("gateway", "http", "embedding_model")
        _check_provider(ModelRef.parse(embedding_model), providers, path, problems)
    problems += check_hooks(config.hooks, gateway, agents)
    problems += check_memory(config.memory, tuple(providers))
    problems += check_mcp(config.mcp)
    skills = _skills(config.skills, environment)
    problems += check_skills(skills, tuple(agent.workspace for agent in agents.by_id.values()))
    problems += check_heartbeats(config.agents)
    problems += check_budgets(config.budgets)
    problems += check_tools(config.tools, agents.by_id)
    problems += check_bindings(config.bindings, agents.by_id)
    problems += check_session(config.session)
    problems += check_broadcast(config.broadcast, agents.by_id)
    return Settings(
        home=environment.home,
        base_home=environment.base_home,
        profile=environment.profile,
        config_path=environment.config_path,
        database_url=config.database.url or Secret(f"sqlite:///{environment.home / 'openclaw.db'}"),
        redis=config.redis,
        gateway=gateway,
        flower=_flower(config.flower, gateway),
        lanes=config.lanes,
        worker=config.worker,
        supervisor=config.supervisor,
        outbox=config.outbox,
        connector=config.connector,
        runs=config.runs,
        models=Models(providers, {name.lower(): model for name, model in config.models.aliases.items()}),
        agents=agents,
        budgets=read_budgets(config.budgets),
        bindings=tuple(map(read_binding, config.bindings)),
        session=read_session(config.session),
        broadcast=read_broadcast(config.broadcast),
        messages=read_messages(config.messages),
        channels=read_channels(config.channels, problems),
        hooks=config.hooks,
        media=config.media,
        memory=config.memory,
        log=config.log,
        discovery=config.discovery,
        tools=_tools(config.tools, environment, problems),
        approvals=config.approvals,
        browser=config.browser,
        tts=_tts(config.tts, environment),
        mcp=config.mcp,
        skills=skills,
        file=config,
        ready_file=environment.ready_file,
        crash_points=environment.get("OPENCLAW_CRASH_POINTS") == "1",
        referenced_variables=named,
    )


def _gateway(section: Gateway, environment: Environment, problems: list[Problem]) -> Gateway:
    auth = section.auth
    if auth.mode == "none" and not _is_loopback(section.host):
        problems.append(
            Problem(("gateway", "auth", "mode"), f"none is for loopback addresses only, and host is {section.host}")
        )
    if auth.mode == "password" and not auth.password:
        problems.append(Problem(("gateway", "auth", "password"), 'is missing, and mode is "password"'))
    if auth.mode == "trusted-proxy" and not auth.trusted_proxies:
        problems.append(Problem(("gateway", "auth", "trusted_proxies"), 'is missing, and mode is "trusted-proxy"'))
    for index, network in enumerate(auth.trusted_proxies):
        try:
            ipaddress.ip_network(network, strict=False)
        except ValueError:
            problems.append(Problem(("gateway", "auth", "trusted_proxies", index), f"{network!r} is no network"))
    problems += [
        Problem(("gateway", "tools", "allow", index), f"{name!r} can never be called over the API")
        for index, name in enumerate(section.tools.allow)
        if never_allowed(name)
    ]
    if auth.token is None and (generated := read_token(environment.token_path)):
        auth = dataclasses.replace(auth, token=Secret(generated))
    return dataclasses.replace(section, port=section.port or environment.default_port, auth=auth)


def _flower(section: Flower, gateway: Gateway) -> Flower:
    return dataclasses.replace(section, port=section.port or _FLOWER_PORT + max(gateway.port - DEFAULT_PORT, 0) % 10000)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _key(vendor: Vendor, environment: Environment) -> str | None:
    return next((value for name in vendor.key_variables if (value := environment.get(name))), None)


def _provider(id_: str, section: ProviderSection, environment: Environment) -> ProviderConfig:
    """A vendor's section, completed from what is known of the vendor."""
    vendor = BY_ID.get(id_)
    key = section.api_key
    # A vendor's key goes to the vendor's own address only: another base_url must bring its own.
    if key is None and vendor and not section.base_url and (found := _key(vendor, environment)):
        key = Secret(found)
    models = tuple(_model_info(id_, model) for model in section.models) or (vendor.models if vendor else ())
    if section.replies and not section.models:
        models += (dataclasses.replace(SCRIPT, provider=id_),)
    return ProviderConfig(
        id=id_,
        api=section.api or (vendor.api if vendor else ""),
        base_url=section.base_url or _address(vendor, section),
        api_key=key,
        headers={**section.headers, **_gateway_headers(section)},
        models=models,
        profiles=_profiles(key, section),
        options=_options(section),
    )


def _options(section: ProviderSection) -> dict[str, str]:
    """What one adapter alone reads, as it reads it."""
    options = {name: value for name in _OPTIONS if (value := getattr(section, name))}
    if section.betas:
        options["betas"] = ",".join(section.betas)
    if section.replies:
        options["script"] = json.dumps([reply.to_json() for reply in section.replies])
    return options


def _profiles(key: Secret | None, section: ProviderSection) -> tuple[AuthProfile, ...]:
    """A vendor's credentials in their order; none where there is but the one."""
    if not section.profiles:
        return ()
    known = {name: profile.api_key for name, profile in section.profiles.items()}
    if key is not None:
        known = {DEFAULT_PROFILE: key, **known}
    placed = bool(section.profile_order)
    names = [name for name in section.profile_order or known if name in known]
    return tuple(AuthProfile(name, known[name], placed=placed) for name in names)


def is_profile_name(name: str) -> bool:
    """Whether a credential beside the section's own may be called so."""
    return bool(_AGENT_ID.fullmatch(name)) and name != DEFAULT_PROFILE


def _unknown_profiles(id_: str, section: ProviderSection) -> Iterator[Problem]:
    known = (DEFAULT_PROFILE, *section.profiles)
    for name in section.profiles:
        if not is_profile_name(name):
            path = ("models", "providers", id_, "profiles", name)
            yield Problem(path, "a profile's name is lower-case letters, digits, - and _, and not `default`")
    for index, name in enumerate(section.profile_order):
        if name not in known:
            close = nearest(name, known)
            advice = f'did you mean "{close}"?' if close else f"known: {', '.join(known)}"
            where: tuple[str | int, ...] = ("models", "providers", id_, "profile_order", index)
            yield Problem(where, f"there is no profile {name!r}; {advice}", close)


def _address(vendor: Vendor | None, section: ProviderSection) -> str:
    """The vendor's address; ids that are missing stay as the gaps they are."""
    base_url = vendor.base_url if vendor else ""
    for gap, value in (("{account}", section.account), ("{gateway}", section.gateway)):
        base_url = base_url.replace(gap, quote(value, safe="")) if value else base_url
    return base_url


def _missing_ids(id_: str, provider: ProviderConfig) -> Iterator[Problem]:
    for key in ("account", "gateway"):
        if f"{{{key}}}" in provider.base_url:
            yield Problem(("models", "providers", id_, key), "is missing: it is part of the vendor's address")


def _gateway_headers(section: ProviderSection) -> dict[str, str]:
    key = section.gateway_key
    return {"cf-aig-authorization": f"Bearer {key.reveal()}"} if key is not None else {}


def _model_info(provider: str, section: ModelSection) -> ModelInfo:
    """A model's section, completed from what is known of the model."""
    said = {name: value for name, value in _as_dict(section).items() if value not in (None, "") and name != "cost"}
    known = dataclasses.replace(known_model(provider, section.id), **said)
    if (cost := section.cost) is None:
        return known
    price = ModelPrice.per_million(cost.input, cost.output, cost.cache_read, cost.cache_write)
    return dataclasses.replace(known, price=price)


def _as_dict(section: Any) -> dict[str, Any]:
    return {f.name: getattr(section, f.name) for f in dataclasses.fields(section)}


def _first_model(providers: Mapping[str, ProviderConfig], environment: Environment) -> ModelRef:
    """The model of an installation that names none: the first vendor with a key, else the echo."""
    for vendor in VENDORS:
        if vendor.models and _key(vendor, environment) and vendor.id in providers:
            return ModelRef(vendor.id, providers[vendor.id].models[0].id)
    return DEMO.default_model


def _agents(
    sections: Mapping[str, AgentSection],
    environment: Environment,
    providers: Mapping[str, ProviderConfig],
    problems: list[Problem],
) -> Agents:
    base = sections.get(DEFAULTS, AgentSection())
    if base.default:
        problems.append(Problem(("agents", DEFAULTS, "default"), "defaults is no agent and cannot be the default one"))
    own = {id_: section for id_, section in sections.items() if id_ != DEFAULTS} or {FIRST_AGENT: AgentSection()}
    rule = "an agent's id is lower-case letters, digits, - and _, at most 64 characters"
    problems += [Problem(("agents", id_), rule) for id_ in own if not _AGENT_ID.fullmatch(id_)]
    marked = [id_ for id_, section in own.items() if section.default]
    problems += [Problem(("agents", id_, "default"), f"{marked[0]} is the default agent") for id_ in marked[1:]]
    default_id = marked[0] if marked else next(iter(own))
    fallback_model = _first_model(providers, environment)

    def models(id_: str) -> tuple[ModelRef, tuple[ModelRef, ...]]:
        section = own[id_]
        model = _model(section.model or base.model, fallback_model)
        texts = section.fallbacks if section.fallbacks is not None else base.fallbacks or ()
        fallbacks = tuple(ModelRef.parse(text) for text in texts)
        origin = id_ if section.model else DEFAULTS
        _check_provider(model, providers, ("agents", origin, "model"), problems)
        origin = id_ if section.fallbacks is not None else DEFAULTS
        for index, ref in enumerate(fallbacks):
            _check_provider(ref, providers, ("agents", origin, "fallbacks", index), problems)
        return model, fallbacks

    def agent(id_: str) -> Agent:
        section = own[id_]
        model, fallbacks = models(id_)
        suffix = "" if id_ == default_id else f"-{id_}"
        return Agent(
            id=id_,
            name=section.name or id_,
            emoji=section.emoji or base.emoji or "",
            default=id_ == default_id,
            model=model,
            fallbacks=fallbacks,
            workspace=environment.expand_path(section.workspace)
            if section.workspace
            else environment.home / f"workspace{suffix}",
            queue=section.queue or base.queue,
            system_prompt=section.system_prompt if section.system_prompt is not None else base.system_prompt or "",
            thinking=section.thinking or base.thinking or "",
            tools=section.tools or base.tools or ToolPolicy(),
            context=section.context or base.context or GuardLimits(),
            skills=section.skills if section.skills is not None else base.skills,
            heartbeat=section.heartbeat or base.heartbeat,
            subagents=section.subagents or base.subagents or SubagentRules(),
        )

    return Agents({id_: agent(id_) for id_ in own}, default_id)


def _skills(section: SkillsSection, environment: Environment) -> SkillsSection:
    return dataclasses.replace(
        section, extra_dirs=tuple(str(environment.expand_path(folder)) for folder in section.extra_dirs)
    )


def _tts(section: TtsSection, environment: Environment) -> TtsSection:
    vendor = section.elevenlabs
    key = own_key(vendor.api_key, vendor.base_url, ELEVENLABS_URL, environment.get(ELEVENLABS_VARIABLE))
    return dataclasses.replace(section, elevenlabs=dataclasses.replace(vendor, api_key=key))


def _tools(section: ToolsSection, environment: Environment, problems: list[Problem]) -> ToolsSection:
    search = settle_search(section.web.search, environment, problems)
    return dataclasses.replace(section, web=dataclasses.replace(section.web, search=search))


def _model(text: str | None, otherwise: ModelRef) -> ModelRef:
    return ModelRef.parse(text) if text else otherwise


def _check_provider(
    ref: ModelRef, providers: Mapping[str, ProviderConfig], path: tuple[str | int, ...], problems: list[Problem]
) -> None:
    if ref.provider in providers:
        return
    vendor = BY_ID.get(ref.provider)
    close = nearest(ref.provider, tuple(providers))
    if vendor:
        section = f"add [models.providers.{vendor.id}]"
        advice = f"set {vendor.key_variables[0]} or {section}" if vendor.automatic and vendor.key_variables else section
    else:
        advice = f'did you mean "{close}"?' if close else f"known: {', '.join(sorted(providers))}"
    problem = Problem(path, f"no provider {ref.provider!r} is configured for {str(ref)!r}; {advice}", close)
    if problem not in problems:
        problems.append(problem)
