"""OpenClaw for Celery: the library. It imports neither Flask nor Celery."""

__version__ = "0.1.0"
