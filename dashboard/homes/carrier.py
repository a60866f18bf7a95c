"""A Bokeh document carried by ipywidgets, with Panel's stylesheets: the browser would ask its makers' host for them."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

from bokeh.document.events import ModelChangedEvent
from bokeh.model import Model
from bokeh.models import ImportedStyleSheet, InlineStyleSheet, UIElement
from ipywidgets import DOMWidget, VBox
from jupyter_bokeh.widgets import BokehModel
from panel.io.notebook import replace_inline_css
from panel.io.state import state

from dashboard.models.session import PAGES


def _at_once(handle: Callable[..., None], *message: Any) -> None:
    handle(*message)


class Carrier(BokehModel):
    """Widget that shows a model and everything that is ever put into it; each stylesheet travels once.

    Parameters
    ----------
    model
        What is shown at first.
    run
        Runs what handles a message from the browser, on the thread on which the model is changed.
    """

    def __init__(self, model: UIElement, run: Callable[..., object] = _at_once) -> None:
        # The browser learns what components there are with the first of them only: all must be known by then.
        for name in PAGES:
            import_module(f"dashboard.views.{name}")
        self._run = run
        self._sheets: dict[str, InlineStyleSheet] = {}
        self._carrying = False
        self._carry(model)
        # Events of the same kind are to be kept apart: two clicks are two.
        super().__init__(model, combine_events=False)

    def close(self) -> None:
        """Take it from the page, and let go of all that the kernel keeps of it."""
        if self.comm is not None:  # Python closes what it deletes, once more
            self.layout.close()
            super().close()

    @property
    def model(self) -> Model:
        """What is shown."""
        return self._model

    def _sync_model(self, *message: Any) -> None:
        self._run(self._handle, *message)

    def _handle(self, *message: Any) -> None:
        if self.comm is not None:  # it may have been closed meanwhile
            super()._sync_model(*message)

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


def fill(box: VBox, *parts: DOMWidget) -> None:
    """Put these into a box, and let go of what was in it."""
    former, box.children = box.children, parts
    for part in former:
        if part not in parts:
            close(part)


def close(widget: DOMWidget) -> None:
    """Let go of all that is kept of a widget until the kernel ends."""
    if isinstance(widget, Carrier):
        widget.close()
        forget(widget.model.ref["id"])
        return
    widget.layout.close()
    widget.close()


def forget(ref: str) -> None:
    """Let go of what Panel keeps of a drawn view."""
    viewable, model, document, _ = state._views.pop(ref, (None, None, None, None))
    if viewable is not None:
        viewable._cleanup(model)
        for known in {document, model.document} - {None}:  # a carrier puts the model into a document of its own
            state._stylesheets.pop(known, None)
