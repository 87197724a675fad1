"""docs/chat.md shows every screen, or says why there is nothing to see."""

from pathlib import Path

from bot.routing.router import ROUTES
from core.services.notices import TEMPLATES
from tests.pictures.captions import ADMIN, CLIENT, NEWS, OWNER, WITHOUT_PICTURE
from tests.pictures.page import pictures

ROOT = Path(__file__).parents[3]
SHOWN = OWNER | CLIENT | ADMIN


def test_every_screen_has_a_caption_or_a_reason_to_have_no_picture():
    named = {name.split(":")[0] for name in SHOWN} | set(WITHOUT_PICTURE)

    assert named == set(ROUTES)


def test_every_captioned_screen_is_shown_in_the_page_about_the_chat():
    page = (ROOT / "docs" / "chat.md").read_text(encoding="utf-8")

    for title, shown in pictures():
        assert f"## {title}\n" in page
        for caption, picture in shown:
            assert f"![{caption}]({picture})" in page
            assert (ROOT / "docs" / picture).exists()


def test_every_piece_of_news_that_is_shown_is_a_notice():
    assert set(NEWS) <= TEMPLATES
