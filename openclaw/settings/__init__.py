"""Configuration: one TOML file, the environment and the defaults, declared once and validated as a whole.

``load.load_settings`` gives the ``schema.Settings`` tree; ``environment`` alone reads ``os.environ``;
``client`` finds a gateway without the full schema, for commands that must be quick.
"""
