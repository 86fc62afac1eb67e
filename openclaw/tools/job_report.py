"""What a model is told of a job."""

from __future__ import annotations

from openclaw.ports.tool import ToolOutcome
from openclaw.sandbox.jobs import Job, JobEnd

#: Characters of output in one answer.
MOST_CHARS = 48_000


def report(job: Job, end: JobEnd | None) -> ToolOutcome:
    """How it ended and what it said, or that it goes on."""
    text, left_out = shown(job, end)
    if end is None:
        return ToolOutcome(f"The command goes on in the background as job {job.id}.{_said(text)}")
    failed = end.exit_code != 0 or end.timed_out or end.killed or end.lost
    note = f"\n[{left_out} bytes of output were left out]" if left_out else ""
    return ToolOutcome(f"{how(end)}{_said(text)}{note}", is_error=failed)


def how(end: JobEnd) -> str:
    """How a job ended, in words."""
    if end.lost:
        return "The command's process is gone; nobody knows how it ended."
    if end.timed_out:
        return f"Ended after {end.seconds:g} s because its time was up."
    if end.killed:
        return f"Ended after {end.seconds:g} s because somebody ended it."
    if end.exit_code < 0:
        return f"Ended by signal {-end.exit_code} after {end.seconds:g} s."
    return f"Exit code {end.exit_code} after {end.seconds:g} s."


def shown(job: Job, end: JobEnd | None, offset: int = 0) -> tuple[str, int]:
    """The beginning and the end of the output, and how many bytes lie between."""
    whole = job.output(offset)
    tail = job.tail() if end is not None else b""
    dropped = max(0, (end.dropped if end else 0) - len(tail))
    text = whole.decode("utf-8", "replace")
    if tail:
        text += f"\n[… {dropped} bytes left out …]\n{tail.decode('utf-8', 'replace')}"
    if len(text) <= MOST_CHARS:
        return text, dropped if not tail else 0
    half = MOST_CHARS // 2
    cut = len(text) - 2 * half
    return f"{text[:half]}\n[… {cut} characters left out …]\n{text[-half:]}", 0


def _said(text: str) -> str:
    return f"\n{text.rstrip()}" if text.strip() else " It has said nothing."
