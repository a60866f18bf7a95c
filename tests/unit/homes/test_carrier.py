"""A document carried by ipywidgets."""

import json
from collections.abc import Callable
from typing import Any

import panel as pn
from bokeh.document import Document
from bokeh.models import ImportedStyleSheet, UIElement

from dashboard.homes.carrier import Carrier


def carried(run: Callable[..., None] | None = None) -> tuple[pn.Column, Carrier, list[Any]]:
    """A column with a widget, what carries it, and what is sent to the browser from then on."""
    column = pn.Column(pn.widgets.TextInput(value="before"))
    model = column.get_root(Document())
    carrier = Carrier(model, run) if run else Carrier(model)
    sent: list[Any] = []
    carrier.send = lambda content, *_: sent.append(content.get("payload"))  # type: ignore[method-assign]
    return column, carrier, sent


def said(carrier: Carrier, model: Any, attr: str, new: Any) -> None:
    """What the browser sends when somebody types."""
    kind = {"event": "jsevent", "kind": "ModelChanged", "model": model.ref, "attr": attr, "new": new}
    carrier._handle_custom_msg(kind, [])


def test_no_stylesheet_is_asked_from_another_host() -> None:
    column, carrier, sent = carried()
    assert "http" not in json.dumps(carrier.get_state(["render_bundle"])["render_bundle"]).replace("www.w3.org", "")
    column.append(pn.widgets.Button(label="later"))
    [model] = carrier._document.roots
    sheets = [sheet for part in model.select({"type": UIElement}) for sheet in part.stylesheets]
    assert not [sheet for sheet in sheets if isinstance(sheet, ImportedStyleSheet)]
    assert sent
    first = sum(map(len, filter(None, sent)))
    sent.clear()
    column.append(pn.widgets.Button(label="another"))
    assert 0 < sum(map(len, filter(None, sent))) < first / 2  # its stylesheets are there already


def test_what_the_browser_says_is_not_told_back_to_it() -> None:
    column, carrier, sent = carried()
    [model] = carrier._document.roots
    said(carrier, model.children[0], "value", "typed")
    assert column[0].value == "typed"
    assert sent == []


def test_messages_are_handled_where_the_model_is_changed() -> None:
    waiting: list[tuple[Any, ...]] = []
    column, carrier, _ = carried(lambda *call: waiting.append(call))
    [model] = carrier._document.roots
    said(carrier, model.children[0], "value", "typed")
    assert column[0].value == "before"
    [(handle, *message)] = waiting
    handle(*message)
    assert column[0].value == "typed"
