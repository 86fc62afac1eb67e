"""Faults while it works: what was promised must still hold."""
