"""A browser for agents: Chromium by Playwright, on a thread of its own, behind the guarded proxy."""
