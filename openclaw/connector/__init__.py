"""Holding the connections of channel accounts: one holder each, by lease."""
