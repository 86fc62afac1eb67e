"""Files that only their owner may read, made once however many processes start at once."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path


def create_private(path: Path, content: bytes) -> None:
    """Make the file, mode 0600, with the folders above it; one that is there is left as it is. Raises OSError.

    It is written whole under another name first: the first one to be whole wins, and nobody reads half of it.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        with contextlib.suppress(FileExistsError):
            os.link(temporary, path)
    finally:
        Path(temporary).unlink()
