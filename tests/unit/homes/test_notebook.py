"""Views in a notebook, without a browser: whose cell they belong to, what they open, and that they end."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import panel as pn
import pytest
from panel.io.state import state

import dashboard
from dashboard.domain.problem import Problem
from dashboard.homes import notebook, voila
from dashboard.models.session import Session
from dashboard.settings import HTCondorSettings, RucioSettings, Settings
from dashboard.views.batch_card import BatchCard
from dashboard.views.cell import CellPages
from dashboard.views.rule_card import RuleCard
from dashboard.workspace import Workspace
from dashboard.workspace.jobs import Submission
from tests.awaiting import awaited

RULE = "0123456789abcdef" * 2


class Kernel:
    """What IPython tells of the cell that runs, and what the kernel keeps of open comms."""

    def __init__(self) -> None:
        self.parent: dict[str, Any] = {}
        self.kernel = SimpleNamespace(comm_manager=SimpleNamespace(targets={}))

    def get_parent(self) -> dict[str, Any]:
        return self.parent

    def runs(self, cell: str, execution: str, code: str = "") -> None:
        metadata = {"cellId": cell} if cell else {}
        self.parent = {"metadata": metadata, "header": {"msg_id": execution}, "content": {"code": code}}


@pytest.fixture(autouse=True)
def kernel(monkeypatch: pytest.MonkeyPatch) -> Kernel:
    kernel = Kernel()
    kernel.runs("cell", "first")
    monkeypatch.setattr(notebook, "get_ipython", lambda: kernel)
    monkeypatch.setattr(notebook, "_views", {})
    return kernel


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    """A workspace to which nothing is configured."""
    with dashboard.connect(Settings(HTCondorSettings(enabled=False), RucioSettings(enabled=False), tmp_path)) as ws:
        yield ws
        for _, views in notebook._views.values():
            for view in views:
                view.stop()
        on_loop(lambda: None)


def on_loop(ask: Callable[[], Any]) -> Any:
    """Value of the question, asked where the views are."""
    answer: Future[Any] = Future()
    notebook._loop().call_soon_threadsafe(lambda: answer.set_result(ask()))
    return answer.result(60)


def live(view: Any) -> Any:
    assert view._live is not None
    return view._live


def content(view: Any) -> Any:
    return live(view)._content


@pytest.mark.parametrize("page", ["nope", "", "<b>"])
def test_a_page_that_is_not_there(ws: Workspace, page: str) -> None:
    with pytest.raises(Problem, match="say overview, jobs, history, submit or data"):
        dashboard.show(ws, page=page)
    assert notebook._views == {}


@pytest.mark.parametrize(
    ("asked", "opened"),
    [
        ({}, ("jobs", "", "")),
        ({"page": "overview"}, ("overview", "", "")),
        ({"batch": 1234}, ("jobs", "1234", "")),
        ({"batch": "ganga:17"}, ("jobs", "ganga:17", "")),
        ({"rule": RULE}, ("data", "", RULE)),
    ],
)
async def test_what_is_opened(ws: Workspace, asked: dict[str, Any], opened: tuple[str, str, str]) -> None:
    # On a running loop, as in a kernel: without one Panel makes a loop for what a page reads, and never closes it.
    view = dashboard.show(ws, **asked)
    assert isinstance(content(view), CellPages)
    session = live(view)._session
    assert (session.page, session.batch, session.rule) == opened


def test_one_thing_by_itself(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notebook, "connect", lambda: ws)
    of_a_batch = dashboard.show("1234"), dashboard.show(Submission(1234, 3, ws))
    assert [live(view)._session.batch for view in of_a_batch] == ["1234", "1234"]
    of_a_rule = dashboard.show(RULE)
    assert live(of_a_rule)._session.rule == RULE
    shown = [type(card) for view in (*of_a_batch, of_a_rule) for card in live(view)._session._shown]
    assert shown.count(BatchCard) == 2
    assert shown.count(RuleCard) == 1


def test_under_voila_it_is_a_page(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setenv("SERVER_SOFTWARE", "voila/0.5.11")
    monkeypatch.setattr(voila, "VoilaPage", lambda what, **places: asked.append((what, places)))
    dashboard.show(ws, page="jobs", batch=7)
    assert asked == [(ws, {"page": "jobs", "batch": "7", "rule": ""})]
    assert notebook._views == {}


def test_running_the_cell_again_stops_its_former_views_only(ws: Workspace, kernel: Kernel) -> None:
    first, second = dashboard.show(ws), dashboard.show(ws)  # two of one run
    kernel.runs("another cell", "second")
    other = dashboard.show(ws)
    kernel.runs("cell", "third")
    again = dashboard.show(ws)
    assert [repr(view) for view in (first, second)] == ["<Cygnet view, stopped>"] * 2
    assert [repr(view) for view in (other, again)] == ["<Cygnet view, not looked at>"] * 2


def test_the_libraries_come_before_anything_is_made(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Plots have a thread import HoloViews: begun in the midst of Panel's extension, that made it fail."""
    order: list[str] = []
    content_of = notebook._content

    def extension(**_: Any) -> None:
        order.append("libraries")

    def made(*asked: Any) -> Any:
        order.append("content")
        return content_of(*asked)

    extension._loaded = False  # type: ignore[attr-defined]
    monkeypatch.setattr(pn, "extension", extension)
    monkeypatch.setattr(notebook, "_libraries", [])
    monkeypatch.setattr(notebook, "_content", made)
    notebook.show(ws)
    assert order == ["libraries", "content"]


