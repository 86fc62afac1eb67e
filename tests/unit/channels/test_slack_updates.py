"""Events of Slack become envelopes, and say who is spoken to, where, and what was said."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openclaw.channel_kit.shapes import Malformed
from openclaw.channels.slack.asked import read_command, read_press
from openclaw.channels.slack.entities import Bot
from openclaw.channels.slack.inbound import Place, authorized_bot, read_event
from openclaw.domain.envelope import Peer, RemoteFile, ReplyRoute, Sender
from tests.wire.slack import events
from tests.wire.slack.methods import BOT_USER

BOT = Bot(BOT_USER, "clawd")
HERE = Place("default")


def read(event, *, place=HERE, bot=BOT, event_id="Ev1"):
    return read_event(events.callback(event, event_id), place, bot)


@pytest.mark.spec("C6")
def test_a_direct_message():
    envelope = read(events.message())
    assert envelope.peer == Peer("direct", "D42")
    assert envelope.sender == Sender("U42")
    assert (envelope.text, envelope.mentioned, envelope.event) == ("Hi", None, "message")
    assert envelope.route == ReplyRoute("slack", "default", "D42")
    assert (envelope.event_id, envelope.message_id) == ("D42:1700000100.000100", "1700000100.000100")
    assert envelope.extra == {"team_id": "T1", "sent_at_ms": 1_700_000_100_000}


@pytest.mark.parametrize(("channel", "kind"), [("C100", "channel"), ("G300", "group"), ("C400", "mpim")])
def test_every_conversation_of_several_is_a_channel_as_most_events_do_not_tell_them_apart(channel, kind):
    envelope = read(events.message(channel=channel, channel_type=kind))
    assert envelope.peer == Peer("channel", channel)
    assert envelope.mentioned is False


@pytest.mark.spec("C6")
def test_a_message_that_names_the_bot_comes_twice_and_is_one_event():
    said = events.in_channel(text=f"<@{BOT_USER}> hello")
    as_message = read(said, event_id="Ev1")
    as_mention = read(said | {"type": "app_mention"}, event_id="Ev2")
    assert as_message == as_mention
    assert as_message.mentioned is True
    assert as_message.text == "hello"


def test_a_mention_that_is_told_of_again_for_a_correction_is_nothing():
    corrected = {"user": "U42", "ts": "1700000200.000000"}
    assert read(events.in_channel(type="app_mention", text=f"<@{BOT_USER}> hi", edited=corrected)) is None


def test_a_mention_speaks_to_the_bot_even_where_nobody_knows_its_id():
    envelope = read(events.in_channel(type="app_mention", text=f"<@{BOT_USER}> hi"), bot=Bot())
    assert envelope.mentioned is True


def test_a_mention_of_somebody_else_is_none_of_the_bot():
    envelope = read(events.in_channel(text="<@U0OTHER01> look"))
    assert envelope.mentioned is False
    assert envelope.text == "@U0OTHER01 look"


def test_an_answer_in_a_thread_below_a_message_of_the_bot_speaks_to_it():
    below = {"thread_ts": "1700000000.000001", "parent_user_id": BOT_USER}
    assert read(events.in_channel(**below)).mentioned is True
    assert read(events.in_channel(**below | {"parent_user_id": "U1"})).mentioned is False


def test_a_thread_is_told_apart_and_its_answers_stay_in_it():
    envelope = read(events.in_channel(thread_ts="1700000000.000001"))
    assert envelope.thread_id == "1700000000.000001"
    assert envelope.route == ReplyRoute("slack", "default", "C100", "1700000000.000001")
    assert envelope.extra["reply_to"] == "1700000000.000001"


def test_the_first_message_of_a_thread_is_not_in_it():
    assert read(events.in_channel(thread_ts="1700000100.000100")).thread_id is None


def test_every_message_of_a_channel_may_begin_a_thread():
    place = Place("default", reply_in_thread=True)
    envelope = read(events.in_channel(), place=place)
    assert envelope.thread_id == envelope.route.thread_id == "1700000100.000100"
    assert "reply_to" not in envelope.extra
    assert read(events.in_channel(thread_ts="1700000000.000001"), place=place).thread_id == "1700000000.000001"
    assert read(events.message(), place=place).thread_id is None


def test_whether_the_answer_stands_below_the_message_is_not_the_channels_to_say():
    envelope = read(events.in_channel())
    assert (envelope.thread_id, envelope.message_id, envelope.route.reply_to) == (None, "1700000100.000100", None)


@pytest.mark.parametrize(
    ("slack", "people"),
    [
        ("a &amp; b &lt;c&gt; &amp;lt;", "a & b <c> &lt;"),
        ("<https://x.org/?a=1&amp;b=2>", "https://x.org/?a=1&b=2"),
        ("<https://x.org|the page>", "the page (https://x.org)"),
        ("<http://x.org|x.org> <mailto:a@x.org|a@x.org>", "x.org a@x.org"),
        ("<#C0GENERAL|general> <#C0NAMELESS>", "#general #C0NAMELESS"),
        ("<#C0GENERAL|>", "#C0GENERAL"),
        ("<!here> <!channel> <!subteam^S1|@devs>", "@here @channel @devs"),
        ("<!date^1392734382^{date}|Feb 18, 2014>", "Feb 18, 2014"),
        ("<@U0OTHER01|ada>", "@ada"),
        (f"ask <@{BOT_USER}>", "ask @clawd"),
        (f"<@{BOT_USER}>: /status", "/status"),
        (f" <@{BOT_USER}> <@{BOT_USER}>, hey", "hey"),
        (f"<@{BOT_USER}>", "@clawd"),
        ("a < b", "a < b"),
    ],
)
def test_a_text_is_what_people_read(slack, people):
    assert read(events.message(text=slack)).text == people


@pytest.mark.parametrize(
    "event",
    [
        events.message(bot_id="B9", user="U9"),
        events.message(subtype="bot_message", bot_id="B9"),
        events.message(user=BOT_USER),
        events.message(user="USLACKBOT"),
        events.message(user=None),
        events.message(text=""),
        events.message(subtype="channel_join"),
        events.message(subtype="message_replied"),
        events.message(type="member_joined_channel"),
        {"type": "app_home_opened", "user": "U42"},
    ],
)
def test_what_gives_nothing(event):
    assert read(event) is None


@pytest.mark.parametrize("subtype", ["thread_broadcast", "me_message", "file_share"])
def test_subtypes_that_people_write(subtype):
    assert read(events.message(subtype=subtype)).text == "Hi"


@pytest.mark.spec("C6")
def test_files_are_named_and_left_where_they_are():
    files = [
        events.file(),
        events.file(id="F2", mimetype="video/mp4", subtype="slack_audio", name="audio_message.m4a"),
        events.file(id="F3", mimetype="application/pdf", url_private_download=None),
        {"id": "F4", "file_access": "check_file_info", "mode": "file_access"},
        {"id": "F5", "mode": "tombstone"},
        {"id": "F6", "mode": "external", "title": "Plan", "external_url": "https://docs.example/plan"},
        events.file(id="F7", url_private_download="https://files.slack.com/" + "x" * 400),
    ]
    envelope = read(events.message(subtype="file_share", files=files, text="look"))
    assert envelope.files == (
        RemoteFile("https://files.slack.com/files-pri/T1-F1/download/cat.png", "image", "image/png", "cat.png", 3),
        RemoteFile(files[1]["url_private_download"], "voice", "audio/mp4", "audio_message.m4a", 3),
        RemoteFile("https://files.slack.com/files-pri/T1-F1/cat.png", "document", "application/pdf", "cat.png", 3),
        RemoteFile("F4"),
        RemoteFile("F7", "image", "image/png", "cat.png", 3),
    )
    assert envelope.text.splitlines() == [
        "<media:image>",
        "<media:voice>",
        "<media:document>",
        "<media:document>",
        "<media:document>",
        "Plan https://docs.example/plan",
        "<media:image>",
        "look",
    ]


def test_a_file_alone_is_a_message():
    assert read(events.message(text="", files=[events.file()])).text == "<media:image>"


def test_a_message_that_was_passed_on_is_quoted_and_a_looked_up_link_is_not():
    attachments = [
        {"is_share": True, "author_name": "Grace", "text": "Ship &gt; it\nnow"},
        {"from_url": "https://x.org", "text": "A page"},
    ]
    envelope = read(events.message(text="see", attachments=attachments))
    assert envelope.text == "see\n\n[Shared message of Grace]\n> Ship > it\n> now"
    assert read(events.message(text="/status", attachments=attachments)).text == "/status"


def test_people_of_other_workspaces_bring_their_names():
    profile = {"display_name": "", "real_name": "Ada Lovelace"}
    assert read(events.message(user_profile=profile)).sender == Sender("U42", "Ada Lovelace")


def test_a_changed_message_is_an_edit_of_its_own_event():
    envelope = read(events.changed(events.in_channel(), text="Hello"), event_id="Ev7")
    assert (envelope.event, envelope.event_id, envelope.message_id) == ("edit", "Ev7", "1700000100.000100")
    assert (envelope.text, envelope.sender.id) == ("Hello", "U42")


@pytest.mark.parametrize(
    "event",
    [
        events.changed(events.message(), attachments=[{"text": "a preview"}]),
        events.changed(events.message(), reply_count=3),
        events.changed(events.message(), text="Hello") | {"previous_message": None, "message": events.message()},
        events.changed(events.message(bot_id="B1", user=BOT_USER), text="streamed on"),
        events.deleted(events.message(bot_id="B1", user=BOT_USER)),
        events.deleted(events.message()) | {"previous_message": None},
    ],
)
def test_previews_and_the_bots_own_changes_are_nothing(event):
    assert read(event) is None


def test_a_deleted_message():
    envelope = read(events.deleted(events.in_channel(thread_ts="1700000000.000001")), event_id="Ev8")
    assert (envelope.event, envelope.event_id, envelope.message_id) == ("delete", "Ev8", "1700000100.000100")
    assert (envelope.text, envelope.thread_id) == ("", "1700000000.000001")


def test_a_deleted_message_that_has_answers_leaves_a_tombstone():
    event = events.changed(events.in_channel(), subtype="tombstone", user="USLACKBOT", text="This message was deleted.")
    envelope = read(event)
    assert (envelope.event, envelope.message_id, envelope.sender.id) == ("delete", "1700000100.000100", "U42")


@pytest.mark.parametrize(("kind", "event"), [("reaction_added", "reaction"), ("reaction_removed", "unreaction")])
def test_a_reaction_to_the_bots_own_message(kind, event):
    envelope = read(events.reaction(type=kind, reaction="+1::skin-tone-3"), event_id="Ev9")
    assert (envelope.event, envelope.text, envelope.message_id) == (event, "👍", "1700000000.000001")
    assert (envelope.peer, envelope.event_id) == (Peer("channel", "C100"), "Ev9")


def test_a_reaction_that_only_the_workspace_has_keeps_its_name():
    assert read(events.reaction(reaction="party-crab")).text == ":party-crab:"


@pytest.mark.parametrize(
    "changes", [{"item_user": "U1"}, {"user": BOT_USER}, {"item": {"type": "file", "file": "F1"}}, {"item_user": None}]
)
def test_reactions_to_others_are_nothing(changes):
    assert read(events.reaction(**changes)) is None


def test_the_event_says_who_the_bot_is():
    assert authorized_bot(events.callback({})) == BOT_USER
    people = [{"team_id": "T1", "user_id": "U42", "is_bot": False}]
    assert authorized_bot(events.callback({}, authorizations=people)) == ""
    assert authorized_bot({}) == ""


@pytest.mark.parametrize(
    "event",
    [
        None,
        {},
        {"type": 5},
        events.message(ts="yesterday"),
        events.message(channel=""),
        events.message(channel=7),
        events.message(files="none"),
        events.message(text=["x"]),
        events.message(subtype="message_changed"),
        events.reaction(item=None),
    ],
)
def test_what_has_not_its_documented_shape_is_malformed(event):
    with pytest.raises(Malformed):
        read(event)


EVENTS = [events.message(files=[events.file()]), events.reaction(), events.changed(events.message())]
KEYS = sorted({key for event in EVENTS for key in event} | {"attachments", "user_profile", "thread_ts", "subtype"})
VALUES = [
    None,
    True,
    0,
    -1,
    1.5,
    "",
    "x",
    "\x00",
    "\ud800",
    "message_changed",
    [],
    [1],
    [{}],
    {},
    {"type": 1},
    {"ts": "1"},
]


@settings(deadline=None)
@given(st.sampled_from(EVENTS), st.dictionaries(st.sampled_from(KEYS), st.sampled_from(VALUES), max_size=4))
def test_any_damage_is_malformed_or_nothing_but_never_another_error(event, damage):
    try:
        read(event | damage)
    except Malformed as error:
        assert str(error)


# --- commands and buttons -----------------------------------------------------------------------------------------


@pytest.mark.spec("C6", "E1")
@pytest.mark.parametrize(
    ("command", "words", "text"),
    [
        ("/openclaw", "status", "/status"),
        ("/openclaw", "MODEL list", "/MODEL list"),
        ("/openclaw", "what is the time?", "what is the time?"),
        ("/openclaw", "/status", "/status"),
        ("/stop", "", "/stop"),
        ("/model", "list", "/model list"),
    ],
)
def test_a_slash_command_says_what_it_stands_for(command, words, text):
    envelope = read_command(events.command(command=command, text=words), HERE, "/openclaw")
    assert envelope.text == text
    assert (envelope.peer, envelope.sender, envelope.mentioned) == (Peer("channel", "C100"), Sender("U42", "ada"), True)
    assert envelope.event_id == "command:13345224609.738474920.8088930838d88f008e0"
    assert envelope.extra == {"team_id": "T1", "sender_username": "ada"}


def test_the_apps_own_command_without_words_says_nothing():
    assert read_command(events.command(text=" "), HERE, "/openclaw") is None


@pytest.mark.spec("C6", "I2")
def test_who_presses_a_button_says_what_the_button_says():
    envelope = read_press(events.press(), HERE)
    assert (envelope.text, envelope.sender, envelope.mentioned) == ("/approve ab yes", Sender("U42", "ada"), True)
    assert envelope.route == ReplyRoute("slack", "default", "C100", "1699999999.000001")
    assert envelope.message_id == "1700000000.000001"


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "view_submission"},
        {"actions": []},
        {"actions": [{"type": "button", "action_id": "somebody-elses", "value": "x"}]},
        {"actions": [{"type": "button", "action_id": "openclaw:0", "url": "https://x.org"}]},
        {"channel": None},
    ],
)
def test_what_is_no_button_of_ours_is_nothing(changes):
    assert read_press(events.press(**changes), HERE) is None


def test_a_press_in_a_direct_message_is_no_thread():
    press = events.press(
        channel={"id": "D42", "name": "directmessage"}, message={}, container={"message_ts": "1.000001"}
    )
    envelope = read_press(press, HERE)
    assert (envelope.peer, envelope.thread_id, envelope.mentioned) == (Peer("direct", "D42"), None, None)


@pytest.mark.parametrize("missing", ["channel_id", "user_id", "command", "trigger_id"])
def test_a_command_without_its_facts_is_malformed(missing):
    form = events.command()
    del form[missing]
    with pytest.raises(Malformed):
        read_command(form, HERE, "/openclaw")
