"""What the end of a process tells whoever started it."""

from __future__ import annotations

from typing import Final

#: "Start me anew, with the newest configuration"; ``EX_TEMPFAIL`` of sysexits.
ANEW: Final = 75
