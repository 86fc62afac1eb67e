"""Templates of hooks look things up and do nothing else."""

from __future__ import annotations

import pytest

from openclaw.domain.hook_template import MAX_CHARS, HookCall, parse_template

CALL = HookCall(
    path="github",
    payload={
        "a": [{"b": "first"}, {"b": 2}],
        "text": "hello {{a[0].b}}",
        "yes": True,
        "nothing": None,
        "path": "from the payload",
        "deep": {"list": [1, {"x": "é"}]},
        "dash-ed": "dashed",
    },
    headers={"x-github-event": "push"},
    query={"from": "ci"},
    now="2026-11-26T17:00:00+00:00",
)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("", ""),
        ("plain", "plain"),
        ("{{a[0].b}}", "first"),
        ("<{{ a[1].b }}> {{yes}}", "<2> true"),
        ("{{a[7].b}}{{b.c.d}}{{nothing}}{{yes.x}}{{a.b}}{{text[0]}}", ""),
        ("{{text}}", "hello {{a[0].b}}"),
        ("{{headers.X-GitHub-Event}} {{query.from}} {{path}} {{now}}", "push ci github 2026-11-26T17:00:00+00:00"),
        ("{{payload.path}} {{payload.a[0].b}} {{dash-ed}}", "from the payload first dashed"),
        ("{{deep}} {{deep.list}}", '{"list": [1, {"x": "é"}]} [1, {"x": "é"}]'),
        ("a } b }} {c}", "a } b }} {c}"),
    ],
)
def test_a_template_is_filled_from_the_call(template: str, text: str) -> None:
    assert parse_template(template).render(CALL) == text


@pytest.mark.parametrize(
    "template", ["{{", "a {{b", "{{}}", "{{ }}", "{{a b}}", "{{[0]}}", "{{.a}}", "{{a[b]}}", "{{a..b}}"]
)
def test_what_is_no_template_is_said_to_be_none(template: str) -> None:
    with pytest.raises(ValueError, match=r"path|closed|empty"):
        parse_template(template)


@pytest.mark.parametrize(
    "template", ["{{__class__.__mro__}}", "{{payload.__class__}}", "{{a.__len__}}", "{{now.year}}"]
)
def test_nothing_of_the_language_can_be_reached(template: str) -> None:
    assert parse_template(template).render(CALL) == ""


def test_a_rendered_text_is_bounded() -> None:
    call = HookCall(path="x", payload={"big": "y" * 100_000})
    assert len(parse_template("{{big}}" * 50).render(call)) == MAX_CHARS


def test_a_template_without_expressions_is_fixed() -> None:
    assert parse_template("hook:fixed").is_fixed
    assert not parse_template("hook:{{id}}").is_fixed
    assert not parse_template("")
