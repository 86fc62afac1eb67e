"""``/media/<id>``: files of the media store, for those who know the gateway's secret."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from flask import Blueprint, Response, jsonify, request, send_file

from openclaw.domain.scopes import Scope
from openclaw.media.store import MAX_ID_CHARS
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
        found: tuple[Path | BytesIO, str, str] | None = (
            _kept(gateway, media_id) if stored is None else (stored.path.resolve(), stored.ref.mime, stored.ref.name)
        )
        if found is None:
            return jsonify(error="no such file"), 404
        source, mime, name = found
        response = send_file(
            source,
            mimetype=mime or "application/octet-stream",
            as_attachment=not mime.startswith(_SHOWN),
            download_name=name or media_id,
        )
        response.headers["Cache-Control"] = "private, max-age=300"
        return response

    return routes


def _kept(gateway: Gateway, media_id: str) -> tuple[BytesIO, str, str] | None:
    """A file that came with a message, or that the assistant made."""
    files = gateway.services.files
    note = files.notes([media_id]).get(media_id) if len(media_id) <= MAX_ID_CHARS else None
    content = files.content(media_id) if note is not None else None
    return None if note is None or content is None else (BytesIO(content), note.mime, note.name)
