"""Who is calling: addresses and proxies, secrets, device keys and tokens, and what a caller may be."""
