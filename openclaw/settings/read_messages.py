"""``[messages]`` and ``[channels]`` as the programs read them."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Any

from openclaw.domain.mention_gate import GroupRules
from openclaw.domain.queue_mode import QueueSettings
from openclaw.settings.file_schema import Problem
from openclaw.settings.reply_rules import read_reply_rules, reply_rules_by_channel, said
from openclaw.settings.schema import Messages
from openclaw.settings.sections.messages import MessagesSection


def read_messages(messages: MessagesSection) -> Messages:
    """How messages queue, which groups are answered, and how replies leave."""
    section, groups = messages.queue, messages.groups
    patterns = tuple(re.compile(pattern, re.IGNORECASE) for pattern in groups.mention_patterns)
    names = [f.name for f in dataclasses.fields(QueueSettings)]
    queue = QueueSettings(**{name: getattr(section, name) for name in names})
    by_channel = {
        channel: dataclasses.replace(queue, **said(override)) for channel, override in section.by_channel.items()
    }
    rules = GroupRules(groups.activation, patterns, groups.history, groups.threads)
    gather_ms = {"": messages.inbound.debounce_ms, **messages.inbound.by_channel}
    replies, replies_by_channel = read_reply_rules(messages), reply_rules_by_channel(messages)
    return Messages(queue, by_channel, rules, messages.ack, replies, replies_by_channel, gather_ms)


def read_channels(sections: Mapping[str, Any], problems: list[Problem]) -> dict[str, dict[str, Mapping[str, Any]]]:
    """The generic part: every channel is a table whose only key is ``accounts``, a table of tables."""
    channels: dict[str, dict[str, Mapping[str, Any]]] = {}
    for channel, section in sections.items():
        path = ("channels", channel)
        if not isinstance(section, Mapping):
            problems.append(Problem(path, "expected a table"))
            continue
        problems += [
            Problem((*path, key), 'unknown key; did you mean "accounts"?', "accounts")
            for key in section
            if key != "accounts"
        ]
        accounts = section.get("accounts", {})
        if not isinstance(accounts, Mapping):
            problems.append(Problem((*path, "accounts"), "expected a table"))
            continue
        problems += [
            Problem((*path, "accounts", account), "expected a table")
            for account, facts in accounts.items()
            if not isinstance(facts, Mapping)
        ]
        channels[channel] = dict(accounts)
    return channels
