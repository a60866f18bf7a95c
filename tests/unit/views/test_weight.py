"""A document can be kept light without anybody noticing."""

from bokeh.core.property.wrappers import PropertyValueContainer
from bokeh.document import Document
from bokeh.models import Column, Div
from bokeh.plotting import figure

from dashboard.views.weight import Weight


def document() -> Document:
    plot = figure(title="Jobs")
    plot.line([1, 2], [3, 4])
    document = Document()
    document.add_root(Column(Div(text="said", tags=["kept"]), plot))
    return document


def empty(document: Document) -> int:
    values = [value for model in document.models for value in model._unstable_default_values.values()]
    return sum(isinstance(value, PropertyValueContainer) for value in values)


def test_what_is_sent_of_it_stays_the_same() -> None:
    heavy = document()
    before = heavy.to_json()
    assert empty(heavy)
    Weight(heavy).keep_low()
    assert not empty(heavy)
    assert heavy.to_json() == before


def test_what_was_never_set_can_still_be() -> None:
    light, changes = document(), []
    Weight(light).keep_low()
    light.on_change(changes.append)
    said = light.roots[0].children[0]
    said.tags.append("more")
    said.js_property_callbacks["change:text"] = []
    said.styles = {"color": "red"}
    assert [change.attr for change in changes] == ["tags", "js_property_callbacks", "styles"]
    assert said.tags == ["kept", "more"]


def test_it_works_only_when_there_are_other_models() -> None:
    light = document()
    weight = Weight(light)
    weight.keep_low()
    assert light.roots[0].children[0].css_classes == []
    kept = empty(light)
    assert kept
    weight.keep_low()
    assert empty(light) == kept
    light.add_root(Div())
    weight.keep_low()
    assert not empty(light)
