"""What a message of the Cloud API says, as text and files; one reader per ``type``. Pure.

After https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from openclaw.channel_kit.shapes import Malformed, maybe_obj, obj, objects, string, text
from openclaw.domain.envelope import FileKind, RemoteFile


@dataclass(frozen=True, slots=True)
class Content:
    """What a message says. No text means that there is nothing to answer."""

    text: str = ""
    files: tuple[RemoteFile, ...] = ()


def content_of(message: Mapping[str, Any]) -> Content:
    """What the message says, with the advertisement or product it came from. Raises Malformed."""
    kind = string(message, "type")
    reader = _READERS.get(kind)
    if reader is None:
        return Content(_unsupported(message, kind))
    content = reader(message)
    origin = _origin(message)
    # A command stays alone, else intake would not know it.
    if not origin or not content.text or content.text.startswith("/"):
        return content
    return Content(f"{content.text}\n\n{origin}", content.files)


def _text(message: Mapping[str, Any]) -> Content:
    return Content(text(obj(message, "text"), "body").strip())


def _media(kind: FileKind) -> Callable[[Mapping[str, Any]], Content]:
    def read(message: Mapping[str, Any]) -> Content:
        media = obj(message, kind)
        shown: FileKind = "voice" if kind == "audio" and media.get("voice") is True else kind
        file = RemoteFile(
            ref=string(media, "id"),
            kind=shown,
            # "audio/ogg; codecs=opus"
            mime=text(media, "mime_type").partition(";")[0].strip(),
            name=text(media, "filename"),
        )
        return Content(f"<media:{shown}>\n{text(media, 'caption')}".strip(), (file,))

    return read


def _location(message: Mapping[str, Any]) -> Content:
    place = obj(message, "location")
    latitude, longitude = place.get("latitude"), place.get("longitude")
    if not isinstance(latitude, int | float) or not isinstance(longitude, int | float):
        raise Malformed("location has no coordinates")
    names = ", ".join(part for part in (text(place, "name"), text(place, "address")) if part)
    return Content(f"[Location] {f'{names} ' if names else ''}({latitude}, {longitude})")


def _contacts(message: Mapping[str, Any]) -> Content:
    return Content("\n".join(_contact(each) for each in objects(message, "contacts")))


def _contact(contact: Mapping[str, Any]) -> str:
    name = text(maybe_obj(contact, "name"), "formatted_name")
    phones = [text(phone, "phone") or text(phone, "wa_id") for phone in objects(contact, "phones")]
    emails = [text(email, "email") for email in objects(contact, "emails")]
    return f"[Contact] {', '.join(part for part in (name, *phones, *emails) if part)}"


def _interactive(message: Mapping[str, Any]) -> Content:
    """A button or a row of a list that was pressed says its id: what we gave it to say."""
    interactive = obj(message, "interactive")
    for key in ("button_reply", "list_reply"):
        if key in interactive:
            reply = obj(interactive, key)
            return Content((text(reply, "id") or text(reply, "title")).strip())
    if "nfm_reply" in interactive:
        return Content(f"[Form] {text(obj(interactive, 'nfm_reply'), 'response_json')}")
    return Content()


def _button(message: Mapping[str, Any]) -> Content:
    """The button of a template says its label."""
    button = obj(message, "button")
    return Content((text(button, "text") or text(button, "payload")).strip())


def _order(message: Mapping[str, Any]) -> Content:
    order = obj(message, "order")
    lines = [_product(each) for each in objects(order, "product_items")]
    return Content("\n".join(["[Order]", *lines, text(order, "text")]).strip())


def _product(item: Mapping[str, Any]) -> str:
    quantity, price, currency = item.get("quantity", 1), item.get("item_price"), text(item, "currency")
    at = f" at {price} {currency}".rstrip() if isinstance(price, int | float | str) else ""
    return f"• {quantity} of {text(item, 'product_retailer_id')}{at}"


def _unsupported(message: Mapping[str, Any], kind: str) -> str:
    what = text(maybe_obj(message, "unsupported"), "type") or kind
    return (
        f"[A message that WhatsApp does not pass on: {what}]"
        if what != "unsupported"
        else ("[A message that WhatsApp does not pass on]")
    )


def _nothing(_: Mapping[str, Any]) -> Content:
    return Content()


def _origin(message: Mapping[str, Any]) -> str:
    """Where the conversation began: an advertisement, or a product of the catalogue."""
    referral = maybe_obj(message, "referral")
    if referral:
        told = [text(referral, key) for key in ("headline", "body", "source_url")]
        return "\n".join(["[From an advertisement or post]", *(f"> {line}" for line in told if line)])
    product = maybe_obj(maybe_obj(message, "context"), "referred_product")
    return f"[About product {text(product, 'product_retailer_id')}]" if product else ""


_READERS: dict[str, Callable[[Mapping[str, Any]], Content]] = {
    "text": _text,
    "image": _media("image"),
    "audio": _media("audio"),
    "video": _media("video"),
    "document": _media("document"),
    "sticker": _media("sticker"),
    "location": _location,
    "contacts": _contacts,
    "interactive": _interactive,
    "button": _button,
    "order": _order,
    # A number or an identity has changed, a chat was opened: nobody said anything.
    "system": _nothing,
    "request_welcome": _nothing,
}
