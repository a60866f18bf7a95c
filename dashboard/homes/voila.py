"""The dashboard as a Voila page: `voila apps/jobs.ipynb`, or `/voila/render/…` of a Jupyter server.

Voila runs the notebook before a browser is there, and one kernel serves one page. So the page is made when the browser
has drawn its first component and said what its address asks for; it ends when the browser is not heard of for long.
"""

from __future__ import annotations

import html
import os
import re
import threading
import time
from typing import Any

import panel as pn
from bokeh.document import Document

from dashboard.domain.problem import Problem
from dashboard.homes.carrier import Carrier
from dashboard.homes.watch import Watch
from dashboard.models.session import Session, known
from dashboard.views.address import Address
from dashboard.views.design import Cygnet
from dashboard.views.frame import Frame
from dashboard.views.shell import Shell
from dashboard.workspace import Workspace, connect
from dashboard.workspace.data import Staging
from dashboard.workspace.jobs import Submission

AWAY_SECONDS = 300.0
"""After so long without a sign of the browser the page ends: it was closed without a word, or its machine sleeps."""

RULE_ID = re.compile(r"[0-9a-f]{32}")


def running() -> bool:
    """Whether this kernel runs for a Voila page."""
    return os.environ.get("SERVER_SOFTWARE", "").startswith("voila/")


class VoilaPage:
    """All pages in Cygnet's own frame, live; as the last line of a cell it is shown.

    Parameters
    ----------
    what
        A workspace; by default one made with the settings of this machine, which ends with the page. Or what is open
        at first: a submission, a staging, the id of a batch or of a rule.
    places
        Page, batch, rule and state to open with; what the address asks for goes before.
    """

    def __init__(self, what: Workspace | Submission | Staging | str | None = None, **places: str) -> None:
        # Panel's own way of talking between browser and kernel is deaf in Voila; that of ipywidgets is not.
        pn.extension(design=Cygnet, notifications=False, comms="ipywidgets", inline=True)
        given = what.workspace if isinstance(what, Submission | Staging) else what
        self._given = given if isinstance(given, Workspace) else None
        self._workspace: Workspace | None = None
        self._places = {**places, **_opening(what)}
        self._session: Session | None = None
        self._watch: Watch | None = None
        self._heard = 0.0
        self._address = Address(width=0, height=0, margin=0)
        self._layout = pn.Column(self._address, sizing_mode="stretch_width", margin=0)
        self._address.param.watch(self._beat, "beats")
        self._widget = Carrier(self._layout.get_root(Document()))

    def _repr_mimebundle_(self, **options: Any) -> Any:
        return self._widget._repr_mimebundle_(**options)

    def stop(self) -> None:
        """End the page: nothing is asked or sent any more."""
        if self._watch:
            self._watch.stop()
        if self._session:
            self._session.close()
        if self._workspace and self._workspace is not self._given:
            # It waits for what the workers have under way, so not on the kernel's loop.
            threading.Thread(target=self._workspace.close, name="cygnet-close", daemon=True).start()
        self._watch = self._session = self._workspace = None
        self._layout[:] = [self._address]

    def _beat(self, event: Any) -> None:
        self._heard = time.monotonic()
        if event.old == 0:
            self._start()
        elif self._session is None:
            self._address.gone = True

    def _start(self) -> None:
        try:
            self._workspace = self._given or connect()
            self._session = Session(self._workspace, dark=None, **known({**self._places, **self._address.places}))
        except Problem as problem:
            said = f'<b role="alert">{html.escape(problem.sentence)}</b>'
            self._layout.append(pn.pane.HTML(said, css_classes=["cy-alert", "cy-bad"], margin=24))
            return
        self._address.link(self._session)
        self._layout.append(Frame(Shell(self._session)))
        self._watch = Watch(self._session, seen=self._here)
        self._watch.start()

    def _here(self) -> bool:
        here = time.monotonic() - self._heard <= AWAY_SECONDS
        if not here:
            self.stop()
        return here


def _opening(what: object) -> dict[str, str]:
    """Where a single thing is shown."""
    if isinstance(what, Submission):
        return {"page": "jobs", "batch": what.batch}
    if isinstance(what, Staging):
        return {"page": "data", "rule": what.rule_id}
    if isinstance(what, str):
        return {"page": "data", "rule": what} if RULE_ID.fullmatch(what) else {"page": "jobs", "batch": what}
    return {}
