"""Alembic's folder: ``env.py`` runs the revisions on the connection that ``openclaw.store.migrate`` hands it."""
