"""The pages a browser gets from the gateway."""
