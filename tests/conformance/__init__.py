"""OpenClaw's own command line against our gateway: ``make conformance``."""
