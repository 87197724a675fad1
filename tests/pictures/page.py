"""The page that shows the pictures."""

from tests.pictures.captions import ADMIN, CLIENT, KISWAHILI, NEWS, OWNER

_BEGINNING = """\
# The chat, screen by screen

Every screen of the bot that its buttons lead to, as the sandbox's page shows it. The pictures are
made by `make chat-pictures`, which lives through the demo book and then walks the chat; this page
is written along with them. Each screen has *Back* and *Home*, each question of a form *Back* and
*Cancel*, and no command is ever needed. What is asked before something is done is shown here; what
is said afterwards is mostly the same screen again, as it then stands.

How the chat behaves is held by thirty rules, each with a test of its name in
`tests/integration/rules`.
"""
_PARTS = (
    ("The owner", OWNER, ""),
    ("The client", CLIENT, ""),
    ("News that come by themselves", NEWS, "news/"),
    ("The administrator", ADMIN, ""),
    ("In Kiswahili", KISWAHILI, "sw/"),
)


def picture_of(folder, name):
    """Return where a screen's picture lies, from docs/ on."""
    return f"images/chat/{folder}{name.replace(':', '-')}.png"


def pictures():
    """Return the caption and the picture of each screen, part by part."""
    for title, captions, folder in _PARTS:
        yield title, [(text, picture_of(folder, name)) for name, text in captions.items()]


def write_page(path):
    """Write the page anew."""
    blocks = [_BEGINNING]
    for title, shown in pictures():
        blocks.append(f"## {title}\n")
        blocks += [f"### {caption}\n\n![{caption}]({picture})\n" for caption, picture in shown]
    path.write_text("\n".join(blocks), encoding="utf-8")
