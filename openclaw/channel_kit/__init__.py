"""What channel adapters have in common: sections, shapes, HTTP, markup. It knows no channel."""
