"""``[skills]``: what is checked before any skill is read, and what is never shown."""

from __future__ import annotations

import pytest

from openclaw.composition.skills import is_configured
from openclaw.errors import ConfigError
from openclaw.settings.effective import shown_config
from openclaw.settings.redaction import hidden

pytestmark = pytest.mark.spec("E8")


def test_without_a_word_all_skills_may_be_had(load, home):
    settings = load("")
    assert (settings.skills.allow_bundled, settings.skills.entries, settings.agents.default.skills) == (None, {}, None)
    assert settings.skills_dir == home / "skills"


def test_agents_start_from_the_defaults(load):
    agents = load('[agents.defaults]\nskills = ["a"]\n[agents.x]\n[agents.y]\nskills = []\n').agents.by_id
    assert (agents["x"].skills, agents["y"].skills) == (("a",), ())


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('extra_dirs = ["skills"]', r"skills.extra_dirs\[0\]: 'skills' is no absolute path"),
        ('extra_dirs = ["~/.openclaw/workspace/more"]', "lies in a workspace, where agents write"),
        ("prompt_chars = -1", "skills.prompt_chars"),
        ("[skills.entries.x]\nenv = { LD_PRELOAD = 'a' }", "skills.entries.x.env.LD_PRELOAD: may not be given"),
        ("[skills.entries.x]\nenv = { A = 'a' }\napi_key = \"b\\u0000\"", "skills.entries.x.api_key: holds a NUL"),
        ("[skills.entries.x]\nenabeld = false", 'did you mean "enabled"'),
    ],
)
def test_what_cannot_work_is_said_with_its_place(load, text, says):
    with pytest.raises(ConfigError, match=says):
        load(f"[skills]\n{text}\n")


def test_paths_are_the_users(load, tmp_path):
    assert load('[skills]\nextra_dirs = ["~/more"]\n').skills.extra_dirs == (f"{tmp_path}/more",)


def test_no_secret_of_a_skill_is_shown(load):
    text = '[skills.entries.x]\napi_key = "s3cret-1"\nenv = { ID = "s3cret-2", REGION = "${MINE}" }\n'
    settings = load(text, MINE="s3cret-3")
    entry = {"api_key": "s3cret-1", "env": {"ID": "s3cret-2", "REGION": "${MINE}"}}
    assert "s3cret" not in repr(settings)
    assert "s3cret" not in str(shown_config(settings, {"skills": {"entries": {"x": entry}}}))
    assert "s3cret" not in str(hidden({"skills": {"entries": {"x": entry}}}))
    assert settings.skills.entries["x"].env["REGION"].reveal() == "s3cret-3"


def test_keys_of_the_configuration_are_found_as_openclaw_writes_them(load):
    settings = load('[gateway]\npublic_url = "https://example.com"\n[channels.irc.accounts.home]\n')
    assert is_configured(settings, "gateway.publicUrl")
    assert is_configured(settings, "channels.irc")
    assert not is_configured(settings, "channels.slack.botToken")
    assert not is_configured(settings, "gateway.host.name")
    assert not is_configured(settings, "nothing")
