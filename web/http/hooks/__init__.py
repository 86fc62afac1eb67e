"""Inbound hooks: calls from outside that start a run or tell the main session something."""
