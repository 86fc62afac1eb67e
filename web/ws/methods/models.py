"""``models.list``, ``models.authStatus``, ``models.probe``: the models, and how their vendors are."""

# ruff: noqa: N815 - the wire writes its names so
from __future__ import annotations

from typing import Any

from openclaw.errors import InvalidRequest
from openclaw.ports.model_health import NamedProfile, NamedRest, VendorStanding
from openclaw.ports.provider import DEFAULT_PROFILE, ModelInfo
from web.validation import Flag, Params, Text, Whole
from web.ws.dispatch import Call, Method

#: Kinds of input that the protocol knows.
_INPUT_KINDS = ("text", "image", "audio", "video", "document")
#: Reasons of failures in the protocol's words; any other is ``unknown``.
_STATUS = {
    "": "ok",
    "auth": "auth",
    "rate_limit": "rate_limit",
    "billing": "billing",
    "timeout": "timeout",
    "bad_request": "format",
    "no_model": "no_model",
}
_OUTCOMES = {"": "ready", "auth": "auth-rejected"}
#: How long a probe may take where nobody says, in milliseconds.
PROBE_MS, LONGEST_PROBE_MS = 15_000, 120_000


class ModelsListParams(Params):
    agentId = Text(min_length=1)
    includeProviderCapabilities = Flag()
    includeDetails = Flag()
    preparedOnly = Flag()
    refresh = Flag()
    view = Text(one_of=("default", "configured", "provider-config", "all"))


class AuthStatusParams(Params):
    refresh = Flag()
    agentId = Text()


class ProbeParams(Params):
    provider = Text(required=True, min_length=1)
    profileId = Text(min_length=1)
    timeoutMs = Whole(minimum=1)
    agentId = Text()


def models_list(call: Call) -> Any:
    """The configured models; with ``view: "all"`` also those that vendors list, who may have to be asked first."""
    params, gateway = call.params, call.gateway
    facts, models = gateway.services.facts, gateway.services.models
    agent = facts.agent(params.get("agentId", "")) or facts.default_agent
    if params.get("view") != "all":
        return {"models": [_model(info, agent.model) for info in facts.models]}
    refresh, prepared_only = params.get("refresh", False), params.get("preparedOnly", False)
    if refresh and prepared_only:
        raise InvalidRequest("refresh and preparedOnly exclude each other")

    def ask() -> Any:
        found = models.catalogue(refresh=refresh, prepared_only=prepared_only)
        outcomes = [{"provider": id_, "status": _outcome(each.reason)} for id_, each in found.outcomes.items()]
        return {"models": [_model(info, agent.model) for info in found.models], "providerOutcomes": outcomes}

    return call.answer_from(gateway.model_work.put, ask)


def _outcome(reason: str) -> str:
    """How a vendor answered, in the protocol's words."""
    return _OUTCOMES.get(reason, "unavailable")


def _model(info: ModelInfo, default: str) -> dict[str, Any]:
    return {
        "id": info.id,
        "name": info.name or info.id,
        "provider": info.provider,
        "contextWindow": info.context_window,
        "reasoning": info.reasoning,
        "input": [kind for kind in info.input_kinds if kind in _INPUT_KINDS],
        "tags": ["default"] if f"{info.provider}/{info.id}" == default else [],
        "available": True,
    }


def auth_status(call: Call) -> Any:
    standings = call.gateway.services.models.standings()
    return {"ts": call.gateway.clock(), "providers": [_standing(each, call.gateway.clock()) for each in standings]}


def _standing(standing: VendorStanding, now_ms: int) -> dict[str, Any]:
    status = "missing" if standing.needs_key and not standing.has_key else "static"
    profiles = (standing.profiles or (NamedProfile(),)) if standing.needs_key else ()
    return {
        "provider": standing.provider,
        "displayName": standing.provider,
        "api": standing.api,
        "status": status,
        "profiles": [
            {"profileId": f"{standing.provider}:{each.name}", "type": each.kind, "status": status} for each in profiles
        ],
        "rests": [_rest(named, now_ms) for named in standing.rests],
    }


def _rest(named: NamedRest, now_ms: int) -> dict[str, Any]:
    rest = named.rest
    return {
        "model": named.model,
        "profile": named.profile or DEFAULT_PROFILE,
        "reason": rest.reason,
        "failures": rest.failures,
        "untilMs": rest.until_ms,
        "over": not rest.holds(now_ms),
        "error": rest.error,
    }


def probe(call: Call) -> Any:
    params, gateway = call.params, call.gateway
    provider = params["provider"]
    seconds = min(params.get("timeoutMs", PROBE_MS), LONGEST_PROBE_MS) / 1000

    def ask() -> Any:
        found = gateway.services.models.probe(provider, seconds)
        told: dict[str, Any] = {"status": _STATUS.get(found.reason, "unknown"), "latencyMs": found.latency_ms}
        if found.error:
            told["error"] = found.error
        label = f"{provider}/{found.model}" if found.model else provider
        result = {"profileId": f"{provider}:{DEFAULT_PROFILE}", "label": label, **told}
        return {"provider": provider, **told, "results": [result]}

    return call.answer_from(gateway.model_work.put, ask)


METHODS = (
    Method("models.list", ModelsListParams(), models_list),
    Method("models.authStatus", AuthStatusParams(), auth_status),
    Method("models.probe", ProbeParams(), probe),
)
