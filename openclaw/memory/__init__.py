"""An agent's memory: files of its workspace, an index of them, and what searches and fills it."""
