"""Search engines as ``web_search`` asks them: each turns a question into a request, and a body into hits. No I/O."""
