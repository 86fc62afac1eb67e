"""The configuration of a cluster: edits become versions, every process follows, nothing broken gets in."""

from __future__ import annotations

import pytest

from openclaw.errors import ConfigError, InvalidRequest
from openclaw.ports.config_store import ConfigConflict, text_hash
from openclaw.settings.private_file import write_private
from openclaw.settings.redaction import REDACTED

pytestmark = pytest.mark.spec("B8", "H1")


def text(name: str, more: str = "") -> str:
    return f'# ours\n[agents.main]\nname = "{name}"  # shown\n{more}'


def test_the_first_file_becomes_the_first_version(host):
    a = host(text=text("Crab")).boot()
    assert (a.name, a.live.current.version) == ("Crab", 1)
    assert a.store.latest().source == "file"


def test_without_file_and_versions_the_defaults_hold_and_nothing_is_stored(host):
    a = host().boot()
    assert (a.live.current.version, a.store.latest()) == (0, None)


def test_a_host_without_a_file_takes_the_clusters_version(host):
    host("a", text("Crab")).boot()
    assert host("b").boot(adopt=False).name == "Crab"


def test_an_edit_while_no_gateway_ran_is_taken_at_the_start(host):
    a = host(text=text("Crab")).boot()
    a.file.write_text(text("Crayfish"))
    assert (a.boot().name, a.live.current.version) == ("Crayfish", 2)


def test_an_old_copy_of_a_host_that_was_away_is_not_an_edit_and_is_renewed(host):
    a, b = host("a", text("Crab")).boot(), host("b", text("Crab")).boot()
    a.editor.patch(
        {"agents": {"main": {"name": "Lobster"}}}, a.editor.snapshot().hash, source="config.patch", author="t"
    )
    b.boot()
    assert b.name == "Lobster"
    b.editor.adopt(edited=False)
    assert b.file.read_text() == text("Lobster")
    assert b.store.latest_id() == 2


def test_going_back_to_an_old_text_is_an_edit_when_somebody_does_it_now(host):
    a = host(text=text("Crab")).boot()
    for name in ("Crayfish", "Crab"):
        a.file.write_text(text(name))
        a.editor.adopt(edited=True)
    assert (a.name, a.store.latest_id()) == ("Crab", 3)


@pytest.mark.parametrize("looks", ["the same process", "another process"])
def test_whoever_looks_while_an_edit_is_written_does_not_take_the_text_before_for_a_way_back(host, monkeypatch, looks):
    a = host(text=text("Crab")).boot()
    a.editor.adopt(edited=False)
    looking = a.editor if looks == "the same process" else host("a").boot(adopt=False).editor
    looking.adopt(edited=False)

    def look_and_write(path, written):
        looking.adopt(edited=True)
        write_private(path, written)

    monkeypatch.setattr("openclaw.composition.config_editor.write_private", look_and_write)
    for name in ("Lobster", "Shrimp", "Crab", "Krill"):
        a.editor.patch({"agents": {"main": {"name": name}}}, a.editor.snapshot().hash, source="config.patch", author="")
        assert a.file.read_text() == a.store.latest().text == text(name)
    assert a.store.latest_id() == 5


def test_of_two_edits_at_once_the_file_holds_the_newer_one(host, monkeypatch):
    a = host(text=text("Crab")).boot()
    other = host("a").boot(adopt=False)
    names = iter(["Shrimp"])

    def be_overtaken(path, written):
        for name in names:
            snapshot = other.editor.snapshot()
            other.editor.patch({"agents": {"main": {"name": name}}}, snapshot.hash, source="config.patch", author="")
        write_private(path, written)

    monkeypatch.setattr("openclaw.composition.config_editor.write_private", be_overtaken)
    a.editor.patch(
        {"agents": {"main": {"name": "Lobster"}}}, a.editor.snapshot().hash, source="config.patch", author=""
    )
    assert [version.text for version in a.store.recent(2)] == [text("Shrimp"), text("Lobster")]
    assert a.file.read_text() == text("Shrimp")


def test_a_broken_file_leaves_the_last_good_version_in_force_and_says_why(host):
    a = host(text=text("Crab")).boot()
    a.file.write_text("[agents.main")
    a.editor.adopt(edited=True)
    assert (a.name, a.store.latest_id()) == ("Crab", 1)
    assert "not valid TOML" in a.live.state.problem
    a.file.write_text('[agents.main]\nnmae = "x"\n')
    a.editor.adopt(edited=True)
    assert "agents.main.nmae" in a.live.state.problem
    a.file.write_text(text("Crayfish"))
    a.editor.adopt(edited=True)
    assert (a.name, a.live.state.problem) == ("Crayfish", "")


def test_a_process_starts_with_the_last_good_version_when_its_file_is_broken(host):
    a = host(text=text("Crab")).boot()
    a.file.write_text("[agents.main")
    a.boot()
    assert a.name == "Crab"
    assert "not valid TOML" in a.live.state.problem


def test_without_any_good_version_a_broken_file_is_an_error(host):
    with pytest.raises(ConfigError, match="not valid TOML"):
        host(text="[agents.main").boot()


def test_all_processes_follow_the_newest_version(host):
    a, b = host("a", text("Crab")).boot(), host("b").boot(adopt=False)
    seen = []
    b.live.on_change(lambda before, after, found: seen.append([c.dotted for c in found]))
    a.file.write_text(text("Crayfish", "[lanes.main]\nconcurrency = 5\nreserved_interactive = 0\n"))
    a.editor.adopt(edited=True)
    assert b.follower.look()
    assert (b.name, b.settings.lanes.main.concurrency) == ("Crayfish", 5)
    assert seen == [["lanes.main.concurrency", "lanes.main.reserved_interactive", "agents.main.name"]]
    assert not b.follower.look()


