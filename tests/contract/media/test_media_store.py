"""What every media store does."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openclaw.errors import InvalidRequest
from openclaw.media.store import FileMediaStore

PNG = b"\x89PNG\r\n\x1a\n" + bytes(32)


class Clock:
    def __init__(self) -> None:
        self.now_ms = 1_700_000_000_000

    def __call__(self) -> int:
        return self.now_ms


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path, clock) -> FileMediaStore:
    return FileMediaStore(tmp_path / "media", max_bytes=1000, ttl_seconds=120, clock=clock)


def test_what_is_saved_can_be_opened(store, clock):
    ref = store.save(PNG, name="cat.png")
    found = store.open(ref.id)
    assert found.ref == ref
    assert found.path.read_bytes() == PNG
    assert found.expires_at_ms == clock.now_ms + 120_000
    assert (ref.mime, ref.size_bytes, ref.name) == ("image/png", len(PNG), "cat.png")


def test_the_same_name_twice_gives_two_files(store):
    first, second = store.save(PNG, name="cat.png"), store.save(PNG + b"2", name="cat.png")
    assert first.id != second.id
    assert store.open(first.id).path.read_bytes() == PNG


def test_the_size_cap_holds(store):
    store.save(b"x" * 1000)
    with pytest.raises(InvalidRequest, match="1000 bytes"):
        store.save(b"x" * 1001)


def test_an_empty_file_is_refused(store):
    with pytest.raises(InvalidRequest):
        store.save(b"")


def test_a_file_is_gone_when_its_time_is_over(store, clock):
    ref = store.save(PNG)
    clock.now_ms += 119_999
    assert store.open(ref.id) is not None
    clock.now_ms += 1
    assert store.open(ref.id) is None


def test_a_sweep_deletes_what_has_expired_and_nothing_else(store, clock):
    store.save(PNG)
    store.save(PNG)
    clock.now_ms += 60_000
    kept = store.save(PNG)
    clock.now_ms += 60_000
    assert store.sweep() == 2
    assert store.sweep() == 0
    assert store.open(kept.id) is not None


def test_saving_sweeps_along(store, clock):
    old = store.save(PNG)
    path = store.open(old.id).path
    clock.now_ms += 200_000
    store.save(PNG)
    assert not path.exists()


def test_sweeping_an_unused_store_is_harmless(store):
    assert store.sweep() == 0


@pytest.mark.parametrize(
    ("content", "declared", "name", "mime"),
    [
        (PNG, "text/html", "page.html", "image/png"),
        (b"%PDF-1.7\n1 0 obj", "image/png", "x.png", "application/pdf"),
        (b"\xff\xd8\xff\xe0" + bytes(20), "", "", "image/jpeg"),
        (b"a,b\n1,2\n", "text/csv; charset=utf-8", "x", "text/csv"),
        (b"# Title", "", "notes.md", "text/markdown"),
        (b"{}", "application/json", "x.txt", "application/json"),
        (b"plain words", "", "", "text/plain"),
        (b"BMW makes cars", "", "", "text/plain"),
        (b"MZ is a country code", "", "", "text/plain"),
        (b"<html><script>alert(1)</script>", "text/html", "x.html", "text/plain"),
        (b"<svg onload='x'/>", "image/svg+xml", "x.svg", "text/plain"),
        (b"alert(1)", "text/javascript", "x.js", "text/plain"),
        (b"words", "image/png", "x.png", "text/plain"),
        ("grüße €".encode() * 3000, "", "", "text/plain"),
        (b"\x00\x01\x02\x03", "image/png", "x.png", "application/octet-stream"),
        (b"\x00\x01\x02\x03", "audio/mpeg", "x", "audio/mpeg"),
        (b"\x00\x01\x02\x03", "", "clip.mp4", "video/mp4"),
        (b"\x00\x01\x02\x03", "application/x-unheard-of", "", "application/octet-stream"),
        (b"gr\xfc\xdfe \xff", "text/plain", "x.txt", "application/octet-stream"),
    ],
)
def test_the_type_is_what_the_content_is(tmp_path, content, declared, name, mime):
    store = FileMediaStore(tmp_path)
    ref = store.save(content, name=name, declared_mime=declared)
    assert ref.mime == mime
    assert store.open(ref.id).ref.mime == mime


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot"),
        ("/etc/shadow", "shadow"),
        (".hidden", "hidden"),
        ("a b;c$(d).png", "a_b_c_d"),
        ('q"uo\r\nte', "q_uo_te"),
        ("", "file"),
        ("...", "file"),
        ("Größe.jpg", "Größe"),
        ("图片.png", "图片"),
        ("x" * 300 + ".png", "x" * 60),
    ],
)
def test_names_are_made_harmless(store, name, kept):
    ref = store.save(PNG, name=name)
    assert ref.id.startswith(f"{kept}---")
    assert ref.name == f"{kept}.png"
    assert store.open(ref.id) is not None


@pytest.mark.parametrize(
    "media_id",
    [
        "",
        ".",
        "..",
        "../secret",
        "/etc/passwd",
        "a/b---00000000000000000000000000000000.png",
        "a\\b---00000000000000000000000000000000.png",
        "a\x00---00000000000000000000000000000000.png",
        ".hidden---00000000000000000000000000000000.png",
        "cat.png",
        "unknown---00000000000000000000000000000000.png",
        "a---00000000000000000000000000000000.png\n",
        "x" * 201,
    ],
)
def test_an_unknown_or_unsafe_id_finds_nothing(store, media_id):
    store.save(PNG)
    assert store.open(media_id) is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.text(max_size=120), st.text(max_size=30))
def test_any_name_can_be_saved_and_found_again(store, name, declared):
    ref = store.save(PNG, name=name, declared_mime=declared)
    assert store.open(ref.id).ref == ref
    assert len(ref.id) <= 200
    assert all(char.isalnum() or char in "._-" for char in ref.id)
