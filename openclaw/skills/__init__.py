"""Skills on disk: folders with a ``SKILL.md``, read when they change. The rules are in ``openclaw.domain.skills``."""
