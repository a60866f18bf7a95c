"""A Bokeh document carried by ipywidgets, with Panel's stylesheets: the browser would ask its makers' host for them."""

from typing import Any

from bokeh.document.events import ModelChangedEvent
from bokeh.model import Model
from bokeh.models import ImportedStyleSheet, InlineStyleSheet, UIElement
from jupyter_bokeh.widgets import BokehModel
from panel.io.notebook import replace_inline_css


class Carrier(BokehModel):
    """Widget that shows a model and everything that is ever put into it; each stylesheet travels once."""

    def __init__(self, model: UIElement) -> None:
        self._sheets: dict[str, InlineStyleSheet] = {}
        self._carrying = False
        self._carry(model)
        # Events of the same kind are to be kept apart: two clicks are two.
        super().__init__(model, combine_events=False)

    def _document_patched(self, event: Any) -> None:
        if self._carrying:
            return  # part of what is about to be sent
        if isinstance(event, ModelChangedEvent):
            if event.attr == "stylesheets":
                self._carry(event.model)
                event.new = event.model.stylesheets
            for new in event.new if isinstance(event.new, list) else [event.new]:
                if isinstance(new, Model):
                    self._carry(new)
        super()._document_patched(event)

    def _carry(self, model: Model) -> None:
        self._carrying = True
        try:
            for element in model.select({"type": UIElement}):
                sheets = [self._carried(sheet) for sheet in element.stylesheets]
                if sheets != element.stylesheets:
                    element.stylesheets = sheets
        finally:
            self._carrying = False

    def _carried(self, sheet: Any) -> Any:
        if not isinstance(sheet, ImportedStyleSheet):
            return sheet
        return self._sheets.setdefault(sheet.url, replace_inline_css(sheet))
