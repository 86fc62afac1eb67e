"""The Celery side: the app, its tasks, and the threads that keep turns alive. Start: ``celery -A workers worker``."""
