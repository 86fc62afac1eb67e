"""Markdown as text with spans, and spans as a platform's own markup."""
