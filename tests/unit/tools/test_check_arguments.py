"""A model's arguments are checked, and it is told what to do better."""

from __future__ import annotations

import pytest

from openclaw.errors import ToolError
from openclaw.ports.provider import ToolSpec
from openclaw.tools.arguments import check_arguments

SPEC = ToolSpec(
    "sample",
    "A sample.",
    {
        "type": "object",
        "properties": {
            "path": {"type": "string"},
            "count": {"type": "integer", "minimum": 1},
            "mode": {"enum": ["fast", "slow"]},
        },
        "required": ["path"],
        "additionalProperties": False,
    },
)


@pytest.mark.parametrize("arguments", [{"path": "a"}, {"path": "a", "count": 3, "mode": "slow"}])
def test_fitting_arguments_pass(arguments):
    check_arguments(SPEC, arguments)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({}, "'path' is a required property"),
        ({"path": 5}, "path: 5 is not of type 'string'"),
        ({"path": "a", "count": True}, "count: True is not of type 'integer'"),
        ({"path": "a", "count": 0}, "count: 0 is less than the minimum of 1"),
        ({"path": "a", "mode": "medium"}, "mode: 'medium' is not one of"),
        ({"path": "a", "pth": "b"}, "'pth' was unexpected"),
    ],
)
def test_wrong_arguments_are_explained(arguments, told):
    with pytest.raises(ToolError) as raised:
        check_arguments(SPEC, arguments)
    assert told in str(raised.value)
    assert str(raised.value).startswith("Invalid arguments for sample: ")
    assert "Known arguments: path, count, mode." in str(raised.value)


def test_every_problem_is_named_at_once():
    with pytest.raises(ToolError, match=r"count: .*; mode: .*"):
        check_arguments(SPEC, {"path": "a", "count": "x", "mode": "y"})


def test_a_huge_value_is_not_repeated_to_the_model():
    with pytest.raises(ToolError) as raised:
        check_arguments(SPEC, {"path": ["x" * 10_000]})
    assert len(str(raised.value)) < 500
