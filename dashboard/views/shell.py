"""All pages behind one navigation: what every home shows, with or without a frame around it."""

from __future__ import annotations

import html
from collections.abc import Iterator
from importlib import import_module

import panel as pn
from panel.io.state import state
from panel.viewable import Viewable, Viewer

from dashboard.models.session import PAGES, Session, Updatable
from dashboard.views.appearance import Appearance
from dashboard.views.header import HealthLine, identity
from dashboard.views.nav import Item, Nav
from dashboard.views.presence import Mark
from dashboard.views.stack import Stack
from dashboard.views.words import Words
from dashboard.views.workshop import change

LABELS = {"overview": "Overview", "jobs": "Jobs", "history": "History", "submit": "Submit", "data": "Data"}

LARGE = 8
"""A part of a page that is made of more is put into it piece by piece."""

_CLASSES = {page: f"{page.capitalize()}Page" for page in PAGES}


class Shell(Viewer):
    """Navigation, header parts and the page shown; pages are made when first looked at and keep what was typed.

    Parameters
    ----------
    session
        Whose pages.
    empty
        Show no page yet: `steps` will, before the browser is given anything.
    """

    def __init__(self, session: Session, *, empty: bool = False) -> None:
        super().__init__()
        self._session = session
        self._pages: dict[str, Updatable] = {}
        self._places: dict[str, Stack] = {}
        self._marks: dict[str, Mark] = {}
        self._begun: set[str] = set()
        self.health = HealthLine(session)
        self.identity = Words(f'<span class="cy-sub">{html.escape(identity(session))}</span>')
        self.appearance = Appearance()
        self.nav = Nav()
        self._notice = Words("", visible=False, sizing_mode="stretch_width", css_classes=["cy-alert", "cy-info"])
        self.main = Stack(self._notice, sizing_mode="stretch_width")
        self.appearance.param.watch(lambda event: session.param.update(dark=event.new), "dark")
        self.nav.param.watch(self._go, "current")
        session.param.watch(lambda _: self._turn(), "page")
        if not empty:
            for _ in self.steps():
                pass

    def __panel__(self) -> pn.viewable.Viewable:
        return Stack(self.health, self.nav, self.main, sizing_mode="stretch_width")

    def update(self) -> None:
        """Bring the navigation, the notices and the page shown up to date."""
        self.nav.show(Item(page, LABELS[page], self._badge(page)) for page in PAGES)
        text = "<br>".join(html.escape(sentence) for sentence in self._session.notices)
        if text != self._notice.object:
            self._notice.param.update(object=text, visible=bool(text))
        mark = self._marks.get(self._session.page)
        if mark is not None and mark.drawn:
            self._pages[self._session.page].update()

    def _badge(self, page: str) -> str:
        snapshot = {"jobs": self._session.jobs, "data": self._session.rules}.get(page)
        if snapshot is None or snapshot.time is None:
            return ""
        if page == "jobs":
            return f"{len(self._session.workspace.batches_of(snapshot)):,}"
        return f"{len(snapshot.frame):,}"

    def _go(self, event: object) -> None:
        current = getattr(event, "new", "")
        if current in PAGES:
            self._session.page = current

    def _turn(self) -> None:
        """Go to the session's page: at once, or when it has been made."""
        if self._session.page in self._pages:
            self._show()
        else:
            self.nav.current = self._session.page
            pn.state.execute(self._bring)

    async def _bring(self) -> None:
        await change(self.steps())

    def steps(self) -> Iterator[None]:
        """Show the session's page; when it is made, step by step."""
        page = self._session.page
        if page not in self._begun:
            self._begun.add(page)
            try:
                yield from self._made(page)
            finally:
                if page not in self._pages:  # it could not be made: who comes again has it tried again
                    self._begun.discard(page)
        if self._session.page in self._pages:
            self._show()

    def _made(self, page: str) -> Iterator[None]:
        """Make a page, and give it to the browser when it is whole."""
        module = import_module(f"dashboard.views.{page}")
        made = getattr(module, _CLASSES[page])(self._session)
        yield
        # What changes while the browser builds a page is lost there, or an error: it rests until the mark is drawn.
        mark = self._marks[page] = Mark(margin=0, width=0, height=0)
        mark.param.watch(lambda _: made.update(), "drawn")
        place = Stack(margin=0, sizing_mode="stretch_width")
        for ref in self.main._models.keys() & state._views.keys() - set(state._fake_roots):
            # Its models are made in steps, too, out of the browser's sight.
            _, root, document, comm = state._views[ref]
            place._get_model(document, root, self.main._models[ref][0], comm)
        yield from _filled(place, made.__panel__())
        place.append(mark)
        yield
        made.update()  # its plots come from threads, and only to what is on the page already
        self._pages[page], self._places[page] = made, place
        self.main.append(place)

    def _show(self) -> None:
        page = self._session.page
        self.nav.current = page
        # Hidden, not taken out: the browser keeps what was typed and scrolled, and a page comes back at once.
        for name, place in self._places.items():
            place.visible = name == page
        self._session.show(self.health, self)


def _filled(place: Stack, part: Viewable) -> Iterator[None]:
    """Put a part into its place; of a large one what is in it, one after the other."""
    large = isinstance(part, Stack) and len(part.select(Viewable)) > LARGE
    within = list(part) if large else []
    if within:
        part[:] = []
    place.append(part)
    yield
    for each in within:
        yield from _filled(part, each)
