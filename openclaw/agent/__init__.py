"""The agent loop: small transitions, each ending in a commit."""
