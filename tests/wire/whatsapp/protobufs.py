"""neonize's protobufs, events and errors without its native library, which must not be loaded into the tests' process.

Import this module before anything of neonize: the package's own ``__init__`` would load the library.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from types import ModuleType

from openclaw.channels.whatsapp.link_process import spare_libmagic

if "neonize" not in sys.modules:
    spare_libmagic()
    _spec = find_spec("neonize")
    assert _spec is not None, "the extra whatsapp is not installed"
    _package = ModuleType("neonize")
    _package.__spec__ = _spec
    _package.__path__ = list(_spec.submodule_search_locations or ())
    sys.modules["neonize"] = _package

from neonize import events, exc
from neonize.proto import Neonize_pb2 as wire
from neonize.proto.waCommon.WACommon_pb2 import MessageKey
from neonize.proto.waE2E import WAWebProtobufsE2E_pb2 as e2e
from neonize.utils import enum

__all__ = ["MessageKey", "e2e", "enum", "events", "exc", "wire"]
