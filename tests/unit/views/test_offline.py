import panel as pn
import pytest
from bokeh.document import Document
from bokeh.models import ImportedStyleSheet
from panel.io.resources import set_resource_mode
from panel.io.state import state

from dashboard.views.design import Cygnet
from dashboard.views.offline import Sheets


@pytest.mark.parametrize("drawn", ["server", "inline"])
@pytest.mark.parametrize("changed", ["server", "inline"])
def test_every_stylesheet_carries_its_text_whatever_panel_displays_elsewhere(drawn, changed):
    document = Document()
    sheets = state._stylesheets[document] = Sheets()
    view = pn.Column(design=Cygnet, hooks=[Cygnet()._apply_hooks, sheets.share])
    document.add_root(root := view.get_root(document))
    pane = pn.pane.HTML("queued")
    with set_resource_mode(drawn):
        view.append(pane)
    model = root.children[0]
    with set_resource_mode(changed):
        pane.object = "running"
    asked = [sheet.url for sheet in model.stylesheets if isinstance(sheet, ImportedStyleSheet)]
    assert "running" in model.text
    assert asked, "otherwise nothing was looked at"
    assert [url for url in asked if not url.startswith("data:text/css")] == []