def test_a_cell_without_a_name_is_known_by_its_text(ws: Workspace, kernel: Kernel) -> None:
    kernel.runs("", "first", "dashboard.show()")
    first = dashboard.show(ws)
    kernel.runs("", "second", "dashboard.show( )")
    second = dashboard.show(ws)
    kernel.runs("", "third", "dashboard.show()")
    dashboard.show(ws)
    assert (first._live, bool(second._live)) == (None, True)


def test_what_is_stopped_leaves_nothing(ws: Workspace, kernel: Kernel) -> None:
    views, comms, sheets = set(state._views), set(state._comm_manager._comms), set(state._stylesheets)
    view = dashboard.show(ws)
    view._repr_mimebundle_()
    opened = live(view)
    kernel.kernel.comm_manager.targets.update(dict.fromkeys((comm.id for comm, _ in opened._drawings.values()), print))
    assert set(state._views) > views
    assert kernel.kernel.comm_manager.targets
    view.stop()
    view.stop()
    on_loop(lambda: None)
    on_loop(opened.stop)
    assert (set(state._views), set(state._comm_manager._comms), set(state._stylesheets)) == (views, comms, sheets)
    assert kernel.kernel.comm_manager.targets == {}
    assert opened._session._shown == []
    assert view._repr_mimebundle_()[0] == {"text/plain": "<Cygnet view, stopped>"}


@pytest.mark.parametrize("comms", ["vscode", "ipywidgets"])
def test_where_panel_speaks_by_ipywidgets(ws: Workspace, monkeypatch: pytest.MonkeyPatch, comms: str) -> None:
    dashboard.show(ws)  # Panel has looked around by now
    monkeypatch.setattr(pn.config, "comms", comms)
    views, sheets = set(state._views), set(state._stylesheets)
    view = dashboard.show(ws)
    bundle, _ = view._repr_mimebundle_()
    opened = live(view)
    [box] = opened._boxes
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"] == box.model_id
    assert bundle["text/plain"] == "<Cygnet view, not looked at>"
    box._view_count = 1  # the browser has a place for it
    awaited(lambda: len(box.children) == 1, "the view")
    [first] = box.children
    # The browser says nothing: it is given something new to draw.
    awaited(lambda: box.children[0] is not first, "another try")
    [carrier] = box.children
    assert carrier.model.ref["id"] != first.model.ref["id"]
    assert first.comm is None
    on_loop(lambda: opened._door.param.update(drawn="page.0"))
    assert len(opened._place) == 2
    box._view_count = 2  # the page was reloaded: it has nothing of what was sent since
    on_loop(lambda: None)
    assert (carrier.comm, len(opened._place)) == (None, 0)
    awaited(lambda: len(box.children) == 1, "the view again")
    [carrier] = box.children
    on_loop(lambda: opened._door.param.update(drawn="reloaded.0"))
    assert len(opened._place) == 2
    view.stop()
    on_loop(lambda: None)
    assert (set(state._views), set(state._stylesheets)) == (views, sheets)
    assert (box.comm, carrier.comm) == (None, None)


