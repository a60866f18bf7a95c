"""Live views in a notebook: ``dashboard.show()``, and a submission or staging as the last line of a cell.

What is displayed at first is only a door: the rest follows when the browser has drawn it, and again after the browser's
page was reloaded. So nothing is lost on its way, and a saved notebook holds no data.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from functools import cache
from typing import Any, TypeVar

import panel as pn
from bokeh.document import Document
from IPython import get_ipython
from ipywidgets import HTML, VBox
from panel.io.notebook import load_notebook
from panel.io.state import state
from panel.viewable import Viewer

from dashboard.domain.problem import Problem
from dashboard.homes import voila
from dashboard.homes.carrier import Carrier, close, fill, forget
from dashboard.homes.watch import Watch
from dashboard.models.session import PAGES, Session
from dashboard.views.batch_card import BatchCard
from dashboard.views.cell import CellCard, CellPages
from dashboard.views.design import Cygnet
from dashboard.views.offline import Sheets
from dashboard.views.presence import Door, Presence
from dashboard.views.rule_card import RuleCard
from dashboard.workspace import Workspace, connect
from dashboard.workspace.data import Staging
from dashboard.workspace.jobs import Submission

T = TypeVar("T")

UNSEEN_SECONDS = 60.0
"""A view of which the browser has said nothing for so long is looked at by nobody; it says so every 20 s."""

LIBRARY_SECONDS = 0.5
"""A browser runs Bokeh's script within this, mostly."""

LATE_SECONDS = 8.0
"""A view that is not drawn by then says what to do about it."""

LATE = "This view is not drawn yet. If it does not come: run the cell again."

PATIENCE_SECONDS = 60.0
"""A browser that has not drawn a view by then is gone."""


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """The loop of all views, in a thread of its own: the kernel stays free, and one thing happens at a time.

    Drawing a page takes longer than a kernel may be kept from its cell; and JupyterLab may have the kernel take the
    browser's messages in threads of their own (subshells), in the midst of a pull.
    """
    started: Future[asyncio.AbstractEventLoop] = Future()

    async def run() -> None:
        started.set_result(asyncio.get_running_loop())
        await asyncio.Event().wait()

    threading.Thread(target=asyncio.run, args=(run(),), name="cygnet-views", daemon=True).start()
    return started.result()


def _by_widgets() -> bool:
    """Whether the browser is reached by ipywidgets only, as Panel finds it in VS Code."""
    return pn.config.comms in ("vscode", "ipywidgets")


def _on_loop() -> bool:
    """Whether this runs on the loop of the views."""
    with suppress(RuntimeError):  # no loop runs here
        return asyncio.get_running_loop() is _loop()
    return False


def _made(make: Callable[[], T]) -> T:
    """What is made, on the loop of the views; the cell waits for it."""

    async def run() -> T:
        return make()

    return asyncio.run_coroutine_threadsafe(run(), _loop()).result()


def _nothing() -> None:
    """Nobody is to be told."""


class _Root(pn.Column):
    """A column whose messages from the browser are handled on the loop of the views."""

    def __init__(self, *parts: Any, **params: Any) -> None:
        self.gone: Callable[[], None] = _nothing
        super().__init__(*parts, **params)

    def _get_model(self, doc: Any, *args: Any, **params: Any) -> Any:
        # A document for each time it is drawn: what is shared within one must not be shared with another.
        if not _by_widgets():  # there the carrier sees to them
            sheets = state._stylesheets[doc] = Sheets()
            self._hooks: list[Any] = [self._hooks[0], sheets.share]
        return super()._get_model(doc, *args, **params)

    def _on_msg(self, ref: str, manager: Any, msg: Any) -> None:
        _loop().call_soon_threadsafe(self._handle, ref, manager, msg)

    def _handle(self, ref: str, manager: Any, msg: Any) -> None:
        if ref in state._views:  # it may have been stopped meanwhile
            super()._on_msg(ref, manager, msg)

    def _cleanup(self, root: Any = None) -> None:
        """Called with a model, when JupyterLab tells that its cell has been cleared or deleted."""
        if not _on_loop():
            # Panel marks an update under way in a flag for all threads: in the midst of a drawing it would spoil that.
            _loop().call_soon_threadsafe(self._cleanup, root)
            return
        super()._cleanup(root)
        if root is not None:
            self.gone()


