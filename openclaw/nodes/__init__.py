"""A node host: this machine lends some of its abilities to agents, on its own terms."""
