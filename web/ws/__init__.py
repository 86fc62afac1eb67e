"""The WebSocket control plane: OpenClaw's protocol, version 4."""
