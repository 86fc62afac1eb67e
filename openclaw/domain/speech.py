"""Spoken replies: when a reply is spoken, what of it, and the tags by which a model asks for it. Pure.

The tags by which it asks for a message to be quoted are read here as well.

| in a reply | means |
|---|---|
| ``[[tts]]`` | speak this reply |
| ``[[tts:provider=NAME voice=NAME]]`` | speak it by that vendor, or with that voice |
| ``[[tts:some words]]`` | speak these words instead of the reply |
| ``[[tts:text]]some words[[/tts:text]]`` | the same for longer ones |
| ``[[audio_as_voice]]`` | as a voice note, where the platform knows a difference |
| ``[[reply_to_current]]`` | quote the message that is answered |
| ``[[reply_to:ID]]`` | quote that message |
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from openclaw.domain.reply_target import CURRENT

#: When replies are spoken: never, always, where the message was spoken too, or where the model asks for it.
MODES = ("off", "always", "inbound", "tagged")
#: Shorter replies are not spoken. Characters; OpenClaw's.
SHORTEST = 10
#: A longer reply is summarized before it is spoken, and never is more spoken than that. Characters; OpenClaw's.
SUMMARIZED_OVER, LONGEST = 1_500, 4_000

_BLOCK = re.compile(r"\[\[tts:text\]\](?P<words>.*?)(?:\[\[/tts:text\]\]|\Z)", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(
    r"\[\[\s*(?:tts(?::(?P<said>[^\[\]]*))?|(?P<note>audio_as_voice)"
    r"|(?P<quote>reply_to_current|reply_to\s*:\s*(?P<id>[^\[\]\s]{1,128})))\s*\]\]",
    re.IGNORECASE,
)
_SETTING = re.compile(r"(?P<name>provider|voice)=(?P<value>[\w.:-]{1,64})", re.IGNORECASE)
_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`", re.DOTALL)
_LINK = re.compile(r"!?\[(?P<label>[^\]]*)\]\([^)]*\)")
_ADDRESS = re.compile(r"https?://\S+")
_MARKS = re.compile(
    r"^[ \t]*(?:#{1,6}|>|[-*+])[ \t]+|[*_~]{1,3}(?=\S)|(?<=\S)[*_~]{1,3}|^[ \t]*[-=*_]{3,}[ \t]*$", re.MULTILINE
)


#: What models are told where replies are spoken.
_ABOUT = {
    "always": "Your replies are also read out.",
    "inbound": "Your replies to spoken messages are also read out.",
    "tagged": "Only a reply with [[tts]] in it is also read out; write it where somebody wants to hear you.",
}
_TAGS = "[[tts:text]]…[[/tts:text]] holds words that are read out instead of the reply; nobody sees these tags."
#: A tag that may be on its way at the end of a text.
_BEGUN = re.compile(r"\[{1,2}(?P<word>[a-z_]*)(?P<said>:[^\[\]]*)?\]?$", re.IGNORECASE)


_TAGS_BEGIN = ("tts", "audio_as_voice", "reply_to_current")


def about_speech(mode: str) -> str:
    """What a model is told of spoken replies; empty where there are none."""
    return f"{_ABOUT[mode]} {_TAGS}" if mode in _ABOUT else ""


def as_shown(reply: str) -> str:
    """A reply that may still grow, as people see it: without tags, and without one that is not finished yet."""
    if "[" not in reply:
        return reply
    text = read_tags(reply).text
    # Only the last bracket can be one on its way; every delta of every stream comes through here.
    last = text.rfind("[")
    begun = _BEGUN.match(text, last - 1 if last and text[last - 1] == "[" else last) if last >= 0 else None
    if begun is None:
        return text
    word, said = begun["word"].lower(), begun["said"]
    is_tag = word in ("tts", "reply_to") if said else any(name.startswith(word) for name in _TAGS_BEGIN)
    return text[: begun.start()] if is_tag else text


@dataclass(frozen=True, slots=True)
class Speech:
    """What is to be spoken."""

    words: str
    #: As a voice note, and not as a file with sound.
    voice_note: bool = True
    #: The vendor and its voice; empty for the configured ones.
    provider: str = ""
    voice: str = ""

    def to_json(self) -> dict[str, Any]:
        return {"words": self.words, "voice_note": self.voice_note, "provider": self.provider, "voice": self.voice}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Speech:
        return cls(data["words"], data["voice_note"], data["provider"], data["voice"])


@dataclass(frozen=True, slots=True)
class TaggedReply:
    """A reply without its tags, and what they asked for."""

    text: str
    asked: bool = False
    voice_note: bool = False
    words: str = ""
    provider: str = ""
    voice: str = ""
    #: The message to quote: an id, or ``reply_target.CURRENT``; empty for what is usual.
    reply_to: str = ""


@dataclass(frozen=True, slots=True)
class SpeechRules:
    """How a turn's reply is spoken."""

    mode: str = "off"
    #: Whether the message that is answered was spoken.
    heard: bool = False
    #: Whether the turn has sent files itself.
    sent_files: bool = False
    #: Whether sounds can be sent there at all, and as voice notes.
    possible: bool = False
    voice_notes: bool = True


