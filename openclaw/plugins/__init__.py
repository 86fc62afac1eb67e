"""What can be added to OpenClaw, and the registry it is added to."""
