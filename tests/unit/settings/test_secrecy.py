from __future__ import annotations

import stat

from openclaw.settings.home import ensure_home


def test_settings_print_without_any_credential(load):
    settings = load(
        """
[gateway.auth]
token = "s3cret-1"
password = "s3cret-2"
[database]
url = "postgresql://u:s3cret-3@h/d"
[redis]
url = "redis://:s3cret-4@h/0"
[models.providers.m]
api = "x"
api_key = "s3cret-5"
[channels.telegram.accounts.default]
token = "s3cret-6"
[flower]
basic_auth = "u:s3cret-7"
"""
    )
    assert "s3cret" not in repr(settings)
    assert "s3cret" not in str(settings)
    assert settings.channels["telegram"]["default"]["token"] == "s3cret-6"


def test_a_home_is_made_closed_with_one_lasting_token(load, home):
    home.chmod(0o755)
    first, second = ensure_home(load()), ensure_home(load())
    assert first.gateway.auth.token is not None
    assert first.gateway.auth.token == second.gateway.auth.token
    assert stat.S_IMODE((home / "gateway.token").stat().st_mode) == 0o600
    for folder in (
        home,
        first.run_dir,
        first.logs_dir,
        first.redis_dir,
        first.media_dir,
        first.agents.default.workspace,
    ):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_no_token_is_made_where_one_is_configured_or_none_is_asked_for(load, home):
    ensure_home(load(OPENCLAW_GATEWAY_TOKEN="given"))
    assert ensure_home(load('[gateway.auth]\nmode = "none"\n')).gateway.auth.token is None
    assert not (home / "gateway.token").exists()
