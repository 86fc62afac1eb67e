"""Server-sent events, as far as model vendors use them: the ``data`` of each event.

The event's name is left out: both wire formats repeat it in the data. Lines may end in LF, CRLF or CR, and a chunk may
end anywhere, also inside a character.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain


def iter_data(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the data of every complete event; comments and other fields are skipped."""
    rest = b""
    data: list[bytes] = []
    for chunk in chunks:
        block = rest + chunk if rest else chunk
        rest = b""
        lines = block.splitlines()
        if not block.endswith(b"\n") and lines:
            # A CR at the very end may be the first half of a CRLF: it waits for the next chunk too.
            rest = lines.pop() + (b"\r" if block.endswith(b"\r") else b"")
        for line in lines:
            if not line:
                if data:
                    yield data[0] if len(data) == 1 else b"\n".join(data)
                    data.clear()
            elif line.startswith(b"data:"):
                data.append(line[6:] if line.startswith(b"data: ") else line[5:])
    if rest.endswith(b"\r") and rest.startswith(b"data:"):
        data.append(rest[5:-1].removeprefix(b" "))
    if data:
        # Some vendors close without the last empty line; half a line is half an event, and is dropped.
        yield b"\n".join(data)


def iter_data_or_whole(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same, or a plain answer as one piece: some vendors tell an error so, with status 200."""
    rest = iter(chunks)
    head = b""
    for chunk in rest:
        head += chunk
        if head.lstrip():  # empty lines may come first, while the model is busy
            break
    if head.lstrip().startswith(b"{"):
        yield head + b"".join(rest)
    else:
        yield from iter_data(chain((head,), rest))
