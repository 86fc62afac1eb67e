"""``[memory]``: what is checked before anything is indexed."""

from __future__ import annotations

import pytest

from openclaw.composition.memory import memory_plan
from openclaw.errors import ConfigError

pytestmark = pytest.mark.spec("H7")


def test_without_a_word_memory_is_on_and_sends_nothing_anywhere(load):
    plan = memory_plan(load("[agents.main]\n", OPENAI_API_KEY="k"))
    assert (plan.enabled, plan.model, plan.space, plan.max_results) == (True, None, "", 6)
    assert set(plan.workspaces) == {"main"}


def test_a_vendor_brings_its_model_and_its_address_a_space_of_its_own(load):
    plan = memory_plan(load('[memory]\nprovider = "openai"\n', OPENAI_API_KEY="k"))
    assert str(plan.model) == "openai/text-embedding-3-small"
    elsewhere = '[models.providers.openai]\nbase_url = "http://localhost:1/v1"\napi_key = "k"\n'
    other = memory_plan(load(f'[memory]\nprovider = "openai"\n{elsewhere}'))
    assert other.model == plan.model
    assert other.space != plan.space
    assert memory_plan(load('[memory]\nenabled = false\nprovider = "demo"\n')).model is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('provider = "openai"', "memory.provider.*set OPENAI_API_KEY"),
        ('provider = "demmo"', 'memory.provider.*did you mean "demo"'),
        ('model = "hash"', "memory.provider: is missing"),
        ('extra_paths = ["notes", "/etc"]', r"memory.extra_paths\[1\].*no path inside"),
        ('extra_paths = ["../other"]', "memory.extra_paths.*no path inside"),
        ("max_results = 0", "memory.max_results"),
        ("min_score = 2.0", "memory.min_score"),
    ],
)
def test_what_cannot_work_is_said_with_its_place(load, text, says):
    with pytest.raises(ConfigError, match=says):
        load(f"[memory]\n{text}\n")


def test_a_vendor_of_ones_own_needs_a_model(load):
    vendor = '[models.providers.mine]\napi = "openai-completions"\nbase_url = "http://localhost:1/v1"\n'
    with pytest.raises(ConfigError, match=r"memory.model: is missing; mine"):
        load(f'{vendor}[memory]\nprovider = "mine"\n')
