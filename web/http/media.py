"""``/media/<id>``: files of the media store, for those who know the gateway's secret."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request, send_file

from openclaw.domain.scopes import Scope
from web.gateway import Gateway
from web.http.access import require

#: Types a browser may show; everything else is downloaded, so that no stored page runs under our origin.
_SHOWN = ("image/png", "image/jpeg", "image/gif", "image/webp", "audio/", "video/", "text/plain")


def media_routes(gateway: Gateway) -> Blueprint:
    """The route to stored files."""
    routes = Blueprint("media", __name__)

    @routes.get("/media/<media_id>")
    def media(media_id: str) -> tuple[Response, int] | Response:
        require(request, gateway, Scope.READ)
        store = gateway.services.media
        stored = store.open(media_id) if store is not None else None
        if stored is None:
            return jsonify(error="no such file"), 404
        response = send_file(
            stored.path.resolve(),
            mimetype=stored.ref.mime or "application/octet-stream",
            as_attachment=not stored.ref.mime.startswith(_SHOWN),
            download_name=stored.ref.name or media_id,
        )
        response.headers["Cache-Control"] = "private, max-age=300"
        return response

    return routes
