from __future__ import annotations

from pathlib import Path

import pytest

from openclaw.domain.queue_mode import DropPolicy, QueueMode
from openclaw.errors import ConfigError
from openclaw.ports.secrets import Secret


def test_without_file_and_key_everything_has_a_default_and_the_echo_answers(load, home):
    settings = load()
    assert (settings.gateway.host, settings.gateway.port) == ("127.0.0.1", 18789)
    assert settings.home == home
    assert settings.database_url == Secret(f"sqlite:///{home}/openclaw.db")
    assert settings.redis.url is None
    assert str(settings.agents.default.model) == "demo/echo"
    assert settings.models.providers["demo"].api == "demo"
    assert settings.agents.default.workspace == home / "workspace"
    assert settings.lanes.classes["main"].concurrency == 32
    assert settings.agent_queues == ("agent.main", "agent.subagent", "agent.cron")


def test_the_file_stands_above_the_defaults_and_the_environment_above_the_file(load):
    file = '[gateway]\nport = 2000\nhost = "127.0.0.2"\n[log]\nlevel = "DEBUG"\n'
    assert load(file).gateway.port == 2000
    settings = load(file, OPENCLAW_GATEWAY_PORT="3000", OPENCLAW_LOG_LEVEL="ERROR")
    assert (settings.gateway.host, settings.gateway.port, settings.log.level) == ("127.0.0.2", 3000, "ERROR")


def test_a_dotenv_of_the_working_folder_beats_the_homes_and_the_real_environment_beats_both(load, home, tmp_path):
    (home / ".env").write_text("OPENCLAW_GATEWAY_PORT=1001\nOPENCLAW_LOG_LEVEL=ERROR\n")
    assert load().gateway.port == 1001
    (tmp_path / ".env").write_text("OPENCLAW_GATEWAY_PORT=1002\n")
    assert (load().gateway.port, load().log.level) == (1002, "ERROR")
    assert load(OPENCLAW_GATEWAY_PORT="1003").gateway.port == 1003


def test_a_variable_that_overrides_a_key_makes_the_keys_own_reference_moot(load):
    settings = load('[gateway.auth]\ntoken = "${NOT_SET}"\n', OPENCLAW_GATEWAY_TOKEN="from-env")
    assert settings.gateway.auth.token == Secret("from-env")


def test_variables_are_expanded_anywhere_and_a_doubled_dollar_is_the_text_itself(load):
    settings = load('[agents.main]\nsystem_prompt = "say ${WORD}, not $${WORD}"\nmodel = "demo/echo"\n', WORD="hello")
    assert settings.agents.default.system_prompt == "say hello, not ${WORD}"
    assert settings.referenced_variables == {"WORD"}


@pytest.mark.parametrize(
    ("variable", "model"),
    [
        ("ANTHROPIC_API_KEY", "anthropic/claude-sonnet-5"),
        ("OPENAI_API_KEY", "openai/gpt-5.2"),
        ("GEMINI_API_KEY", "google/gemini-flash-latest"),
        ("MOONSHOT_API_KEY", "moonshot/kimi-k2.5"),
        ("HF_TOKEN", "huggingface/deepseek-ai/DeepSeek-V3.1"),
    ],
)
def test_a_vendors_key_alone_makes_its_model_the_default(load, variable, model):
    settings = load(**{variable: "sk-1"})
    assert str(settings.agents.default.model) == model
    provider = settings.models.providers[model.partition("/")[0]]
    assert provider.api_key == Secret("sk-1")
    assert provider.base_url.startswith("https://")


def test_a_configured_model_beats_a_vendors_key(load):
    settings = load('[agents.defaults]\nmodel = "demo/echo"\n', ANTHROPIC_API_KEY="sk-1")
    assert str(settings.agents.default.model) == "demo/echo"


def test_a_vendors_key_is_not_sent_to_an_address_of_the_operators(load):
    section = '[models.providers.openai]\nbase_url = "http://127.0.0.1:1/v1"\n'
    provider = load(section, OPENAI_API_KEY="sk-1").models.providers["openai"]
    assert (provider.api, provider.base_url, provider.api_key) == ("openai-completions", "http://127.0.0.1:1/v1", None)


def test_agents_start_from_defaults_and_the_marked_one_is_the_default(load, home):
    settings = load("""
[agents.defaults]
model = "demo/echo"
fallbacks = ["demo/other"]
tools = { deny = ["exec*"] }
[agents.ops]
queue = "gpu"
fallbacks = []
[agents.main]
default = true
workspace = "~/work"
""")
    assert settings.agents.default_id == "main"
    ops, main = settings.agents.by_id["ops"], settings.agents.by_id["main"]
    assert (ops.fallbacks, ops.workspace, ops.queue) == ((), home / "workspace-ops", "gpu")
    assert [str(ref) for ref in main.fallbacks] == ["demo/other"]
    assert main.workspace == home.parent / "work"
    assert (main.tools.allow, main.tools.deny) == (("*",), ("exec*",))
    assert settings.agent_queues[-1] == "gpu"


