"""The History page: finished jobs of all time, in one line, in plots, and by batch, week and host."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from functools import partial
from html import escape
from typing import NamedTuple

import pandas as pd
import panel as pn
from panel.viewable import Viewable, Viewer

from dashboard.domain.archive import Choice
from dashboard.domain.archive_statistics import Statistics
from dashboard.domain.units import count
from dashboard.feed.recorder import Standing
from dashboard.models.history_choice import SPANS, chosen
from dashboard.models.session import Session
from dashboard.plots.durations import Durations
from dashboard.views import history_words as words
from dashboard.views.across import across
from dashboard.views.chips import Chips
from dashboard.views.history_groups import HistoryGroups
from dashboard.views.live_plot import Finding, LivePlot
from dashboard.views.presence import Mark
from dashboard.views.stack import Stack
from dashboard.views.words import Words
from dashboard.views.workshop import soon

ROW = 260
"""Least height of a row of plots, in pixels."""

PATIENCE_SECONDS = 15.0
"""How long the page waits for its plots."""


class _Wanted(NamedTuple):
    """What is to be shown: which jobs, of which version of all, grouped by what."""

    choice: Choice
    version: int
    by: str


class HistoryPage(Viewer):
    """An answer, filters, plots and a table; all follow the filters, and what finishes meanwhile."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._wanted: _Wanted | None = None
        self._computing = self._waited_for = False
        self._found: tuple[_Wanted, Statistics, pd.DataFrame] | None = None
        self._said = ""
        self._began = time.monotonic()
        self._line = Words("", margin=0, sizing_mode="stretch_width")
        self._chips = Chips(caption="Finished jobs by state")
        self._span = pn.widgets.Select(label="Ended", options=list(SPANS), margin=0, width=130)
        self._text = pn.widgets.TextInput(label="Batch, program or id", margin=0, width=190)
        self._host = pn.widgets.TextInput(label="Host", margin=0, width=130)
        self._owner = pn.widgets.Select(label="Owner", options=[""], margin=0, width=130, visible=False)
        self._wait = LivePlot(session, "Wait", "durations")
        self._run = LivePlot(session, "Run time", "durations")
        self._memory = LivePlot(session, "Memory", "memories")
        self._efficiency = LivePlot(session, "CPU efficiency", "efficiencies")
        self._ended = LivePlot(session, "Jobs ended", "endings")
        self._groups = HistoryGroups(session, self._narrow, self._asked)
        filters = (self._span, self._text, self._host, self._owner)
        tools = pn.FlexBox(
            pn.Row(self._chips, margin=0, styles={"flex": "1 1 400px"}),
            pn.FlexBox(*filters, align_items="end", gap="8px", margin=0, styles={"flex": "0 1 auto"}),
            align_items="end",
            gap="8px",
            sizing_mode="stretch_width",
            margin=0,
        )
        spreads, paces = across(least=270), across(least=420)
        spreads.min_height = paces.min_height = ROW  # the table does not move when the plots come
        self._body = Stack(**_STACKED)
        # Where each part comes, and the plot that must be drawn before.
        self._parts: list[tuple[Stack, list[Viewable | Viewer], LivePlot | HistoryGroups | None]] = [
            (self._body, [tools, spreads, paces], None),
            (self._body, [self._groups], None),
            *((spreads, [_card(plot)], plot) for plot in (self._wait, self._run, self._memory, self._efficiency)),
            (paces, [_card(self._ended)], self._ended),
            (paces, [_card(self._groups.plots)], self._groups),
        ]
        self._mark = Mark(drawn=True)
        head = Stack(self._line, css_classes=["cy-card"], **_CARD)
        self._layout = Stack(head, self._body, **_STACKED)
        # Every one of these is this session's own.
        for widget, name in (
            (self._chips, "pressed"),
            (self._span, "value"),
            (self._owner, "value"),
            (self._text, "value_input"),
            (self._host, "value_input"),
        ):
            widget.param.watch(lambda _: self._asked(), name)

    def __panel__(self) -> Viewable:
        return self._layout

    def update(self) -> None:
        """Show what is known; nothing is done when that and the filters are what is shown."""
        if not self._session.workspace.has("htcondor"):
            self._say("HTCondor is not configured", "run “cygnet doctor” to see what is missing", [])
            return
        standing = self._session.workspace.history.look()
        if not standing.jobs.rows:
            self._say_nothing(standing)
            return
        if not self._said:
            self._say("Counting", "…", [])
        self._wanted = _Wanted(self._choice(), standing.jobs.version, self._groups.by)
        if self._found and self._found[0] == self._wanted:
            self._waited_for = False
            self._show(*self._found, standing)
        elif not self._computing:
            self._computing = True
            pn.state.execute(partial(self._compute, self._wanted))

    async def _compute(self, wanted: _Wanted) -> None:
        history = self._session.workspace.history
        try:
            every = history.statistics(wanted.choice, at_once=True)
            groups = history.groups(wanted.by, wanted.choice, at_once=True)
            self._found = wanted, await asyncio.wrap_future(every), await asyncio.wrap_future(groups)
        finally:
            self._computing = False
        if self._waited_for:
            self.update()
        else:
            self._session.remind()

    def _asked(self) -> None:
        """The person has changed something and waits; otherwise what is found is shown with the next pull."""
        self._waited_for = True
        self.update()

    def _show(self, wanted: _Wanted, found: Statistics, groups: pd.DataFrame, standing: Standing) -> None:
        if not self._mark.drawn:
            return
        subject = wanted.choice
        self._say(*words.answer(found), words.notes(standing, found.first))
        self._chips.items = [
            {"key": state, "label": state.capitalize(), "count": count(number)}
            for state, number in found.counts.items()
        ]
        owners = ["", *sorted(found.owners)]
        if len(owners) > 2 and self._owner.options != owners:
            self._owner.param.update(options=owners, visible=True)
        for plot, data, sentence in (
            (self._wait, Durations(found.wait, "wait until the first start"), words.waited(found)),
            (self._run, Durations(found.run, "run time, all starts"), words.ran(found)),
            (self._memory, found, words.remembered(found)),
            (self._efficiency, found.efficiency, words.computed(found)),
            (self._ended, found.ended, words.paced(found)),
        ):
            plot.show(partial(Finding, data, sentence), wanted.version, subject)
        self._groups.show(groups, wanted.version, (subject, wanted.by))
        self._body.visible = True
        if self._parts:
            self._fill()

    def _fill(self) -> None:
        """Put the next part into the page, with its data and plot: what is sent while the browser builds it is lost.

        All of them at once would keep other people's pages waiting.
        """
        place, views, plot = self._parts[0]
        if plot is None or plot.drawn or time.monotonic() - self._began > PATIENCE_SECONDS:
            del self._parts[0]
            self._mark = Mark(margin=0, width=0, height=0, styles={"position": "absolute"})  # takes no room among them
            self._mark.param.watch(lambda _: self.update(), "drawn")
            soon(self._put(place, [*views, self._mark]))
        else:
            self._session.remind()

    def _put(self, place: Stack, views: list[Viewable | Viewer]) -> Iterator[None]:
        place.extend(views)
        yield

    def _choice(self) -> Choice:
        text, host = (str(widget.value_input or "") for widget in (self._text, self._host))
        return chosen(self._span.value, text, host, self._owner.value or "", self._chips.pressed)

    def _narrow(self, by: str, name: str) -> None:
        """Show only one group."""
        widget = self._host if by == "host" else self._text
        widget.param.update(value=name, value_input=name)

    def _say_nothing(self, standing: Standing) -> None:
        if standing.read is None:
            reason = standing.reason or self._session.health("htcondor")[0].reason
            self._say("No finished jobs are known yet", reason or "asking HTCondor what has finished …", [])
        else:
            self._say("No job has finished yet", "what finishes is kept here from now on: submit a batch →", [])
        self._body.visible = False

    def _say(self, lead: str, text: str, notes: list[str]) -> None:
        line = f'<div class="cy-text"><b class="cy-title">{escape(lead)}</b>{": " if lead else ""}{escape(text)}</div>'
        said = line + "".join(f'<div class="cy-sub">{escape(note)}</div>' for note in notes)
        if said != self._said:
            self._said = self._line.object = said


_STACKED = {"sizing_mode": "stretch_width", "margin": 0, "styles": {"gap": "12px"}}
_CARD = {
    "sizing_mode": "stretch_width",
    "margin": 0,
    "styles": {"min-width": "0", "overflow": "hidden", "padding": "12px 16px"},
}


def _card(view: Viewer) -> Stack:
    return Stack(view, css_classes=["cy-card"], **_CARD)
