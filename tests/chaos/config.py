"""The configuration of the stacks that are tormented."""


def chaos_config(model_url: str, telegram_url: str, *, lease_seconds: int = 3) -> str:
    """A local model that streams slowly, a local Bot API, short leases."""
    return f"""
[lanes]
lease_seconds = {lease_seconds}
grant_seconds = 2
max_pending_session = 500
[lanes.main]
concurrency = 16
[worker]
concurrency = 24
drain_seconds = 10
[runs]
max_barren_attempts = 1000
[supervisor]
max_restart_seconds = 1
[outbox]
claim_seconds = 4
[models.providers.mock]
api = "openai-completions"
base_url = "{model_url}/v1"
api_key = "test-key"
[[models.providers.mock.models]]
id = "mock-1"
context_window = 128000
[agents.defaults]
model = "mock/mock-1"
[agents.main]
default = true
[messages.streaming]
preview = "off"
[messages.queue]
mode = "followup"
debounce_ms = 0
cap = 500
[channels.telegram.accounts.default]
token = "12345:test-token"
mode = "webhook"
webhook_secret = "hook-secret"
api_base = "{telegram_url}"
dm_policy = "open"
group_policy = "open"
rate_limit = {{ per_sender = 0, per_account = 0 }}
"""
