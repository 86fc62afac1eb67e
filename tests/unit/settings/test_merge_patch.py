"""Patching a config text: RFC 7396 on TOML, with what people wrote around it kept."""

from __future__ import annotations

import tomllib

import pytest

from openclaw.errors import InvalidRequest
from openclaw.settings.merge_patch import merged

TEXT = """\
# who we are
[agents.main]  # the first
name = "Crab"  # shown to people
model = "a/b"

[gateway]
port = 1
"""


def test_comments_and_layout_of_what_is_not_touched_stay():
    assert merged(TEXT, {"gateway": {"port": 2}}) == TEXT.replace("port = 1", "port = 2")
    assert "# shown to people" in merged(TEXT, {"agents": {"main": {"name": "Crayfish"}}})


@pytest.mark.parametrize(
    ("patch", "expected"),
    [
        ({"gateway": {"port": None}}, {"agents": {"main": {"name": "Crab", "model": "a/b"}}, "gateway": {}}),
        ({"agents": None, "gateway": None}, {}),
        ({"agents": {"main": None}}, {"gateway": {"port": 1}}),
        ({"gateway": 3, "agents": None}, {"gateway": 3}),
        ({"agents": None, "gateway": {"deep": {"er": [1, {"a": None, "b": 2}]}}},
         {"gateway": {"port": 1, "deep": {"er": [1, {"b": 2}]}}}),
        ({}, {"agents": {"main": {"name": "Crab", "model": "a/b"}}, "gateway": {"port": 1}}),
    ],
)  # fmt: skip
def test_null_deletes_tables_merge_and_everything_else_replaces(patch, expected):
    assert tomllib.loads(merged(TEXT, patch)) == expected


def test_what_toml_cannot_say_is_refused():
    with pytest.raises(InvalidRequest, match="null"):
        merged(TEXT, {"bindings": [None]})
