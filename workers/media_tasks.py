"""Work on files, away from turns."""

from __future__ import annotations

from workers.celery import app
from workers.process import services


@app.task(name="media.sweep", queue="media", ignore_result=True, acks_late=False)  # type: ignore[untyped-decorator]
def sweep() -> int:
    """Delete expired media."""
    return services().media.sweep()


@app.task(name="media.index_memory", queue="media", ignore_result=True, acks_late=False)  # type: ignore[untyped-decorator]
def index_memory(agent_id: str) -> str:
    """Bring the index of an agent's memory up to date; while somebody does already it does nothing."""
    return services().memory.keeper.index(agent_id)


@app.task(name="media.write_note", queue="media", ignore_result=True, acks_late=False)  # type: ignore[untyped-decorator]
def write_note(note_id: int) -> str:
    """Write the note of a conversation that gave way to a new one, once."""
    return services().memory.keeper.write_note(note_id)


@app.task(name="media.look", queue="media", ignore_result=True, acks_late=False)  # type: ignore[untyped-decorator]
def look(run_id: str) -> int:
    """Find the words for the files that a turn waits for, and let it go on."""
    return services().look_at_files(run_id)


@app.task(name="media.speak", queue="media", ignore_result=True, acks_late=False)  # type: ignore[untyped-decorator]
def speak(run_id: str) -> int:
    """Make the speech that a run's reply waits for; while somebody is at it already it does nothing."""
    return services().speaking.speak(run_id)
