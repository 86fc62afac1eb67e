"""Builds the services of each kind of process from the settings: the only place that knows all the adapters."""
