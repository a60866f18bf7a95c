"""What a notebook cell shows: the pages in little, or one batch or rule by itself."""

from __future__ import annotations

from typing import ClassVar

import panel as pn
from panel.viewable import Viewer

from dashboard.models.session import PLACES, Session
from dashboard.views.batch_card import BatchCard
from dashboard.views.component import Button
from dashboard.views.header import HealthLine
from dashboard.views.rule_card import RuleCard
from dashboard.views.shell import Shell
from dashboard.views.stack import Stack
from dashboard.views.words import Words

PAGE_HEIGHT = 320
"""Of the part of a page that is seen at once, in pixels; with navigation and header it makes about 420."""

_BRAND = '<b class="cy-title" style="color: var(--cy-accent)">Cyg</b><b class="cy-title">net</b>'
_SIDEWAYS = "ul { flex-direction: row; overflow-x: auto; scrollbar-width: none; } ul a { padding: 4px 12px; }"


class CellPages(Viewer):
    """All pages with their own header and navigation, in a box that scrolls and can be opened to its full height.

    A batch or rule that was asked for comes first on its page as long as it is open: below, nobody would see it.
    """

    _closed: ClassVar[dict[str, str]] = {"max-height": f"{PAGE_HEIGHT}px", "overflow-y": "auto", "overflow-x": "hidden"}
    # Every style is named: the browser keeps what is merely left out.
    _opened: ClassVar[dict[str, str]] = {"max-height": "none", "overflow-y": "visible", "overflow-x": "visible"}

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._asked = self._place  # before the page opens one itself
        self._high = False
        shell = Shell(session)
        shell.nav.param.update(stylesheets=[_SIDEWAYS], margin=0)
        self._open = Button(label="Expand", margin=0, on_click=lambda _: self._toggle())
        self._box = Stack(shell.main, margin=0, sizing_mode="stretch_width", styles=self._styles)
        head = pn.Row(
            Words(_BRAND, margin=0),
            Stack(shell.nav, margin=0, styles={"flex": "1 1 0", "min-width": "0"}),
            self._open,
            align="center",
            sizing_mode="stretch_width",
            margin=0,
            styles={"gap": "14px", "align-items": "center"},
        )
        line = pn.Row(shell.health, shell.identity, margin=0, sizing_mode="stretch_width")
        self._layout = Stack(head, line, self._box, margin=0, sizing_mode="stretch_width", styles={"gap": "6px"})
        session.param.watch(lambda *_: self._box.param.update(styles=self._styles), ["page", "batch", "rule"])

    def __panel__(self) -> pn.viewable.Viewable:
        return self._layout

    @property
    def _place(self) -> tuple[str, str]:
        """The page, and what is open on it."""
        page = self._session.page
        return page, getattr(self._session, PLACES[page][0]) if page in PLACES else ""

    @property
    def _styles(self) -> dict[str, str]:
        first = self._asked[1] and self._asked == self._place
        return (self._opened if self._high else self._closed) | {"--cy-open-order": "-1" if first else "0"}

    def _toggle(self) -> None:
        self._high = not self._high
        self._box.styles = self._styles
        self._open.label = "Shrink" if self._high else "Expand"


class CellCard(Viewer):
    """One thing by itself, and how its backend is."""

    def __init__(self, session: Session, card: BatchCard | RuleCard, backend: str) -> None:
        super().__init__()
        health = HealthLine(session, [backend])
        self._layout = Stack(card, health, margin=0, sizing_mode="stretch_width", styles={"gap": "6px"})
        session.show(card, health)

    def __panel__(self) -> pn.viewable.Viewable:
        return self._layout
