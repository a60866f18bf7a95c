"""A widget with what is wrong with its value written below it."""

from collections.abc import Callable
from functools import cached_property
from html import escape
from typing import Any

import panel as pn
from panel.viewable import Viewer

from dashboard.views.stack import Stack
from dashboard.views.words import Words


class Field(Viewer):
    """One field of a form; its latest value counts from the first key stroke on.

    Parameters
    ----------
    widget
        Any input widget.
    grow
        How much of a row's free width it takes, as in CSS flex.
    basis
        Width in pixels below which it does not shrink while there is another line; None: as large as it is.
    """

    def __init__(self, widget: Any, grow: int = 1, basis: int | None = 180) -> None:
        super().__init__()
        self.widget = widget
        self._classes = list(widget.css_classes)
        self.value = widget.value
        widget.param.update(margin=0, sizing_mode="stretch_width")
        self._told = ""
        self._layout = Stack(
            widget,
            margin=0,
            styles={"flex": f"{grow} 1 {f'{basis}px' if basis else 'auto'}", "min-width": "0", "gap": "3px"},
        )

    def __panel__(self) -> pn.viewable.Viewable:
        return self._layout

    @cached_property
    def _note(self) -> Words:
        return Words("", margin=0, sizing_mode="stretch_width")

    def on_change(self, changed: Callable[[], None]) -> None:
        """Call ``changed()`` when the person has changed the value; not for `show`."""

        def heard(*events: Any) -> None:
            # Leaving the widget tells both of its values at once, and then they are equal.
            if events[0].new != self.value:
                self.value = events[0].new
                changed()

        live = ["value_input"] if "value_input" in self.widget.param else []
        self.widget.param.watch(heard, ["value", *live])

    def show(self, value: Any) -> None:
        """Put a value into the widget; what is there already stays untouched, and so does the cursor."""
        if value == self.value:
            return
        self.value = value
        both = {"value_input": value} if "value_input" in self.widget.param else {}
        self.widget.param.update(value=value, **both)

    def tell(self, sentence: str, *, wrong: bool = True) -> None:
        """Say below the widget what is wrong (or just worth knowing); an empty sentence says nothing."""
        colour = "--cy-danger" if wrong else "--cy-mute"
        words = f'<span class="cy-text" style="font-size: 12px; color: var({colour})">{escape(sentence)}</span>'
        if (said := words if sentence else "") != self._told:
            self._told = said
            self._note.param.update(object=said, visible=bool(said))
            if len(self._layout) == 1:
                self._layout.append(self._note)
        classes = [*self._classes, "cy-wrong"] if sentence and wrong else self._classes
        if self.widget.css_classes != classes:
            self.widget.css_classes = list(classes)


def row(*fields: Viewer) -> pn.FlexBox:
    """Fields side by side, below each other where there is no room."""
    return pn.FlexBox(*fields, gap="10px 12px", sizing_mode="stretch_width", margin=0, align_items="flex-start")
