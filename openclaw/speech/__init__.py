"""Vendors that speak and are no model vendors."""
