"""Vendors that are no model vendors, over the wire that they speak."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from openclaw.errors import SpeechFailed
from openclaw.ports.secrets import Secret
from openclaw.ports.speech import MP3, OPUS
from openclaw.speech.edge import Edge
from openclaw.speech.elevenlabs import ElevenLabs
from tests.wire.edge.server import EdgeServer
from tests.wire.elevenlabs.server import ElevenLabsServer

pytestmark = pytest.mark.spec("E10")

WORDS = "The train leaves at nine & a half."


@pytest.fixture
def elevenlabs() -> Iterator[ElevenLabsServer]:
    with ElevenLabsServer() as server:
        yield server


@pytest.fixture
def edge(monkeypatch: pytest.MonkeyPatch) -> Iterator[EdgeServer]:
    with EdgeServer() as server:
        monkeypatch.setattr("edge_tts.communicate.WSS_URL", server.url)
        yield server


def vendor(server: ElevenLabsServer, key: str = "xi-secret") -> ElevenLabs:
    return ElevenLabs(Secret(key), server.url, "eleven_multilingual_v2", "voice-1", 5.0)


def test_elevenlabs_speaks_opus_or_mp3_with_the_voice_that_is_wanted(elevenlabs: ElevenLabsServer) -> None:
    assert vendor(elevenlabs).speak(WORDS, "", opus=True) == (b"OggS" + WORDS.encode(), OPUS)
    assert vendor(elevenlabs).speak(WORDS, "other", opus=False) == (b"ID3" + WORDS.encode(), MP3)
    assert [call["path"] for call in elevenlabs.calls] == ["/v1/text-to-speech/voice-1", "/v1/text-to-speech/other"]
    assert elevenlabs.calls[0]["model_id"] == "eleven_multilingual_v2"


def test_elevenlabs_refusals_tell_no_key(elevenlabs: ElevenLabsServer) -> None:
    with pytest.raises(SpeechFailed, match=r"^HTTP 401$"):
        vendor(elevenlabs, "xi-wrong").speak(WORDS, "", opus=True)


def test_elevenlabs_may_be_out_of_reach() -> None:
    gone = ElevenLabs(Secret("k"), "http://127.0.0.1:9", "m", "v", 2.0)
    with pytest.raises(SpeechFailed, match="ConnectError"):
        gone.speak(WORDS, "", opus=True)


def test_edge_speaks_mp3_without_a_key(edge: EdgeServer) -> None:
    assert Edge("en-US-MichelleNeural", 5.0).speak(WORDS, "", opus=True) == (b"ID3" + WORDS.encode(), MP3)
    ((voice, words),) = edge.said
    assert "MichelleNeural" in voice
    assert words == WORDS


def test_edge_that_stays_mute_or_cannot_be_reached_has_failed(
    edge: EdgeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    edge.mute = True
    with pytest.raises(SpeechFailed):
        Edge("en-US-MichelleNeural", 5.0).speak(WORDS, "", opus=False)
    monkeypatch.setattr("edge_tts.communicate.WSS_URL", "ws://127.0.0.1:9/edge?x=1")
    with pytest.raises(SpeechFailed):
        Edge("en-US-MichelleNeural", 5.0).speak(WORDS, "", opus=False)


def test_a_voice_that_is_none_is_refused() -> None:
    with pytest.raises(SpeechFailed, match="ValueError"):
        Edge("nobody", 5.0).speak(WORDS, "", opus=False)


_AMONG_GREENLETS = """
from gevent import monkey
monkey.patch_all()
import asyncio, sys
import edge_tts.communicate
from openclaw.net.loop_thread import run_on_loop
from openclaw.speech.edge import Edge
edge_tts.communicate.WSS_URL = sys.argv[1]
busy = run_on_loop(asyncio.sleep(3600))
print(Edge("en-US-MichelleNeural", 5.0).speak(sys.argv[2], "", opus=False)[1], busy.done())
"""


def test_edge_speaks_among_greenlets_while_the_processs_loop_has_other_work(edge: EdgeServer) -> None:
    program = [sys.executable, "-c", _AMONG_GREENLETS, edge.url, WORDS]
    ended = subprocess.run(program, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.stdout, ended.returncode) == (f"{MP3} False\n", 0), ended.stderr[-2000:]
