"""Photos, documents and albums."""

from sandbox.telegram.errors import Json, bad_request
from sandbox.telegram.files import StoredFile
from sandbox.telegram.methods.delivery import (
    caption_content,
    deliver,
    delivery,
    reachable_chat,
    send,
)
from sandbox.telegram.model import Telegram
from sandbox.telegram.params import Params

_ALBUM_LIMIT = 10
_ATTACHED = "attach://"


def send_photo(telegram: Telegram, params: Params) -> Json:
    """Send a picture by upload or `file_id`."""
    reachable_chat(telegram, params)  # A refused call leaves no file behind.
    return send(telegram, params, file_content(telegram, params, "photo"))


def send_document(telegram: Telegram, params: Params) -> Json:
    """Send any file by upload or `file_id`."""
    reachable_chat(telegram, params)
    return send(telegram, params, file_content(telegram, params, "document"))


def send_media_group(telegram: Telegram, params: Params) -> list[Json]:
    """Send two to ten photos, or as many documents, as one album."""
    chat = reachable_chat(telegram, params)
    contents = [input_media_content(telegram, params, item) for item in _album(params)]
    if len({"photo" in content for content in contents}) > 1:
        raise bad_request("document can't be mixed with other media types")
    manner = delivery(telegram, chat, params)
    group = {"media_group_id": str(telegram.revision + 13_000_000_000_000_000)}
    sent = [deliver(telegram, chat, content | group, manner) for content in contents]
    return [telegram.message_json(message) for message in sent]


def input_media_content(telegram: Telegram, params: Params, item: object) -> Json:
    """Return the content that an `InputMedia` describes, its file kept."""
    if not isinstance(item, dict):
        raise bad_request("can't parse InputMedia: expected an Object")
    kind = item.get("type")
    if kind not in {"photo", "document"}:
        raise bad_request(f"can't parse InputMedia: type {kind} is unsupported")
    given = item | {kind: item.get("media")}
    return file_content(telegram, params.with_values(given), kind)


def file_content(telegram: Telegram, params: Params, kind: str) -> Json:
    """Return photo or document (`kind`, also the parameter's name) with its caption."""
    caption = caption_content(params)
    stored = _stored(telegram, params, kind)
    if stored.is_photo != (kind == "photo"):
        actual = "Photo" if stored.is_photo else "Document"
        raise bad_request(f"can't use file of type {actual} as {kind.capitalize()}")
    shown = stored.to_json()
    return {kind: [shown] if kind == "photo" else shown} | caption


def _album(params: Params) -> list[object]:
    items = params.json("media")
    if not isinstance(items, list) or not items:
        raise bad_request("there are no messages to send")
    if len(items) > _ALBUM_LIMIT:
        raise bad_request("too many messages to send as an album")
    return items


def _stored(telegram: Telegram, params: Params, kind: str) -> StoredFile:
    given = params.text(kind)
    upload = params.uploads.get(given.removeprefix(_ATTACHED) if given else kind)
    if upload is not None:
        keep = telegram.files.add_photo if kind == "photo" else telegram.files.add_document
        return keep(upload)
    if not given or given.startswith(_ATTACHED):
        raise bad_request(f"there is no {kind} in the request")
    if given.startswith(("http://", "https://")):  # Nothing is fetched from anywhere.
        raise bad_request("failed to get HTTP URL content")
    stored = telegram.files.find(given)
    if stored is None:
        raise bad_request("wrong file identifier/HTTP URL specified")
    return stored
