"""``openclaw models auth``: credentials with model vendors that are stored, sealed. Speaks to SQL itself."""

from __future__ import annotations

import sys
import time
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from openclaw.cli.options import json_option, print_json
from openclaw.cli.table import print_table

if TYPE_CHECKING:
    from openclaw.domain.auth_order import Credential
    from openclaw.ports.auth_profiles import AuthProfileStore
    from openclaw.settings.schema import Settings


@click.group("auth")
def auth() -> None:
    """Credentials with the vendors, beside those of the configuration."""


@auth.command("add")
@click.argument("provider")
@click.option("--profile", default="stored", show_default=True, help="What it is called.")
@click.option("--stdin", "from_stdin", is_flag=True, help="Read the key from standard input.")
def add(provider: str, profile: str, *, from_stdin: bool) -> None:
    """Store a vendor's key. It is asked for, and shown nowhere."""
    from openclaw.composition.auth_profiles import sealer_of
    from openclaw.ports.auth_profiles import StoredProfile
    from openclaw.ports.secrets import Secret

    settings, store = _open()
    if provider not in settings.models.providers:
        raise click.ClickException(
            f"{provider!r} is not configured; add [models.providers.{provider}] to the configuration, it may be empty."
        )
    _check_name(profile)
    key = (sys.stdin.read() if from_stdin else click.prompt("Key", hide_input=True)).strip()
    if not key or not key.isascii() or not key.isprintable():
        raise click.ClickException("That is no key: it must be one line of printable characters.")
    sealed = sealer_of(settings).seal(Secret(key))
    new = store.put(StoredProfile(provider, profile, sealed, time.time_ns() // 1_000_000))
    click.echo(f"{'Stored' if new else 'Replaced'}: {provider}:{profile}. Workers use it within seconds.")


@auth.command("login")
@click.argument("provider")
@click.option("--profile", default="login", show_default=True, help="What it is called.")
def login(provider: str, profile: str) -> None:
    """Log in with a vendor that takes no keys: it shows a code to type in, and waits for that."""
    from openclaw.composition.auth_profiles import oauth_vendor, sealer_of
    from openclaw.errors import ProviderError
    from openclaw.ports.auth_profiles import StoredProfile
    from openclaw.ports.clock import system_clock
    from openclaw.providers.oauth.tokens import await_login, begin_login
    from openclaw.providers.oauth.vendors import OAUTH_VENDORS

    settings, store = _open()
    vendor = oauth_vendor(settings, provider)
    if vendor is None:
        known = ", ".join(OAUTH_VENDORS)
        raise click.ClickException(
            f"One cannot log in with {provider!r}, or [models.providers.{provider}] is not in the configuration; it "
            f"may be empty. Vendors with a login: {known}."
        )
    _check_name(profile)
    try:
        code = begin_login(vendor)
        click.echo(f"Open {code.verification_url} and type in {code.user_code}. Waiting …")
        tokens = await_login(vendor, code, system_clock)
    except ProviderError as error:
        raise click.ClickException(str(error)) from None
    sealed = sealer_of(settings).seal(tokens.to_secret())
    store.put(StoredProfile(provider, profile, sealed, system_clock(), "oauth"))
    click.echo(f"Logged in: {provider}:{profile}. Workers use it within seconds, and renew it by themselves.")


@auth.command("list")
@json_option
def list_profiles(*, as_json: bool) -> None:
    """List the profiles of every vendor in the order in which they are tried where none was asked yet."""
    from openclaw.composition.auth_profiles import own_profiles
    from openclaw.domain.auth_order import in_order

    settings, store = _open()
    stored = store.all()
    rows: list[dict[str, Any]] = []
    for config in settings.models.providers.values():
        own = own_profiles(config)
        names = {profile.name for profile in own}
        more = [each for each in stored if each.provider == config.id and each.name not in names]
        of_vendor = {each.name: _row(config.id, each, "configuration") for each in own}
        for each in more:
            of_vendor[each.name] = {**_row(config.id, each, "database"), "storedAtMs": each.created_at_ms}
        rows += [of_vendor[name] for name in in_order(config.id, (*own, *more), "", dict)]
    if as_json:
        print_json({"profiles": rows})
        return
    columns = ("provider", "profile", "kind", "kept")
    shown = [
        (*(row[key] for key in columns), "as placed" if row["placed"] else "any", _when(row.get("storedAtMs")))
        for row in rows
    ]
    print_table(("VENDOR", "PROFILE", "KIND", "KEPT IN", "ORDER", "STORED"), shown, empty="No vendor has a credential.")


def _row(provider: str, profile: Credential, kept: str) -> dict[str, Any]:
    facts = {"provider": provider, "profile": profile.name, "kept": kept}
    return {**facts, "kind": profile.kind, "placed": profile.placed}


@auth.command("remove")
@click.argument("provider")
@click.argument("profile")
def remove(provider: str, profile: str) -> None:
    """Forget a stored credential."""
    _, store = _open()
    if not store.remove(provider, profile):
        raise click.ClickException(f"No credential {provider}:{profile} is stored.")
    click.echo(f"Forgotten: {provider}:{profile}.")


@auth.command("order")
@click.argument("provider")
@click.argument("profiles", nargs=-1, required=True)
def order(provider: str, profiles: tuple[str, ...]) -> None:
    """Say in which order a vendor's stored credentials are tried; those that are not named come last."""
    _, store = _open()
    known = [each.name for each in store.all() if each.provider == provider]
    unknown = [name for name in profiles if name not in known]
    if unknown:
        raise click.ClickException(f"Not stored for {provider}: {', '.join(unknown)}. Stored: {', '.join(known)}.")
    store.order(provider, profiles)
    click.echo(", ".join(each.name for each in store.all() if each.provider == provider))


def _when(at_ms: object) -> str:
    if not isinstance(at_ms, int):
        return ""
    return datetime.fromtimestamp(at_ms / 1000).astimezone().strftime("%Y-%m-%d %H:%M")


def _open() -> tuple[Settings, AuthProfileStore]:
    from openclaw.cli.exec_part import part_settings
    from openclaw.composition.storage import open_storage

    _, settings = part_settings()
    return settings, open_storage(settings, pool_size=1).auth_profiles


def _check_name(profile: str) -> None:
    from openclaw.settings.assemble import is_profile_name

    if not is_profile_name(profile):
        raise click.ClickException("A profile's name is lower-case letters, digits, - and _, and not `default`.")
