"""Why jobs of a batch are held or failed, grouped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

import panel as pn
from panel.viewable import Viewer

from dashboard.domain.cause import Cause
from dashboard.domain.units import count
from dashboard.views import marks

SHOWN = 20
"""Causes shown; those with most jobs come first."""


class BatchErrors(Viewer):
    """One block for each cause: how many, what it means, what mends it, and the original words."""

    def __init__(self, select: Callable[[Sequence[str]], None]) -> None:
        super().__init__()
        self._select = select
        self._shown: list[Cause] | None = None
        self._layout = pn.Column(margin=0, sizing_mode="stretch_width", styles={"padding": "6px 16px 12px"})

    def __panel__(self) -> pn.viewable.Viewable:
        return self._layout

    def show(self, causes: list[Cause]) -> None:
        """Show these causes."""
        if causes == self._shown:
            return
        self._shown = causes
        blocks = [self._block(cause) for cause in causes[:SHOWN]]
        if len(causes) > SHOWN:
            blocks.append(pn.pane.HTML(marks.sub(f"and {count(len(causes) - SHOWN)} more causes"), margin=0))
        nothing = pn.pane.HTML(marks.sub("No job of this batch is held or has failed."), margin=(10, 0))
        self._layout[:] = blocks or [nothing]

    def _block(self, cause: Cause) -> pn.viewable.Viewable:
        number = len(cause.ids)
        button = pn.widgets.Button(label=f"Select {count(number)}", margin=0)
        button.on_click(lambda _: self._select(cause.ids))
        return pn.FlexBox(
            pn.pane.HTML(told(cause), margin=0, styles={"flex": "1 1 320px", "min-width": "0"}),
            button,
            align_items="center",
            gap="8px 14px",
            margin=0,
            sizing_mode="stretch_width",
            styles={"padding": "10px 0", "border-bottom": "1px solid var(--cy-line)"},
        )


def told(cause: Cause) -> str:
    """A cause as HTML, everything escaped."""
    number = len(cause.ids)
    lead = f"{count(number)} job{'' if number == 1 else 's'} {cause.state}: {cause.word}"
    original = f'<div class="cy-text"><code>{escape(cause.reason)}</code></div>' if cause.reason else ""
    meaning = f'<div class="cy-text">{escape(cause.advice)}</div>'
    return f"<b>{marks.state(cause.state, lead)}</b>{meaning}{original}"
