"""The schema that clients build forms from: made from the declarations, so that it can leave nothing out."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import jsonschema
import pytest

from openclaw.errors import InvalidRequest
from openclaw.ports.secrets import Secret
from openclaw.settings.file_schema import strip_optional
from openclaw.settings.json_schema import config_schema
from openclaw.settings.option import option_of
from openclaw.settings.redaction import is_secret_key
from openclaw.settings.schema import ConfigFile
from openclaw.settings.schema_lookup import lookup

ROOT = Path(__file__).resolve().parents[3]


def declared(cls: type, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any, Any]]:
    """Every declared key: its path with stand-ins for names and indices, its type, its option."""
    hints = get_type_hints(cls)
    for field in dataclasses.fields(cls):
        inner, below = strip_optional(hints[field.name]), (*path, field.name)
        yield ".".join(below), inner, option_of(cls, field)
        of = get_args(inner)
        if dataclasses.is_dataclass(inner):
            yield from declared(inner, below)
        elif get_origin(inner) is Mapping and dataclasses.is_dataclass(of[1]):
            yield from declared(of[1], (*below, "some-name"))
        elif get_origin(inner) is tuple and dataclasses.is_dataclass(of[0]):
            yield from declared(of[0], (*below, "7"))


def test_every_option_can_be_looked_up_with_its_meaning():
    found = {path: (lookup(path), option) for path, _, option in declared(ConfigFile)}
    assert len(found) > 100
    for path, (about, option) in found.items():
        assert about["hint"]["help"] == option.meaning, path
        assert about["schema"].get("minimum") == option.minimum, path
        assert about["hintPath"] in config_schema().hints


def test_every_declared_secret_is_sensitive_and_is_hidden_by_its_name():
    secrets = [path for path, inner, _ in declared(ConfigFile) if inner is Secret]
    assert len(secrets) >= 6
    for path in secrets:
        assert lookup(path)["hint"]["sensitive"] is True, path
        assert is_secret_key(path.rpartition(".")[2]), path


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("gateway", "restart"),
        ("gateway.port", "restart"),
        ("gateway.auth", "none"),
        ("channels", "hot"),
        ("channels.telegram.accounts.main", "hot"),
        ("bindings[0].agent", "none"),
        ("models.providers.mock.models.0.id", "none"),
        ("discovery.mdns", "hot"),
    ],
)
def test_a_place_says_what_a_change_takes(path, kind):
    assert lookup(path)["reloadKind"] == kind


def test_children_can_be_looked_up_in_turn_down_to_the_last_key():
    waiting, seen = ["."], set()
    while waiting:
        found = lookup(waiting.pop())
        for child in found["children"]:
            assert child["path"] not in seen
            seen.add(child["path"])
            again = lookup(child["path"])
            assert (again.get("hint"), again.get("reloadKind")) == (child.get("hint"), child["reloadKind"])
            assert bool(again["children"]) or not child["hasChildren"] or "accounts.*" in child["path"]
            waiting.append(child["path"])
    assert {"models.providers.*.models[].id", "bindings[].match.peer.kind", "channels.*.accounts.*"} <= seen


@pytest.mark.parametrize(
    ("path", "same"),
    [
        ("bindings[3].agent", "bindings[].agent"),
        ("bindings.3.agent", "bindings[].agent"),
        ("bindings[*].agent", "bindings[].agent"),
        ("bindings/*/agent", "bindings[].agent"),
        ("agents.main.model", "agents.*.model"),
        ("models.providers.x.headers.Authorization", "models.providers.*.headers.*"),
    ],
)
def test_indices_names_and_stand_ins_lead_to_the_same_place(path, same):
    assert lookup(path)["hintPath"] == lookup(same)["hintPath"] == same


def test_what_a_channel_declares_itself_may_be_anything_and_its_credentials_are_known_by_name():
    about = lookup("channels.telegram.accounts.main.bot_token")
    assert (about["schema"], about["hint"]) == ({}, {"sensitive": True})
    assert "hint" not in lookup("channels.telegram.accounts.main.dm_policy")


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("gateway.prot", 'gateway.prot; did you mean "port"'),
        ("bindings.agent", "bindings is a list"),
        ("gateway.port.x", "gateway.port.x"),
        ("a..b", "is no path"),
        ("bindings[x]", "is no path"),
    ],
)
def test_a_path_that_leads_nowhere_names_the_nearest(path, says):
    with pytest.raises(InvalidRequest) as caught:
        lookup(path)
    assert says in str(caught.value)


@pytest.mark.parametrize("name", ["config.example.toml", "cluster.example.toml"])
def test_the_examples_fit_it(name):
    validator = jsonschema.Draft7Validator(config_schema().schema)
    validator.check_schema(config_schema().schema)
    tree = tomllib.loads((ROOT / "config" / name).read_text(encoding="utf-8"))
    assert list(validator.iter_errors(tree)) == []


@pytest.mark.parametrize(
    "tree",
    [
        {"gateway": {"prot": 1}},
        {"gateway": {"port": 70_000}},
        {"gateway": {"auth": {"mode": "nobody"}}},
        {"agents": {"main": {"model": "no-slash"}}},
        {"bindings": [{"match": {"channel": "x"}}]},
        {"channels": {"telegram": {"token": "x"}}},
        {"lanes": {"main": {"concurrency": "8"}}},
    ],
)
def test_what_the_program_refuses_does_not_fit_it(tree):
    assert not jsonschema.Draft7Validator(config_schema().schema).is_valid(tree)


def test_a_bare_text_may_stand_for_a_channels_queue_policy():
    validator = jsonschema.Draft7Validator(config_schema().schema)
    assert validator.is_valid({"messages": {"queue": {"by_channel": {"slack": "steer", "irc": {"cap": 3}}}}})
