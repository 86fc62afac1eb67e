from __future__ import annotations

import pytest

from openclaw.errors import ConfigError


def problems(load, config: str, **environ: str) -> list[dict]:
    with pytest.raises(ConfigError) as caught:
        load(config, **environ)
    return caught.value.details["problems"]


def test_an_unknown_key_is_told_with_file_line_path_and_the_nearest_known_one(load, home):
    (problem,) = problems(load, "# first\n[gateway]\nhost = '::1'\nprot = 1\n")
    assert problem["file"] == str(home / "config.toml")
    assert (problem["line"], problem["path"], problem["suggestion"]) == (4, "gateway.prot", "port")
    assert 'did you mean "port"?' in problem["message"]


def test_everything_wrong_is_told_at_once_in_the_files_order(load):
    found = problems(
        load,
        """
[gateway]
port = "8"
[gateway.auth]
mode = "tokn"
[lanes.main]
concurrency = 0
[agnets.main]
[[models.providers.m.models]]
idd = "x"
""",
    )
    assert [(p["line"], p["path"]) for p in found] == [
        (3, "gateway.port"),
        (5, "gateway.auth.mode"),
        (7, "lanes.main.concurrency"),
        (8, "agnets"),
        (9, "models.providers.m.models[0].id"),
        (10, "models.providers.m.models[0].idd"),
    ]


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ("[gateway]\nport = true\n", "expected a whole number, found true or false"),
        ("[gateway]\nport = 1.5\n", "expected a whole number, found a number"),
        ("[gateway]\nport = 70000\n", "the most is 65535"),
        ("gateway = 1\n", "expected a table"),
        ("[gateway]\nallowed_origins = 'x'\n", "expected a list"),
        ("[worker]\ntask_events = 'yes'\n", "expected true or false, found text"),
        ("[messages.queue]\nmode = 'colect'\n", 'did you mean "collect"?'),
        ("[agents.main]\nmodel = 'gpt'\n", "expected provider/model"),
        ("[agents.main]\nmodel = 'opnai/x'\n", "no provider 'opnai'"),
        ("[agents.main]\nmodel = 'openai/x'\n", "set OPENAI_API_KEY or add"),
        ("[gateway.http]\nembedding_model = 'opnai/x'\n", "no provider 'opnai'"),
        ("[agents.Main]\n", "lower-case"),
        ("[agents.a]\ndefault = true\n[agents.b]\ndefault = true\n", "a is the default agent"),
        ("[agents.defaults]\ndefault = true\n", "defaults is no agent"),
        ("[[bindings]]\nagent = 'mani'\nmatch = { channel = 'x' }\n", 'did you mean "main"?'),
        ("[[bindings]]\nagent = 'main'\nmatch = { channel = 'x', roles = ['r'] }\n", "needs guild"),
        ("[models.providers.mine]\nbase_url = 'http://x'\n", "is missing"),
        ("[models.providers.mine]\napi = 'a'\nbase_url = 'ftp://x'\n", "expected an http"),
        ("[channels.telegram]\ntoken = 'x'\n", 'did you mean "accounts"?'),
        ("[channels.telegram.accounts]\ndefault = 1\n", "expected a table"),
        ("[gateway]\nhost = '0.0.0.0'\n[gateway.auth]\nmode = 'none'\n", "loopback addresses only"),
        ("[gateway.auth]\nmode = 'password'\n", "is missing"),
        ("[gateway]\nport = 1\nport = 2\n", "not valid TOML"),
    ],
)
def test_what_cannot_be_used_is_refused_in_words(load, config, message):
    with pytest.raises(ConfigError) as caught:
        load(config)
    assert message in str(caught.value)


def test_a_variable_that_is_not_set_names_the_key_and_the_variable(load):
    (problem,) = problems(load, '[channels.telegram.accounts.default]\ntoken = "${TELEGRAM_TOKEN}"\n')
    assert (problem["line"], problem["path"]) == (2, "channels.telegram.accounts.default.token")
    assert "set TELEGRAM_TOKEN" in problem["message"]


def test_a_wrong_value_from_the_environment_names_the_variable(load):
    (problem,) = problems(load, "", OPENCLAW_GATEWAY_PORT="eighty")
    assert (problem["variable"], problem["line"]) == ("OPENCLAW_GATEWAY_PORT", None)


def test_lines_are_found_behind_long_strings_dotted_keys_and_arrays_of_tables(load):
    found = problems(
        load,
        '''
[agents.main]
system_prompt = """
[gateway]
port = "not a key"
"""
tools.alow = []
[[bindings]]
agent = "main"
match = { channel = "a" }
[[bindings]]
agent = "main"
[bindings.match]
chanel = "b"
''',
    )
    lines = [(p["line"], p["path"]) for p in found]
    assert (7, "agents.main.tools.alow") in lines
    assert (14, "bindings[1].match.chanel") in lines


def test_errors_never_repeat_a_credential(load):
    with pytest.raises(ConfigError) as caught:
        load(
            '[gateway.auth]\ntoken = ["s3cret"]\nmod = "x"\n[redis]\nurl = 5\n[models.providers.m]\napi_key = "s3cret"\n'
        )
    assert "s3cret" not in str(caught.value)
    assert "s3cret" not in str(caught.value.details)