def test_a_view_that_does_not_come_says_so(ws: Workspace, kernel: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[str] = []
    monkeypatch.setattr(notebook, "load_notebook", lambda **_: loaded.append("libraries"))
    dashboard.show(ws)  # Panel has looked around by now
    monkeypatch.setattr(pn.config, "comms", "ipywidgets")
    monkeypatch.setattr(notebook, "LATE_SECONDS", notebook.LIBRARY_SECONDS)
    kernel.runs("other", "first")
    view = dashboard.show(ws)
    view._repr_mimebundle_()
    opened = live(view)
    [box] = opened._boxes
    box._view_count = 1
    awaited(lambda: len(box.children) == 2, "the words")
    carrier, said = box.children
    assert said.value == "This view is not drawn yet. If it does not come: run the cell again."
    on_loop(lambda: opened._door.param.update(drawn="page.0"))
    assert (box.children, said.comm) == ((carrier,), None)

    opened.late = True
    kernel.runs("other", "second")
    dashboard.show(ws)
    assert loaded == ["libraries"]


def test_its_own_workspace_ends_with_it(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[str] = []
    monkeypatch.setattr(notebook, "connect", lambda: ws)
    monkeypatch.setattr(ws, "close", lambda: closed.append("closed"))
    dashboard.show(ws).stop()
    on_loop(lambda: None)
    dashboard.show().stop()
    awaited(lambda: closed == ["closed"], "the end of the view's own workspace", 10)


def test_what_is_behind_the_door_is_sent_once_to_each_page(ws: Workspace) -> None:
    view = dashboard.show(ws)
    door, place = live(view)._door, live(view)._place

    def knock(drawn: str) -> tuple[str, Any]:
        door.drawn = drawn
        return door.answered, place[-1] if len(place) else None

    sent: list[Any] = []
    place.param.watch(lambda event: sent.append(len(event.new)), "objects")
    assert on_loop(lambda: knock("page.0"))[0] == "page.0"
    assert on_loop(lambda: knock("page.1"))[0] == "page.0"  # it knocked twice before it was opened
    assert sent.count(2) == 1
    assert on_loop(lambda: knock("reloaded.0"))[0] == "reloaded.0"
    assert sent.count(2) == 2


def test_what_a_page_asks_for_comes_back_to_the_loop_of_the_views(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: Future[str] = Future()

    class Asking(CellPages):
        def __init__(self, session: Session) -> None:
            super().__init__(session)
            pn.state.execute(self._ask)

        async def _ask(self) -> None:
            await asyncio.to_thread(lambda: None)
            told.set_result(threading.current_thread().name)

    monkeypatch.setattr(notebook, "CellPages", Asking)
    dashboard.show(ws)
    assert told.result(10) == "cygnet-views"


def test_a_cell_that_is_cleared_ends_its_view_where_the_views_are(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = dashboard.show(ws)
    view._repr_mimebundle_()
    root = live(view)._root
    model = state._views[next(iter(root._models))][1]
    told: list[str] = []
    root.gone = lambda: told.append(threading.current_thread().name)
    monkeypatch.setattr(asyncio, "get_event_loop", lambda: pytest.fail("it would make a loop that nobody closes"))
    root._cleanup(model)  # JupyterLab tells the kernel's own thread, or another
    on_loop(lambda: None)
    assert told == ["cygnet-views"]


def test_it_is_kept_up_to_date_only_as_long_as_somebody_looks(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    view = dashboard.show(ws)
    opened, now = live(view), [1000.0]
    monkeypatch.setattr(notebook, "time", SimpleNamespace(monotonic=lambda: now[0]))

    def look(seen: float) -> bool:
        opened._presence.seen = seen
        return bool(view.live)

    assert view.live is False
    assert on_loop(lambda: look(1.0)) is True
    assert on_loop(lambda: look(0.0)) is False  # hidden
    assert on_loop(lambda: look(2.0)) is True
    now[0] += notebook.UNSEEN_SECONDS + 1  # the browser has gone without a word
    on_loop(opened._watch._look)
    assert view.live is False
    assert on_loop(lambda: look(3.0)) is True
