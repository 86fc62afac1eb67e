"""The ports of ``openclaw.ports.store``, in SQL. Statements are built once; nothing here uses an ORM session."""
