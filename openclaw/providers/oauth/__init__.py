"""Logins with vendors that hand out tokens in place of keys: the device flow, and tokens that are renewed."""
