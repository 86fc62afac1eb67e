"""Files that come with a message reach the model: as pictures where it sees, else as words found away from the turn."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest

from openclaw.domain.envelope import MediaRef
from openclaw.ports.clock import system_clock
from tests.e2e.configs import ONE_BY_ONE, provider
from tests.integration.workers.cluster import Cluster, cluster
from tests.wire.openai import server as wire
from tests.wire.openai.server import OpenAIWireServer
from tests.wire.sse_server import Reply

pytestmark = [pytest.mark.spec("E10"), pytest.mark.timeout(90)]

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
SEES = 'input_kinds = ["text", "image"]\n'


@pytest.fixture
def blind() -> Iterator[OpenAIWireServer]:
    with OpenAIWireServer(tokens=4) as server:
        yield server


@pytest.fixture
def seeing() -> Iterator[OpenAIWireServer]:
    with OpenAIWireServer(tokens=4) as server:
        yield server


def config(main: str, blind: OpenAIWireServer, seeing: OpenAIWireServer) -> str:
    return (
        ONE_BY_ONE
        + provider("blind", "openai-completions", blind.base_url)
        + provider("seeing", "openai-completions", seeing.base_url)
        + SEES
        + f'[agents.main]\nmodel = "{main}/wire-1"\n'
        + '[tools.media]\naudio_provider = "blind"\n'
    )


def kept(c: Cluster, content: bytes, mime: str, name: str) -> MediaRef:
    return c.storage.media_files.keep(content, mime, name, system_clock())


def asked(server: OpenAIWireServer) -> list[Any]:
    """The contents of the newest request's messages of people."""
    return [m["content"] for m in server.requests[-1].body["messages"] if m["role"] == "user"]


def outcomes(c: Cluster, run_id: str) -> list[str]:
    return [row["outcome"] for row in c.attempts(run_id)]


def test_a_model_that_sees_gets_the_picture_itself(
    redis_client: object, redis_url: str, blind: OpenAIWireServer, seeing: OpenAIWireServer
) -> None:
    with cluster(redis_url, config("seeing", blind, seeing)) as c:
        c.keeper.open_lanes()
        c.start()
        run_id = c.say("what is this?", media=(kept(c, PNG, "image/png", "dot.png"),))
        assert c.wait_done(run_id)["status"] == "succeeded"
        ((text, picture),) = asked(seeing)
        assert text == {"type": "text", "text": "what is this?\n<media:image/png dot.png>"}
        assert picture["image_url"]["url"] == f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
        assert outcomes(c, run_id) == ["succeeded"]
        c.wait_done(c.say("and again?"))
        assert asked(seeing)[0] == [text, picture]


def test_others_get_words_that_were_found_while_the_turn_was_parked(
    redis_client: object, redis_url: str, blind: OpenAIWireServer, seeing: OpenAIWireServer
) -> None:
    with cluster(redis_url, config("blind", blind, seeing)) as c:
        c.keeper.open_lanes()
        c.start()
        media = (
            kept(c, PNG, "image/png", "dot.png"),
            kept(c, b"OggS" + bytes(60), "audio/ogg", "note.ogg"),
            kept(c, b"name,age\nAnn,7\n", "text/csv", "people.csv"),
            kept(c, b"PK\x03\x04", "application/zip", "all.zip"),
        )
        run_id = c.say("look", media=media)
        assert c.wait_done(run_id)["status"] == "succeeded"
        assert outcomes(c, run_id) == ["suspended", "succeeded"]
        (said,) = asked(blind)
        assert "[The file image/png dot.png holds:]" in said
        assert "You said: Describe this picture" in said
        assert blind.heard in said
        assert "name,age\nAnn,7" in said
        assert "nobody here reads files of the kind application/zip" in said
        assert said.count("<untrusted-data") == 4
        (heard,) = [r for r in blind.requests if r.path.endswith("/transcriptions")]
        assert 'filename="note.ogg"' in heard.body["multipart"]
        described = [r for r in seeing.requests if r.path.endswith("/chat/completions")]
        assert described[0].body["messages"][-1]["content"][1]["type"] == "image_url"
        # Once: later turns have the same words.
        c.wait_done(c.say("again"))
        assert asked(blind)[0] == said
        assert len([r for r in seeing.requests if r.path.endswith("/chat/completions")]) == len(described)


def test_a_vendor_that_fails_costs_the_words_and_not_the_turn(
    redis_client: object, redis_url: str, blind: OpenAIWireServer, seeing: OpenAIWireServer
) -> None:
    seeing.script(Reply.of_json(wire.error_body("no"), 400))
    with cluster(redis_url, config("blind", blind, seeing)) as c:
        c.keeper.open_lanes()
        c.start()
        run_id = c.say("look", media=(kept(c, PNG, "image/png", "dot.png"),))
        assert c.wait_done(run_id)["status"] == "succeeded"
        assert "It could not be looked at" in asked(blind)[0]
