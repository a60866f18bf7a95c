"""A part of a page that most people never open: it is made when somebody does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

import panel as pn
from panel.viewable import Viewer

from dashboard.views.presence import Mark
from dashboard.views.stack import Stack
from dashboard.views.workshop import soon

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
        self._there = self._coming = False
        self._part: Part | None = None
        self._layout = Stack(margin=0, sizing_mode="stretch_width", visible=False, **layout)

    def __panel__(self) -> pn.viewable.Viewable:
        return self._layout

    @property
    def part(self) -> Part:
        """The part, made by now."""
        if self._part is None:
            self._part = self._make()
        return self._part

    @property
    def made(self) -> bool:
        """Whether there is a part by now, and not just being made."""
        return self._part is not None

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
        if not self._there and not self._coming:
            self._coming = True
            soon(self._put())
        return self._there

    def _put(self) -> Iterator[None]:
        mark = Mark(margin=0, width=0, height=0)
        mark.param.watch(lambda _: self._here(), "drawn")
        try:
            part = self._part or self._make()
            self._layout[:] = [part, mark]
            self._part = part  # not before its models are made: what somebody else changes meanwhile would be lost
        finally:
            self._coming = self._part is not None  # else it is tried again
        yield

    def _here(self) -> None:
        self._there = True
        self._drawn()