def test_a_version_that_cannot_be_used_here_is_refused_once_and_the_next_one_taken(host):
    a, b = host("a", text("Crab"), WORD="w").boot(), host("b").boot(adopt=False)
    a.file.write_text(text("Crayfish", 'system_prompt = "${WORD}"\n'))
    a.editor.adopt(edited=True)
    assert a.name == "Crayfish"
    assert not b.follower.look()
    assert b.name == "Crab"
    assert "WORD" in b.live.state.problem
    a.file.write_text(text("Lobster"))
    a.editor.adopt(edited=True)
    assert b.follower.look()
    assert (b.name, b.live.state.problem) == ("Lobster", "")


def test_keys_that_take_a_restart_stay_as_they_were_and_are_named(host):
    a = host(text=text("Crab", "[gateway]\nport = 1\n")).boot()
    a.file.write_text(text("Crayfish", "[gateway]\nport = 2\n"))
    a.editor.adopt(edited=True)
    assert (a.name, a.settings.gateway.port) == ("Crayfish", 1)
    assert a.live.state.restart_needed == ("gateway.port",)
    assert a.boot().settings.gateway.port == 2
    assert a.live.state.restart_needed == ()


def test_a_part_that_cannot_follow_keeps_no_other_from_it(host, caplog):
    a = host(text=text("Crab")).boot()
    told = []

    def fails(*_):
        raise RuntimeError("no")

    a.live.on_change(fails)
    a.live.on_change(lambda *_: told.append(1))
    a.file.write_text(text("Crayfish"))
    a.editor.adopt(edited=True)
    assert told == [1]


def test_a_run_gets_the_settings_of_the_version_it_began_under(host):
    a = host(text=text("Crab")).boot()
    a.file.write_text(text("Crayfish"))
    a.editor.adopt(edited=True)
    late = host("late").boot(adopt=False)
    for process in (a, late):
        assert process.live.settings_of(1, process.store).agents.default.name == "Crab"
        assert process.live.settings_of(2, process.store).agents.default.name == "Crayfish"
        assert process.live.settings_of(99, process.store).agents.default.name == "Crayfish"
        assert process.live.settings_of(None, process.store).agents.default.name == "Crayfish"


def test_a_whole_text_replaces_the_file_and_its_hidden_credentials_stay(host):
    secret = '[gateway.auth]\ntoken = "t0p"\n'
    a = host(text=text("Crab", secret)).boot()
    before = a.editor.snapshot()
    edited = text("Lobster", secret.replace("t0p", REDACTED))
    edit = a.editor.replace(edited, before.hash, source="config.set", author="console")
    assert (a.name, a.file.read_text()) == ("Lobster", text("Lobster", secret))
    assert (edit.version.author, [c.dotted for c in edit.changes]) == ("console", ["agents.main.name"])
    assert a.file.stat().st_mode & 0o777 == 0o600


def test_a_patch_keeps_the_comments(host):
    a = host(text=text("Crab")).boot()
    a.editor.patch({"agents": {"main": {"name": "Lobster"}}}, text_hash(text("Crab")), source="config.patch", author="")
    assert a.file.read_text() == text("Lobster")


@pytest.mark.parametrize(
    ("base_hash", "error", "says"),
    [(None, InvalidRequest, "base hash required"), ("0" * 64, ConfigConflict, "changed since")],
)
def test_an_edit_must_know_what_it_changes(host, base_hash, error, says):
    a = host(text=text("Crab")).boot()
    with pytest.raises(error, match=says):
        a.editor.patch({}, base_hash, source="config.patch", author="")


@pytest.mark.parametrize(
    "bad", ["[agents.main", '[agents.main]\nnmae = "x"\n', f'[gateway.auth]\ntoken = "{REDACTED}"\n']
)
def test_a_text_that_cannot_be_used_changes_nothing(host, bad):
    a = host(text=text("Crab")).boot()
    with pytest.raises(InvalidRequest):
        a.editor.replace(bad, a.editor.snapshot().hash, source="config.set", author="")
    assert (a.name, a.file.read_text(), a.store.latest_id()) == ("Crab", text("Crab"), 1)


def test_the_first_edit_of_a_file_that_was_never_stored_stores_both(host):
    a = host(text=text("Crab")).boot(adopt=False)
    a.editor.patch(
        {"agents": {"main": {"name": "Lobster"}}}, a.editor.snapshot().hash, source="config.patch", author=""
    )
    assert [v.text for v in a.store.recent(5)] == [text("Lobster"), text("Crab")]


def test_without_a_file_the_first_edit_writes_one(host):
    a = host().boot()
    a.editor.patch({"agents": {"main": {"name": "Lobster"}}}, None, source="config.patch", author="")
    assert 'name = "Lobster"' in a.file.read_text()
    assert (a.name, a.store.latest_id()) == ("Lobster", 1)


def test_a_file_that_may_not_be_written_costs_a_warning_only(host, monkeypatch, caplog):
    a = host(text=text("Crab")).boot()

    def refuse(*_):
        raise PermissionError("read-only file system")

    monkeypatch.setattr("openclaw.composition.config_editor.write_private", refuse)
    a.editor.patch(
        {"agents": {"main": {"name": "Lobster"}}}, a.editor.snapshot().hash, source="config.patch", author=""
    )
    assert a.name == "Lobster"
    assert "read-only" in caplog.text
