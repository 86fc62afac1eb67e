"""Commands that set something of a session, or show what is set when they say nothing more."""

from __future__ import annotations

from openclaw.domain.dials import ACTIVATION, ELEVATED, EXEC, MODEL, SEND, TAKEN_BACK, THINKING, TTS, USAGE, Dial
from openclaw.domain.exec_policy import read_preferences
from openclaw.domain.queue_wish import NO_WISH, describe_queue, read_wish
from openclaw.intake.command_handlers.looking import used
from openclaw.intake.command_parts import Asker, CommandParts, Handler, model_of, queue_of

#: What a dial stands at while nobody has turned it.
_UNTURNED = {
    THINKING.key: "the model's own default",
    SEND.key: "allow",
    **dict.fromkeys((ACTIVATION.key, TTS.key), "the configuration's"),
}


def turn(dial: Dial, command: str) -> Handler:
    """The handler that turns one dial."""

    def handler(parts: CommandParts, asker: Asker, words: str) -> str:
        if not words:
            view = parts.view(asker)
            level = view.settings.get(dial.key) if view is not None else None
            return f"{dial.title}: {level or _unturned(dial, asker)}. There are: {_levels(dial)}."
        if words.lower() in TAKEN_BACK:
            parts.keep(asker, {dial.key: None})
            return f"{dial.title} from now on: {_unturned(dial, asker)}."
        level = dial.read(words)
        if level is None:
            return f"There is no {words!r} for /{command}; there are: {_levels(dial)}."
        parts.keep(asker, {dial.key: level})
        vain = dial is THINKING and level != "off" and not _thinks(parts, asker)
        return f"{dial.title} from now on: {level}." + (" This model does not think." if vain else "")

    return handler


def usage(parts: CommandParts, asker: Asker, words: str) -> str:
    """What was used, or whether replies say so."""
    return turn(USAGE, "usage")(parts, asker, words) if words not in ("", "cost") else used(parts, asker)


def elevated(parts: CommandParts, asker: Asker, words: str) -> str:
    """The session may want it; whether it holds is up to the configuration and to who writes."""
    said = turn(ELEVATED, "elevated")(parts, asker, words)
    level = ELEVATED.read(words)
    if level in (None, "off"):
        return said
    return f"{said} It holds for messages of the owner, where the operator has set `tools.elevated.enabled`."


def activation(parts: CommandParts, asker: Asker, words: str) -> str:
    """Only a group can be spoken in without being spoken to."""
    if asker.session.kind == "direct":
        return "This is no group: every message is answered."
    return turn(ACTIVATION, "activation")(parts, asker, words)


def model(parts: CommandParts, asker: Asker, words: str) -> str:
    """Show or choose the session's model."""
    if not words or words in ("list", "status"):
        name, why = model_of(parts.view(asker), asker)
        listed = "" if words == "status" else "\n" + "\n".join(sorted(asker.models.windows))
        return f"Model: {name} ({why}){listed}"
    if not asker.rights.choose_model:
        return "Only the owner may change the model."
    if words.lower() in TAKEN_BACK:
        parts.keep(asker, {MODEL: None})
        return f"From now on: {asker.models.of_agent.get(asker.session.agent_id, 'the default model')}."
    wanted = asker.models.found(words)
    if wanted is None:
        near = asker.models.near(words)
        meant = f" Did you mean {', '.join(near)}?" if near else ""
        return f"There is no model {words!r}, or several; /model list shows them.{meant}"
    parts.keep(asker, {MODEL: wanted})
    return f"From now on: {wanted}."


def queue(parts: CommandParts, asker: Asker, words: str) -> str:
    """Show or choose what a message does while a turn runs."""
    if words.lower() in TAKEN_BACK:
        parts.keep(asker, NO_WISH.to_settings())
        return f"Queue from now on: {describe_queue(asker.queue)} (the configuration's)."
    if words:
        wish = read_wish(words.split())
        if wish is None:
            return (
                f"{words!r} cannot be read; say for example /queue steer, /queue collect debounce:2s cap:25 drop:old "
                "or /queue default."
            )
        parts.keep(asker, {name: value for name, value in wish.to_settings().items() if value is not None})
        policy, _ = queue_of(parts.view(asker), asker)
        return f"Queue from now on: {describe_queue(policy)}."
    policy, whose = queue_of(parts.view(asker), asker)
    return f"Queue: {describe_queue(policy)} ({whose})."


def exec_(parts: CommandParts, asker: Asker, words: str) -> str:
    """Show or choose how much stricter than configured commands are looked at here."""
    if words.lower() in TAKEN_BACK:
        parts.keep(asker, {EXEC: None})
        return "Commands from now on: as configured."
    if words:
        preferences = read_preferences(words.split())
        if preferences is None:
            return f"{words!r} cannot be read; say for example /exec ask:always, /exec security:deny or /exec default."
        parts.keep(asker, {EXEC: preferences})
        return f"Commands from now on: {_said(preferences)}; never laxer than configured."
    view = parts.view(asker)
    preferences = view.settings.get(EXEC) if view is not None else None
    return f"Commands: {_said(preferences) if preferences else 'as configured'}."


def _said(preferences: dict[str, str]) -> str:
    return " ".join(f"{name}:{value}" for name, value in sorted(preferences.items()))


def _levels(dial: Dial) -> str:
    return ", ".join((*dial.levels, "default"))


def _unturned(dial: Dial, asker: Asker) -> str:
    configured = asker.models.thinking_of_agent.get(asker.session.agent_id) if dial is THINKING else None
    return configured or _UNTURNED.get(dial.key, "off")


def _thinks(parts: CommandParts, asker: Asker) -> bool:
    name, _ = model_of(parts.view(asker), asker)
    return name in asker.models.thinking
