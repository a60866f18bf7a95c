"""A piece of HTML."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any, ClassVar

import param
from bokeh.document import Document
from bokeh.model import Model
from panel.models.markup import HTML

from dashboard.views.component import Quick


class Words(Quick):
    """HTML of ours, in which everything from outside is escaped already.

    Looks as `pn.pane.HTML`, which weighs twice as much and works out all of its properties anew for each new text.

    Parameters
    ----------
    object
        The HTML.
    params
        How it is laid out.
    """

    object = param.String(default="", doc="The HTML; an equal one is not sent.")

    _rename: ClassVar[Mapping[str, str | None]] = {"object": "text"}

    def __init__(self, object: str = "", **params: Any) -> None:
        super().__init__(object=object, **{"margin": (5, 10), **params})

    def _process_param_change(self, params: dict[str, Any]) -> dict[str, Any]:
        properties: dict[str, Any] = super()._process_param_change(params)
        if "text" in properties:
            properties["text"] = escape(properties["text"])  # the browser takes that back
        return properties

    def _get_model(
        self, doc: Document, root: Model | None = None, parent: Model | None = None, comm: Any = None
    ) -> Model:
        del comm  # nothing comes back from the browser
        model = HTML(disable_math=True, **self._get_properties(doc))
        self._models[(root or model).ref["id"]] = (model, parent)
        return model
