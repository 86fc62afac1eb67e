"""Fetching from addresses that somebody else chose."""
