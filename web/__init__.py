"""The gateway: Flask, WebSockets, webhooks.

Importing this package is cheap and imports no web framework: the web server's configuration lives in it, and what the
server patches must be patched before anything else is imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from web.services import GatewayServices

__all__ = ["create_app"]


def create_app(services: GatewayServices | None = None) -> Flask:
    """The WSGI application. Without services they are built from the settings."""
    from web.app import build_app

    if services is None:
        from web.compose import build_gateway_services

        services = build_gateway_services()
    return build_app(services)
