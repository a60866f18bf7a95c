"""What a person reads on a page, without a browser."""

import re
from html.parser import HTMLParser

import panel as pn
import pytest

from dashboard.views.late import Late
from dashboard.views.rule_detail import RuleDetail
from dashboard.views.words import Words


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
    if isinstance(view, pn.pane.HTML | Words):
        reader.feed(view.object)
        reader.close()
    elif isinstance(view, pn.widgets.Widget):
        words.append(str(view.label or ""))
    for child in getattr(view, "objects", ()) if not isinstance(view, pn.pane.HTML | Words) else ():
        walk(child, reader, words)


@pytest.fixture(name="seen")
def seen_by_a_person():
    return seen


@pytest.fixture(autouse=True)
def drawn_at_once(monkeypatch):
    """No browser is here: what is made late is drawn as soon as it is there."""

    def ready(late):
        if not late._there:
            late.begin()
        return True

    def begin(detail):
        if detail._mark.drawn:
            begun(detail)
        else:
            detail._mark.drawn = True  # which begins

    begun = RuleDetail._begin
    monkeypatch.setattr(Late, "ready", ready)
    monkeypatch.setattr(RuleDetail, "_begin", begin)
