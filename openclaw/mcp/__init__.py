"""Clients of MCP servers, by the official SDK, which is imported when a server is first needed."""