def read_tags(reply: str) -> TaggedReply:
    """Take the tags out of a reply. Code keeps its own."""
    if "[[" not in reply:
        return TaggedReply(reply)
    asked = note = False
    reply_to = ""
    words: list[str] = []
    settings: dict[str, str] = {}
    parts: list[str] = []
    at = 0
    for code in [*_CODE.finditer(reply), None]:
        prose = reply[at : code.start() if code else len(reply)]
        words.extend(block["words"].strip() for block in _BLOCK.finditer(prose))
        without = _BLOCK.sub("", prose)
        asked = asked or without != prose
        for tag in _TAG.finditer(without):
            if tag["quote"]:
                reply_to = tag["id"] or CURRENT
                continue
            asked, note = asked or not tag["note"], note or bool(tag["note"])
            said = (tag["said"] or "").strip()
            found = {each["name"].lower(): each["value"] for each in _SETTING.finditer(said)}
            settings |= found
            if said and not found:
                words.append(said)
        parts.append(_TAG.sub("", without))
        if code is not None:
            parts.append(code[0])
            at = code.end()
    if not (asked or note or reply_to):
        return TaggedReply(reply)
    text = re.sub(r"[ \t]+$", "", "".join(parts), flags=re.MULTILINE).strip()
    return TaggedReply(
        text,
        asked,
        note,
        " ".join(filter(None, words)),
        settings.get("provider", "").lower(),
        settings.get("voice", ""),
        reply_to,
    )


def speech_of(reply: TaggedReply, rules: SpeechRules) -> Speech | None:
    """What of a reply is spoken; ``None`` for one that is only written."""
    wanted = {
        "always": True,
        "inbound": rules.heard,
        "tagged": reply.asked,
    }.get(rules.mode, False)
    words = reply.words or spoken_form(reply.text)
    if not wanted or rules.sent_files or len(words) < SHORTEST:
        return None
    return Speech(words, rules.voice_notes or reply.voice_note, reply.provider, reply.voice)


def spoken_form(markdown: str) -> str:
    """A text as it is read out: without code, addresses and marks."""
    text = _CODE.sub(" ", markdown)
    text = _LINK.sub(lambda link: link["label"], text)
    text = _MARKS.sub("", _ADDRESS.sub(" ", text))
    return "\n".join(line for line in (" ".join(each.split()) for each in text.splitlines()) if line)


def shortened(words: str, limit: int) -> str:
    """At most ``limit`` characters, to the end of a sentence if there is one in the second half."""
    if len(words) <= limit:
        return words
    head = words[:limit]
    end = max(head.rfind(mark) for mark in (". ", "! ", "? ", ".\n", "。"))
    return head[: end + 1] if end > limit // 2 else head.rpartition(" ")[0] or head
