"""What a person reads on a page, without a browser."""

import re
from html.parser import HTMLParser

import panel as pn
import pytest


def seen(view) -> str:
    """Text of everything visible, as a person reads it."""
    words: list[str] = []
    reader = HTMLParser(convert_charrefs=True)
    reader.handle_data = words.append
    walk(view.__panel__(), reader, words)
    return re.sub(r"\s+", " ", " ".join(words))


def walk(view, reader, words) -> None:
    if not view.visible:
        return
    if isinstance(view, pn.pane.HTML):
        reader.feed(view.object)
        reader.close()
    elif isinstance(view, pn.widgets.Widget):
        words.append(str(view.label or ""))
    for child in getattr(view, "objects", ()) if not isinstance(view, pn.pane.HTML) else ():
        walk(child, reader, words)


@pytest.fixture(name="seen")
def seen_by_a_person():
    return seen
