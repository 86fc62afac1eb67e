"""The ``openclaw`` command: groups loaded by name, a light protocol client, and the supervisor of one machine."""
