"""Plain HTTP on the gateway's port: health, metrics, webhooks, media."""