class _Live:
    """What a view consists of as long as it is not stopped; all but the making happens on the loop of the views.

    Parameters
    ----------
    session
        What it looks at.
    content
        What is shown of it.
    own
        The workspace to close at the end, if it is the view's own.
    """

    def __init__(self, session: Session, content: Viewer, own: Workspace | None = None) -> None:
        self._session = session
        self._content: Viewer | None = content
        self._own = own
        self._seen = 0.0
        self._door = Door(margin=0)
        self._presence = Presence(margin=0)
        self._place = pn.Column(margin=0, sizing_mode="stretch_width")
        self._root = _Root(
            self._door,
            self._place,
            css_classes=["cy-page"],
            sizing_mode="stretch_width",
            design=Cygnet,
            hooks=[Cygnet()._apply_hooks],  # for all that is inside, as Panel's templates do it
        )
        self._root.gone = self.stop
        self._drawings: dict[str, Any] = {}
        self._boxes: list[VBox] = []
        self.late = False
        self._watch = Watch(session, seen=lambda: time.monotonic() - self._seen <= UNSEEN_SECONDS)
        self._watched: list[tuple[Any, Any]] = [
            (self._door, self._door.param.watch(self._enter, "drawn")),
            (self._door, self._door.param.watch(lambda event: session.param.update(dark=event.new), "dark")),
            (self._presence, self._presence.param.watch(self._look, "seen")),
        ]

    def bundle(self) -> Any:
        """What the browser is given at first."""
        if _by_widgets():
            self._root.gone = _nothing  # nobody tells there that a cell has been cleared
            box = VBox(_view_count=0)
            box.observe(lambda change: self._tie(box) if change.new > change.old else None, "_view_count")
            self._boxes.append(box)
            return box._repr_mimebundle_(), {}
        bundle, metadata = self._root._repr_mimebundle_()
        self._drawings |= self._root._comms
        return bundle, metadata

    @property
    def seen(self) -> bool:
        """Whether it is kept up to date now, because it can be seen."""
        return self._watch.running

    def stop(self) -> None:
        """End the updates, and let go of all that Panel and the kernel keep of it."""
        if self._content is None:
            return
        self._watch.stop()
        self._content = None
        self._session.close()
        self._place.clear()
        if self._door.drawn:  # otherwise no browser is there to be told
            self._door.answered = "stopped"
        for part, watcher in self._watched:
            part.param.unwatch(watcher)
        self._root.gone = _nothing
        for ref, comms in self._drawings.items():
            forget(ref)
            for comm in comms:
                state._comm_manager._comms.pop(comm.id, None)
                get_ipython().kernel.comm_manager.targets.pop(comm.id, None)
        for box in self._boxes:
            fill(box)
            close(box)
        if self._own:
            # It waits for what the workers have under way, so not on the kernel's loop.
            threading.Thread(target=self._own.close, name="cygnet-close", daemon=True).start()

    def _tie(self, box: VBox) -> None:
        """Have the browser draw what is in the box: before it has run Bokeh's script it cannot, and tries only once.

        Each try is made anew: a page that was reloaded knows a former one only as it was at first, and of a model drawn
        twice in a page, Panel's components take the view that is gone.
        """

        def put(heard: str, seconds: float) -> None:
            if self._content is not None and self._door.drawn == heard and seconds < PATIENCE_SECONDS:
                self.late = seconds >= LATE_SECONDS
                carrier = Carrier(self._root.get_root(Document()), _loop().call_soon_threadsafe)
                fill(box, carrier, *([HTML(LATE)] if self.late else []))
                _loop().call_later(seconds, put, heard, 2 * seconds)

        def begin() -> None:
            if self._content is not None:
                fill(box)
                self._place.clear()  # it comes when the door is drawn
                _loop().call_later(LIBRARY_SECONDS, put, self._door.drawn, 2 * LIBRARY_SECONDS)

        _loop().call_soon_threadsafe(begin)

    def _enter(self, event: Any) -> None:
        """The browser has drawn the door, for the first time or on a new page: send what is behind it."""
        if self._content is None or event.new.partition(".")[0] == self._door.answered.partition(".")[0]:
            return
        if self.late:
            self.late = False
            for box in self._boxes:
                fill(box, *box.children[:1])
        self._place.clear()
        self._place[:] = [self._content, self._presence]
        self._door.answered = event.new

    def _look(self, event: Any) -> None:
        """Somebody looks, or does not any more."""
        if not event.new:
            self._watch.stop()
        elif self._content is not None:
            self._seen = time.monotonic()
            if not self.seen:
                self._session.pull()
                self._watch.start()


