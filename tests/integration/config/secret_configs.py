"""Configurations full of credentials, written as people write TOML: every key in any of its forms, comments around."""

from __future__ import annotations

import json
import re
import string
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

#: What every credential has inside, by which it is found again wherever it may turn up.
CORE = re.compile(r"s3cr[0-9a-f]{6}")

_CORES = st.builds("s3cr{:06x}".format, st.integers(0, 0xFFFFFF))
_AROUND = st.text(string.ascii_letters + string.digits + " #'\"\\=[]{}$%é,", max_size=6)
_SECRET_KEYS = ("token", "webhook_secret", "proxy", "bot_token", "appSecret", "password", "signing_key", "basic_auth")
_NAMES = st.sampled_from(("a", "b-2", "c_3", "with space", "d.e"))
_IDS = st.sampled_from(("ada", "bob", "ops"))


@st.composite
def secrets(draw: Callable[..., Any]) -> str:
    return draw(_AROUND) + draw(_CORES) + draw(_AROUND)


def addresses() -> st.SearchStrategy[str]:
    return st.builds("{}://user:{}@host.example/x".format, st.sampled_from(("https", "redis")), _CORES)


@dataclass(frozen=True)
class Written:
    """A config and its text."""

    text: str

    @property
    def cores(self) -> set[str]:
        return set(CORE.findall(self.text))


@st.composite
def written(draw: Callable[..., Any]) -> Written:
    tree = draw(_trees())
    lines: list[str] = []
    for name, below in tree.items():
        _table(draw, lines, (name,), below)
    return Written("\n".join(lines) + "\n")


def _trees() -> st.SearchStrategy[dict[str, Any]]:
    account = st.dictionaries(
        st.sampled_from(_SECRET_KEYS), secrets() | addresses() | st.lists(secrets(), min_size=1, max_size=2), max_size=4
    )
    provider = st.fixed_dictionaries(
        {"api": st.just("openai-completions"), "base_url": st.just("http://127.0.0.1:1/v1") | _http_addresses()},
        optional={
            "api_key": secrets(),
            "headers": st.dictionaries(st.sampled_from(("X-One", "Authorization")), secrets(), max_size=2),
        },
    )
    agent = st.fixed_dictionaries(
        {"name": st.just("plain"), "system_prompt": st.just('# token = "no comment"\nat all')}
    )
    auth = st.fixed_dictionaries({"mode": st.just("token")}, optional={"token": secrets(), "password": secrets()})
    return st.fixed_dictionaries(
        {
            "gateway": st.fixed_dictionaries({"auth": auth}),
            "models": st.fixed_dictionaries({"providers": st.dictionaries(_IDS, provider, max_size=2)}),
            "agents": st.dictionaries(_IDS, agent, min_size=1, max_size=2),
            "channels": st.dictionaries(
                st.sampled_from(("telegram", "irc")),
                st.fixed_dictionaries({"accounts": st.dictionaries(_NAMES, account, max_size=2)}),
                max_size=2,
            ),
            "flower": st.fixed_dictionaries({}, optional={"basic_auth": secrets()}),
            "redis": st.fixed_dictionaries({}, optional={"url": addresses()}),
            "database": st.fixed_dictionaries({}, optional={"url": addresses()}),
        }
    )


def _http_addresses() -> st.SearchStrategy[str]:
    return addresses().map(lambda url: "http" + url[url.index("://") :])


def _table(draw: Callable[..., Any], lines: list[str], path: tuple[str, ...], table: dict[str, Any]) -> None:
    """A table in one of its forms: headed, dotted or inline."""
    below = {name: value for name, value in table.items() if isinstance(value, dict)}
    _remark(draw, lines)
    lines.append(f"[{'.'.join(map(_key, path))}]")
    for name, value in table.items():
        if not isinstance(value, dict):
            lines.append(f"{_key(name)} = {_value(draw, value)}{_behind(draw)}")
    for name, value in list(below.items()):
        form = draw(st.sampled_from(("headed", "dotted", "inline")))
        if form == "inline" and not _has_lists_or_tables(value):
            inner = ", ".join(f"{_key(key)} = {_value(draw, one, multiline=False)}" for key, one in value.items())
            lines.append(f"{_key(name)} = {{ {inner} }}{_behind(draw)}")
        elif form == "dotted" and value and not _has_lists_or_tables(value):
            lines.extend(f"{_key(name)}.{_key(key)} = {_value(draw, one)}" for key, one in value.items())
        else:
            continue
        del below[name]
    for name, value in below.items():
        _table(draw, lines, (*path, name), value)


def _has_lists_or_tables(table: dict[str, Any]) -> bool:
    return any(isinstance(value, dict | list) for value in table.values())


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name)


def _value(draw: Callable[..., Any], value: Any, *, multiline: bool = True) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_value(draw, one, multiline=False) for one in value) + "]"
    forms = [json.dumps(value, ensure_ascii=False)]
    if "'" not in value and "\n" not in value:
        forms.append(f"'{value}'")
    if multiline and "\\" not in value and '"' not in value:
        forms.append(f'"""\n{value}"""')
    if multiline and "'" not in value:
        forms.append(f"'''{value}'''")
    return draw(st.sampled_from(forms))


def _remark(draw: Callable[..., Any], lines: list[str]) -> None:
    for _ in range(draw(st.integers(0, 1))):
        core = draw(_CORES)
        lines.append(
            draw(
                st.sampled_from(
                    (
                        "# just words",
                        f'# token = "{core}"',
                        f"#api_key='{core}'",
                        f'# auth = {{ password = {core}, mode = "token" }}',
                        f"# it was https://ada:{core}@old.example/ once",
                    )
                )
            )
        )


def _behind(draw: Callable[..., Any]) -> str:
    return draw(st.sampled_from(("", "", "  # ours", f'  # was secret = "{draw(_CORES)}"')))