def test_a_channels_queue_policy_starts_from_the_general_one(load):
    settings = load("""
[messages.queue]
cap = 7
[messages.queue.by_channel]
slack = "steer"
irc = { drop = "old" }
""")
    assert settings.messages.queue_for("slack").mode is QueueMode.STEER
    assert settings.messages.queue_for("slack").cap == 7
    assert settings.messages.queue_for("irc").drop is DropPolicy.OLD
    assert settings.messages.queue_for("telegram") == settings.messages.queue


def test_a_channels_reply_rules_start_from_the_general_ones(load):
    settings = load("""
[messages.replies.by_channel]
irc = { chunk_mode = "newline" }
""")
    assert settings.messages.replies_for("irc").chunk_mode == "newline"
    assert settings.messages.replies_for("telegram").chunk_mode == "length"


def test_a_profile_has_a_home_a_port_and_a_config_of_its_own(load, tmp_path):
    (tmp_path / ".openclaw-work").mkdir()
    (tmp_path / ".openclaw-work" / "config.toml").write_text('[log]\nlevel = "ERROR"\n')
    plain, work, play = load(), load(profile="work"), load(OPENCLAW_PROFILE="play")
    assert work.home == tmp_path / ".openclaw-work"
    assert (plain.log.level, work.log.level) == ("INFO", "ERROR")
    assert len({plain.gateway.port, work.gateway.port, play.gateway.port}) == 3
    assert 18800 <= work.gateway.port < 19800
    assert load(profile="work").gateway.port == work.gateway.port
    assert load(profile="work", OPENCLAW_HOME=str(tmp_path / "x")).home == tmp_path / "x-work"


@pytest.mark.parametrize("name", ["../up", "A", "", "a b", "-x"])
def test_a_profile_that_is_no_name_is_refused(load, name):
    if not name:
        assert load(profile=name).profile is None
        return
    with pytest.raises(ConfigError, match="is not a name"):
        load(profile=name)


def test_a_folder_of_the_original_openclaw_is_refused_by_name(load, home):
    (home / "openclaw.json").write_text("{}")
    with pytest.raises(ConfigError, match=r"original OpenClaw.*openclaw migrate"):
        load()


def test_a_config_file_that_is_named_must_exist(load, tmp_path):
    with pytest.raises(ConfigError, match="does not exist"):
        load(OPENCLAW_CONFIG=str(tmp_path / "gone.toml"))


def test_loading_makes_nothing(load, home: Path):
    load()
    assert list(home.iterdir()) == []


def test_cloudflares_address_is_made_of_its_ids_and_its_key_is_a_header(load):
    assert "cloudflare" not in load(CLOUDFLARE_AI_GATEWAY_API_KEY="k").models.providers
    section = '[models.providers.cloudflare]\naccount = "acc/1"\ngateway = "mine"\ngateway_key = "cf-secret"\n'
    cloudflare = load(section).models.providers["cloudflare"]
    assert cloudflare.base_url == "https://gateway.ai.cloudflare.com/v1/acc%2F1/mine/compat"
    assert cloudflare.headers == {"cf-aig-authorization": "Bearer cf-secret"}
    with pytest.raises(ConfigError, match=r"models\.providers\.cloudflare\.account: is missing"):
        load('[models.providers.cloudflare]\ngateway = "mine"\n')


def test_a_server_of_ones_own_needs_no_key_but_a_section(load):
    assert "vllm" not in load().models.providers
    vllm = load('[models.providers.vllm]\n[[models.providers.vllm.models]]\nid = "m"\n').models.providers["vllm"]
    assert (vllm.api, vllm.base_url, vllm.api_key) == ("openai-completions", "http://127.0.0.1:8000/v1", None)


def test_profiles_are_tried_in_the_order_that_is_written_or_said(load):
    profiles = (
        '[models.providers.openai.profiles.b]\napi_key = "k-b"\n[models.providers.openai.profiles.a]\napi_key = "k-a"\n'
    )
    written = load(profiles, OPENAI_API_KEY="k-0").models.providers["openai"].profiles
    assert [(each.name, each.api_key) for each in written] == [
        ("default", Secret("k-0")),
        ("b", Secret("k-b")),
        ("a", Secret("k-a")),
    ]
    said = load('[models.providers.openai]\nprofile_order = ["a"]\n' + profiles).models.providers["openai"].profiles
    assert [each.name for each in said] == ["a"]
    with pytest.raises(ConfigError, match=r"there is no profile 'aa'; did you mean \"a\"\?"):
        load('[models.providers.openai]\nprofile_order = ["aa"]\n' + profiles)
