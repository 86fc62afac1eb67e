"""Fetching what platforms still hold, over the real store."""

from __future__ import annotations

import pytest

from openclaw.domain.envelope import RemoteFile
from openclaw.domain.media import files_in
from openclaw.errors import ChannelError, ChannelRejected, ChannelUnreachable
from openclaw.media.fetching import Fetching
from openclaw.ports.media_files import MediaNote, MediaState
from openclaw.store.repositories.media_files import SqlMediaFiles
from tests.contract.store.world import World

pytestmark = pytest.mark.spec("C10")
PNG = b"\x89PNG\r\n\x1a\n" + bytes(32)


class Platform:
    """Gives out a picture, after the troubles that are staged."""

    def __init__(self, *troubles: ChannelError) -> None:
        self.troubles = list(troubles)
        self.asked: list[tuple[str, int]] = []

    def fetch_file(self, file: RemoteFile, max_bytes: int) -> bytes:
        self.asked.append((file.ref, max_bytes))
        if self.troubles:
            raise self.troubles.pop(0)
        return PNG


def fetched(world: World, platform: Platform | None, file: RemoteFile) -> tuple[int, MediaNote]:
    """What fetching a message's file gives: how many were had, and what is known of it then."""
    (block,) = files_in(world.running("look", files=(file,)).history)
    files = SqlMediaFiles(world.database)

    def account(channel: str, name: str) -> Platform | None:
        assert (channel, name) == ("telegram", "default")
        return platform

    got = Fetching(files, account, lambda: 1_000).fetch([block.id])  # type: ignore[arg-type]
    return got, files.notes([block.id])[block.id]


def test_a_file_is_fetched_and_is_what_its_content_says(world: World) -> None:
    platform = Platform()
    got, note = fetched(world, platform, RemoteFile("AgAC", "document", "text/plain"))
    assert (got, note.state, note.mime) == (1, MediaState.NEW, "image/png")
    assert platform.asked == [("AgAC", 1_000)]


def test_a_platform_that_does_not_answer_is_asked_once_more(world: World) -> None:
    got, note = fetched(world, Platform(ChannelUnreachable("away")), RemoteFile("AgAC"))
    assert (got, note.state) == (1, MediaState.NEW)


def test_what_cannot_be_had_now_is_left_for_the_next_turn(world: World) -> None:
    got, note = fetched(world, Platform(*[ChannelUnreachable("away")] * 2), RemoteFile("AgAC"))
    assert (got, note.state) == (0, MediaState.REMOTE)


@pytest.mark.parametrize(
    ("platform", "file", "why"),
    [
        (lambda: Platform(ChannelRejected("it is gone")), RemoteFile("AgAC"), "it is gone"),
        (Platform, RemoteFile("AgAC", size_bytes=1_001), "1001 bytes"),
        (lambda: None, RemoteFile("AgAC"), "no account"),
    ],
)
def test_what_can_never_be_had_is_said_to_the_model_and_not_asked_for_again(world, platform, file, why):
    got, note = fetched(world, platform(), file)
    assert (got, note.state) == (0, MediaState.FAILED)
    assert why in note.text