class View:
    """A live view; as the last line of a cell it shows itself. `stop` ends it, and so does running its cell again."""

    def __init__(self, live: _Live) -> None:
        # Let go at the end: IPython remembers the value of every cell.
        self._live: _Live | None = live

    def __repr__(self) -> str:
        return f"<Cygnet view, {'stopped' if self._live is None else 'live' if self.live else 'not looked at'}>"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> Any:
        del include, exclude
        bundle, metadata = self._live.bundle() if self._live else ({}, {})
        return {**bundle, "text/plain": repr(self)}, metadata

    @property
    def live(self) -> bool:
        """Whether it is kept up to date now, because it can be seen."""
        return self._live is not None and self._live.seen

    def stop(self) -> None:
        """End the view: it is not updated any more, and nothing of it stays in the kernel."""
        if self._live:
            _loop().call_soon_threadsafe(self._live.stop)
            self._live = None


_views: dict[str, tuple[str, list[View]]] = {}
"""The views of each cell, and the execution that made them: running the cell again stops them."""


def show(
    ws: Workspace | Submission | Staging | str | None = None,
    page: str = "jobs",
    batch: str | int | None = None,
    rule: str | None = None,
) -> Any:
    """Show the dashboard live in a cell, or one thing of it.

    Parameters
    ----------
    ws
        A workspace; by default one of its own with the settings of this machine. Or one thing to show by itself: a
        submission, a staging, the id of a batch (``"1234"``) or of a rule.
    page
        ``overview``, ``jobs``, ``history``, ``submit`` or ``data``.
    batch, rule
        What is open on the Jobs or the Data page.

    Returns
    -------
    View
        Shown as the last line of a cell; ``stop()`` ends it.

    Raises
    ------
    Problem
        When there is no such page, or the settings cannot be read.
    """
    batch = "" if batch is None else str(batch)
    page = "data" if rule and not batch else page
    if page not in PAGES:
        raise Problem("invalid", f"There is no page “{page}”: say {', '.join(PAGES[:-1])} or {PAGES[-1]}.")
    if voila.running():
        return voila.VoilaPage(ws, page=page, batch=batch, rule=rule or "")
    given = ws.workspace if isinstance(ws, Submission | Staging) else None if isinstance(ws, str) else ws
    workspace = given or connect()
    session = Session(workspace, page=page, batch=batch, rule=rule or "")
    # Before anything is made: Panel's extension fails when a thread begins to import HoloViews meanwhile, as plots do.
    views = _begin()
    # What a page asks for when it is made comes back to the loop it was made on: that must be the one of the views.
    view = View(_made(lambda: _Live(session, _content(session, ws), None if given else workspace)))
    views.append(view)
    return view


def bundle(shown: Submission | Staging) -> Any:
    """What IPython displays of a submission or staging."""
    return show(shown)._repr_mimebundle_()


def _content(session: Session, what: object) -> Viewer:
    if isinstance(what, Submission):
        what = what.batch
    elif isinstance(what, Staging):
        what = what.rule_id
    if not isinstance(what, str):
        return CellPages(session)
    if voila.RULE_ID.fullmatch(what):
        session.rule = what
        return CellCard(session, RuleCard(session), "rucio")
    session.batch = what
    return CellCard(session, BatchCard(session), "htcondor")


def _begin() -> list[View]:
    """The views of the cell in this run of it; stops those of its former run, and brings the page its libraries."""
    cell, execution = _cell()
    former, views = _views.get(cell, ("", []))
    late = any(old._live and old._live.late for old in views)
    if former != execution:
        for old in views:
            old.stop()
        views = []
    _views[cell] = (execution, views)
    if not pn.extension._loaded:
        pn.extension(inline=True)
        _libraries.append(cell)
    elif former and (late or cell in _libraries) and former != execution:
        load_notebook(inline=True)  # they were in the output that has just been cleared, or are in none any more
    return views


_libraries: list[str] = []


def _cell() -> tuple[str, str]:
    """The cell that runs, and its execution: the cell's id where the notebook tells it, else its text."""
    request = get_ipython().get_parent()
    cell = request.get("metadata", {}).get("cellId") or request.get("content", {}).get("code", "")
    return str(cell), str(request.get("header", {}).get("msg_id", ""))
