"""Slack over its Web API, with Socket Mode or HTTP requests for what comes in."""

from __future__ import annotations

from openclaw.plugins.registry import Registry


def register(registry: Registry) -> None:
    """Add the channel; Slack's SDK is imported when the first account is opened."""
    from openclaw.channels.slack.manifest import SlackPlugin

    registry.add_channel(SlackPlugin(), source="openclaw.channels.slack")
