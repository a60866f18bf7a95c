"""Why jobs of a batch are held or failed, grouped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

import panel as pn
from panel.viewable import Viewer

from dashboard.domain.cause import Cause
from dashboard.domain.units import count
from dashboard.views import marks
from dashboard.views.component import Button
from dashboard.views.stack import Stack
from dashboard.views.words import Words

SHOWN = 20
"""Causes shown; those with most jobs come first."""


class BatchErrors(Viewer):
    """One block for each cause: how many, what it means, what mends it, and the original words."""

    def __init__(self, select: Callable[[Sequence[str]], None]) -> None:
        super().__init__()
        self._select = select
        self._shown: list[Cause] = []
        self._blocks: list[pn.FlexBox] = []
        self._rest = Words(marks.sub("No job of this batch is held or has failed."), margin=(10, 0))
        self._layout = Stack(self._rest, margin=0, sizing_mode="stretch_width", styles={"padding": "6px 16px 12px"})

    def __panel__(self) -> pn.viewable.Viewable:
        return self._layout

    def show(self, causes: Sequence[Cause]) -> None:
        """Show these causes, in the blocks that are there already as far as they go."""
        self._shown = list(causes[:SHOWN])
        while len(self._blocks) < len(self._shown):
            self._blocks.append(self._block(len(self._blocks)))
        for block, cause in zip(self._blocks, self._shown, strict=False):
            block[0].object = told(cause)
            block[1].label = f"Select {count(len(cause.ids))}"
        more = len(causes) - len(self._shown)
        if not causes or more:
            self._rest.object = marks.sub(
                f"and {count(more)} more cause{'' if more == 1 else 's'}"
                if more
                else "No job of this batch is held or has failed."
            )
        parts = [*self._blocks[: len(self._shown)], *([self._rest] if more or not causes else [])]
        if self._layout.objects != parts:
            self._layout[:] = parts

    def _block(self, place: int) -> pn.FlexBox:
        button = Button(label="Select", margin=0)
        button.on_click(lambda _: self._select(self._shown[place].ids))
        return pn.FlexBox(
            Words("", margin=0, styles={"flex": "1 1 320px", "min-width": "0"}),
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
