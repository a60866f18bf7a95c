"""A part of a page that most people never open: it is made when somebody does."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, Generic, TypeVar

import panel as pn
from panel.viewable import Viewer

from dashboard.views.presence import Mark

Part = TypeVar("Part", bound=Viewer)


class Late(Viewer, Generic[Part]):
    """The place of a part that is made when it is first wanted; unseen until somebody makes it `visible`.

    What changes while the browser builds it would be lost: it rests until it has been drawn.

    Parameters
    ----------
    make
        Makes the part.
    drawn
        Called when the browser has drawn it, so that what has happened meanwhile is shown.
    layout
        How its place is laid out.
    """

    def __init__(self, make: Callable[[], Part], drawn: Callable[[], None], **layout: Any) -> None:
        super().__init__()
        self._make = make
        self._drawn = drawn
        self._there = False
        self._layout = pn.Column(margin=0, sizing_mode="stretch_width", visible=False, **layout)

    def __panel__(self) -> pn.viewable.Viewable:
        return self._layout

    @cached_property
    def part(self) -> Part:
        """The part, made by now."""
        return self._make()

    @property
    def made(self) -> bool:
        """Whether there is a part yet."""
        return "part" in vars(self)

    @property
    def visible(self) -> bool:
        """Whether it is seen."""
        return bool(self._layout.visible)

    @visible.setter
    def visible(self, visible: bool) -> None:
        self._layout.visible = visible

    def begin(self) -> None:
        """Make the part with the page around it, which rests itself."""
        self._there = True
        self._layout[:] = [self.part]

    def ready(self) -> bool:
        """Whether the part may change; if not it is on its way from now on."""
        if not self._there and not len(self._layout):
            mark = Mark(margin=0, width=0, height=0)
            mark.param.watch(lambda _: self._here(), "drawn")
            self._layout[:] = [self.part, mark]
        return self._there

    def _here(self) -> None:
        self._there = True
        self._drawn()
