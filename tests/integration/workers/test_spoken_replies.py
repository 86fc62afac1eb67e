"""Replies that are spoken: made on the media queue, sent behind the written reply, and never in its way."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import update

from openclaw.domain.envelope import MediaRef, ReplyRoute
from openclaw.ports.clock import system_clock
from openclaw.store.models import outbox
from tests.e2e.configs import ONE_BY_ONE, WHOLE_REPLIES, provider, telegram
from tests.integration.workers.cluster import Cluster, cluster
from tests.waiting import wait_until
from tests.wire.elevenlabs.server import ElevenLabsServer
from tests.wire.openai.server import OpenAIWireServer
from tests.wire.telegram.server import BotApiServer

pytestmark = [pytest.mark.spec("E10"), pytest.mark.timeout(90)]

HERE = ReplyRoute("telegram", "default", "4711")


@pytest.fixture
def vendor() -> Iterator[OpenAIWireServer]:
    with OpenAIWireServer(tokens=4) as server:
        yield server


@pytest.fixture
def bot() -> Iterator[BotApiServer]:
    with BotApiServer() as server:
        yield server


def config(vendor: OpenAIWireServer, bot: BotApiServer, tts: str) -> str:
    return (
        ONE_BY_ONE
        + WHOLE_REPLIES
        + provider("openai", "openai-completions", vendor.base_url)
        + '[agents.main]\nmodel = "openai/wire-1"\n'
        + telegram(bot.url)
        + f"[tts]\n{tts}\n[tts.edge]\nenabled = false\n"
    )


@contextmanager
def working(redis_url: str, text: str) -> Iterator[Cluster]:
    """A cluster with one worker."""
    with cluster(redis_url, text) as c:
        c.keeper.open_lanes()
        c.start()
        yield c


def sent(bot: BotApiServer, count: int) -> list[tuple[str, str]]:
    """What left, in order: its kind, and its text or content."""
    wait_until(lambda: len(bot.sent) >= count, 30)
    return [
        ("voice", base64.b64decode(one.payload["voice"]["base64"]).decode())
        if "voice" in one.payload
        else ("text", one.text)
        for one in bot.sent
    ]


def test_a_reply_is_written_and_then_spoken(
    redis_client: object, redis_url: str, vendor: OpenAIWireServer, bot: BotApiServer
) -> None:
    with working(redis_url, config(vendor, bot, 'auto = "always"')) as c:
        c.say("hello out there", reply_route=HERE)
        assert sent(bot, 2) == [
            ("text", "You said: hello out there word1 word2 word3"),
            ("voice", "OggSYou said: hello out there word1 word2 word3"),
        ]
        (speech,) = [r for r in vendor.requests if r.path.endswith("/audio/speech")]
        assert speech.body == {
            "model": "gpt-4o-mini-tts",
            "voice": "alloy",
            "input": "You said: hello out there word1 word2 word3",
            "response_format": "opus",
        }


def test_spoken_questions_get_spoken_answers_and_written_ones_do_not(
    redis_client: object, redis_url: str, vendor: OpenAIWireServer, bot: BotApiServer
) -> None:
    with working(redis_url, config(vendor, bot, 'auto = "inbound"')) as c:
        note: MediaRef = c.storage.media_files.keep(b"OggS" + bytes(60), "audio/ogg", "note.ogg", system_clock())
        c.wait_done(c.say("only written", reply_route=HERE))
        c.wait_done(c.say("listen to this", media=(note,), reply_route=HERE))
        kinds = [kind for kind, _ in sent(bot, 3)]
        assert kinds == ["text", "text", "voice"]


def test_when_one_vendor_cannot_the_next_one_speaks(
    redis_client: object, redis_url: str, vendor: OpenAIWireServer, bot: BotApiServer
) -> None:
    vendor.speaks = False
    with ElevenLabsServer() as other:
        named = f'auto = "always"\n[tts.elevenlabs]\napi_key = "xi-secret"\nbase_url = "{other.url}"'
        with working(redis_url, config(vendor, bot, named)) as c:
            c.say("hello out there", reply_route=HERE)
            assert sent(bot, 2)[1] == ("voice", "OggSYou said: hello out there word1 word2 word3")


def test_a_reply_that_nobody_can_speak_keeps_nothing_waiting(
    redis_client: object, redis_url: str, vendor: OpenAIWireServer, bot: BotApiServer
) -> None:
    vendor.speaks = False
    with working(redis_url, config(vendor, bot, 'auto = "always"')) as c:
        c.wait_done(c.say("hello out there", reply_route=HERE))
        c.wait_done(c.say("and once again", reply_route=HERE))
        assert sent(bot, 2) == [
            ("text", "You said: hello out there word1 word2 word3"),
            ("text", "You said: and once again word1 word2 word3"),
        ]
        failed = c.ledger.query("SELECT state, error FROM outbox WHERE state = 'failed'")
        assert failed[0]["error"].startswith("SpeechFailed: openai:")


def test_words_that_are_only_to_be_heard_are_written_where_nobody_speaks(
    redis_client: object, redis_url: str, vendor: OpenAIWireServer, bot: BotApiServer
) -> None:
    vendor.answer = "[[tts:text]]Good morning to you.[[/tts:text]]"
    with working(redis_url, config(vendor, bot, 'auto = "tagged"')) as c:
        c.wait_done(c.say("read it out", reply_route=HERE))
        assert sent(bot, 1) == [("voice", "OggSGood morning to you.")]
        vendor.speaks = False
        c.wait_done(c.say("read it out", reply_route=HERE))
        assert sent(bot, 2)[1] == ("text", "Good morning to you.")
        run_id = c.say("read it out", options={"tts": "off"}, reply_route=HERE)
        assert c.wait_done(run_id)["status"] == "succeeded"
        assert sent(bot, 3)[2] == ("text", "Good morning to you.")
        failed = c.ledger.query("SELECT count(*) AS n FROM outbox WHERE state = 'failed'")
        assert failed == [{"n": 0}]


@pytest.mark.parametrize(("summarize", "longest", "asked"), [(True, 1_500, 2), (False, 4_000, 1)])
def test_a_long_reply_is_summarized_or_cut_before_it_is_spoken(
    redis_client: object,
    redis_url: str,
    vendor: OpenAIWireServer,
    bot: BotApiServer,
    summarize: bool,
    longest: int,
    asked: int,
) -> None:
    vendor.answer = "This is one sentence of many. " * 150
    wanted = f'auto = "always"\nsummarize = {str(summarize).lower()}'
    with working(redis_url, config(vendor, bot, wanted)) as c:
        c.say("tell me all", reply_route=HERE)
        wait_until(lambda: any("voice" in one.payload for one in bot.sent), 30)
        (speech,) = [r.body["input"] for r in vendor.requests if r.path.endswith("/audio/speech")]
        assert longest // 2 < len(speech) <= longest
        assert speech.endswith("many.")
        assert len([r for r in vendor.requests if r.path.endswith("/chat/completions")]) == asked


def test_speech_whose_maker_was_killed_is_made_by_another(
    redis_client: object, redis_url: str, vendor: OpenAIWireServer, bot: BotApiServer
) -> None:
    with cluster(redis_url, config(vendor, bot, 'auto = "always"')) as c:
        c.keeper.open_lanes()
        worker = c.start()
        vendor.speech_gate.clear()
        c.wait_done(c.say("hello out there", reply_route=HERE))
        wait_until(lambda: any(r.path.endswith("/audio/speech") for r in vendor.requests), 20)
        worker.kill()
        vendor.speech_gate.set()
        # Its claim is over sooner than the clock would have it.
        with c.storage.database.write() as connection:
            connection.execute(update(outbox).where(outbox.c.state == "making").values(due_at_ms=0))
        c.start()
        assert sent(bot, 2)[1] == ("voice", "OggSYou said: hello out there word1 word2 word3")


def test_tools_speak_and_paint_into_the_conversation(
    redis_client: object, redis_url: str, vendor: OpenAIWireServer, bot: BotApiServer
) -> None:
    with working(redis_url, config(vendor, bot, 'auto = "always"')) as c:
        c.wait_done(c.say('[[tool:tts {"text": "Good morning to you."}]]', reply_route=HERE))
        c.wait_done(c.say('[[tool:image_generate {"prompt": "a red dot", "size": "1024x1024"}]]', reply_route=HERE))
        wait_until(lambda: len(bot.sent) == 4, 30)
        voice, told, photo, shown = bot.sent
        assert base64.b64decode(voice.payload["voice"]["base64"]) == b"OggSGood morning to you."
        assert photo.payload["photo"]["mime"] == "image/png"
        # What a turn has sent itself is not spoken over.
        assert "on its way" in told.text
        assert "on its way" in shown.text
