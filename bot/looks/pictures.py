"""Pictures that are drawn here, as PNG."""

from io import BytesIO

import segno

_PIXELS_A_DOT = 10


def qr_png(text: str) -> bytes:
    """Return the text as a QR code that a phone reads off another phone's screen."""
    picture = BytesIO()
    # A quarter of it may be unreadable, by glare or a cracked screen.
    segno.make(text, error="q", micro=False).save(picture, kind="png", scale=_PIXELS_A_DOT)
    return picture.getvalue()
