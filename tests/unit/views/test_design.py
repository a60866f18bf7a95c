from collections.abc import Iterator

import panel as pn
import pytest
from bokeh.document import Document
from bokeh.models import InlineStyleSheet

from dashboard.views.design import THEME, Cygnet
from dashboard.views.table import Column, Table


@pytest.fixture(autouse=True)
def design() -> Iterator[None]:
    with pn.config.set(design=Cygnet):
        yield


def layout() -> pn.Column:
    return pn.Column(pn.widgets.TextInput(), pn.widgets.Button())


def ours(root) -> list[str | InlineStyleSheet]:
    sheets = [sheet for model in root.references() for sheet in getattr(model, "stylesheets", [])]
    return [sheet for sheet in sheets if THEME in (sheet if isinstance(sheet, str) else getattr(sheet, "css", ""))]


def test_every_component_has_the_style_and_the_document_sends_it_once():
    sheets = ours(layout().server_doc(Document()).roots[0])
    assert len(sheets) == 3
    assert len({sheet.id for sheet in sheets}) == 1


def test_two_documents_share_no_model():
    first, second = (layout().server_doc(Document()) for _ in range(2))
    assert not {model.id for model in first.models} & {model.id for model in second.models}


def test_cell_without_a_page_carries_the_style_too():
    assert len(ours(layout().get_root())) == 3


def test_what_is_kept_of_a_component_is_what_views_change():
    table, button = Table([Column("name", "Name")]), pn.widgets.Button(label="Hold", margin=0)
    shown = pn.Column(table, button, hooks=[Cygnet()._apply_hooks])
    column = shown.server_doc(Document()).roots[0]
    assert set(button.param.watchers).isdisjoint({"width", "margin", "sizing_mode"})
    assert not table._param__private.params
    table.param.update(rows=[{"id": "a", "name": "b"}], total=1)
    button.param.update(label="Release", disabled=True, visible=False, css_classes=["cy-wrong"])
    assert (column.children[0].data.rows, column.children[0].data.total) == ([{"id": "a", "name": "b"}], 1)
    model = column.children[1]
    assert (model.label, model.disabled, model.visible) == ("Release", True, False)
    assert "cy-wrong" in model.css_classes
    shown.append(pn.widgets.TextInput())
    assert len(ours(column.children[2])) == 1
