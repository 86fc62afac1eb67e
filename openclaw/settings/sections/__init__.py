"""The sections of the config file, one module each: frozen dataclasses, no third party."""
