"""What every client of a gateway needs that comes from another host: its own key, its tokens, the way it logs in.

For the command line and the node host alike. Imports the cryptography library only when a key is used.
"""
