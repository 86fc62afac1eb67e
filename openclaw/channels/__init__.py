"""Chat platforms: one package per channel, each registered like any plugin."""
