"""What a document weighs on the server."""

from __future__ import annotations

from bokeh.core.property.wrappers import PropertyValueContainer
from bokeh.document import Document


class Weight:
    """Keeps a document light.

    Bokeh keeps an empty list or dict, with who owns it, for each property of each model that nobody has set: a third of
    what a session weighs. It makes them anew when they are asked for.
    """

    def __init__(self, document: Document) -> None:
        self._document = document
        self._models = 0

    def keep_low(self) -> None:
        """Let them go when there are other models than there were; costs nothing otherwise."""
        models = self._document.models
        if len(models) == self._models:
            return
        self._models = len(models)
        for model in models:
            defaults = model._unstable_default_values
            model._unstable_default_values = {
                name: value for name, value in defaults.items() if not isinstance(value, PropertyValueContainer)
            }
