"""One module per command or group; ``openclaw.cli.main`` imports the one that is asked for."""
