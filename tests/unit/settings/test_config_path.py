"""Paths into the configuration, read and written."""

from __future__ import annotations

import pytest

from openclaw.errors import InvalidRequest
from openclaw.settings.config_path import parse_path, value_at, written


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("agents.main.model", ("agents", "main", "model")),
        ("bindings[0].agent", ("bindings", 0, "agent")),
        ("bindings.0.agent", ("bindings", "0", "agent")),
        ("/agents/main/", ("agents", "main")),
        ('models.providers."a.b/c".api', ("models", "providers", "a.b/c", "api")),
        ("x.'y z'", ("x", "y z")),
        ("models[].id", ("models", "[]", "id")),
        (".", ()),
    ],
)
def test_a_path_is_read(text, path):
    assert parse_path(text) == path
    assert parse_path(written(path)) == path


@pytest.mark.parametrize("text", ["a..b", "a[", "a[b]", '"', "a]"])
def test_what_is_no_path_is_refused(text):
    with pytest.raises(InvalidRequest, match="is no path"):
        parse_path(text)


def test_a_value_is_found_by_its_path():
    tree = {"a": {"b.c": [1, {"d": 2}]}}
    assert value_at(tree, parse_path('a."b.c"[1].d')) == value_at(tree, parse_path("a/'b.c'/1/d")) == 2
    assert value_at(tree, ()) is tree
    for nothing in ("x", "a.b", 'a."b.c"[2]', 'a."b.c".x', "a.a.a"):
        assert value_at(tree, parse_path(nothing)) is None
