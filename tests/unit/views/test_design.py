from collections.abc import Iterator

import panel as pn
import pytest
from bokeh.document import Document
from bokeh.models import InlineStyleSheet

from dashboard.views.design import THEME, Cygnet


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
