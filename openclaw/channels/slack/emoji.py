"""Emoji by the names that Slack's reactions go by.

Only those that assistants and people use for reactions; every other one may be given by its name, ``:name:``.
"""

from __future__ import annotations

import re

_NAMES = {
    "👀": "eyes", "👍": "+1", "👎": "-1", "✅": "white_check_mark", "❌": "x", "❤": "heart", "🔥": "fire",
    "🎉": "tada", "🚀": "rocket", "👏": "clap", "🙏": "pray", "🙌": "raised_hands", "👌": "ok_hand", "👋": "wave",
    "💪": "muscle", "🤝": "handshake", "💯": "100", "🤔": "thinking_face", "😂": "joy",
    "🤣": "rolling_on_the_floor_laughing", "😄": "smile", "😃": "smiley", "😀": "grinning", "😁": "grin",
    "😅": "sweat_smile", "😆": "laughing", "🙂": "slightly_smiling_face", "🙃": "upside_down_face", "😉": "wink",
    "😊": "blush", "😍": "heart_eyes", "😘": "kissing_heart", "😎": "sunglasses", "🤓": "nerd_face",
    "😐": "neutral_face", "😑": "expressionless", "😴": "sleeping", "😢": "cry", "😭": "sob", "😮": "open_mouth",
    "😱": "scream", "😡": "rage", "😳": "flushed", "🤯": "exploding_head", "🤖": "robot_face", "👻": "ghost",
    "💀": "skull", "💩": "hankey", "🤷": "shrug", "🤦": "face_palm", "⏳": "hourglass_flowing_sand",
    "⌛": "hourglass", "⌚": "watch", "⏰": "alarm_clock", "⚠": "warning", "❗": "exclamation", "❓": "question",
    "❔": "grey_question", "❕": "grey_exclamation", "⛔": "no_entry", "🚫": "no_entry_sign",
    "✔": "heavy_check_mark", "☑": "ballot_box_with_check", "⭐": "star", "✨": "sparkles", "💡": "bulb",
    "⚡": "zap", "🔒": "lock", "🔓": "unlock", "🔑": "key", "🔍": "mag", "🔧": "wrench", "🔨": "hammer",
    "🔗": "link", "📌": "pushpin", "📎": "paperclip", "📝": "memo", "📅": "date",
    "📈": "chart_with_upwards_trend", "📉": "chart_with_downwards_trend", "💬": "speech_balloon",
    "💭": "thought_balloon", "📣": "mega", "🔔": "bell", "🐛": "bug", "🦞": "lobster", "🍕": "pizza",
    "☕": "coffee", "🍺": "beer", "🏆": "trophy", "💔": "broken_heart", "💙": "blue_heart", "💚": "green_heart",
    "💛": "yellow_heart", "💜": "purple_heart", "🧠": "brain", "✍": "writing_hand", "👂": "ear",
    "🎵": "musical_note", "🔴": "red_circle", "🟢": "large_green_circle", "🟡": "large_yellow_circle",
    "🔵": "large_blue_circle", "⬆": "arrow_up", "⬇": "arrow_down", "➡": "arrow_right", "⬅": "arrow_left",
}  # fmt: skip
_EMOJI = {name: emoji for emoji, name in _NAMES.items()} | {"thumbsup": "👍", "thumbsdown": "👎", "thinking": "🤔"}
#: Says that a sign is shown in colour; names do not have it.
_SELECTOR = "\ufe0f"
_NAME = re.compile(r":?([a-z0-9_+'-]+(?:::skin-tone-[2-6])?):?")


def name_of(emoji: str) -> str:
    """Slack's name of an emoji, which may be given as ``:name:`` too; empty for one that is not known here."""
    known = _NAMES.get(emoji.strip().replace(_SELECTOR, ""))
    if known:
        return known
    given = _NAME.fullmatch(emoji.strip())
    return given[1] if given else ""


def emoji_of(name: str) -> str:
    """The emoji of a name, whatever its skin's tone; ``:name:`` for one that is not known here."""
    plain = name.partition("::")[0]
    return _EMOJI.get(plain, f":{plain}:")
