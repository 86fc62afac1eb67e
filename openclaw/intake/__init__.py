"""Envelope in, durable message in a lane out."""
