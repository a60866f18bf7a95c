"""Finished jobs by batch, week or host: a table, and a plot of one measure."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pandas as pd
import panel as pn
from panel.viewable import Viewer

from dashboard.domain.archive_statistics import GROUPS, MEASURES
from dashboard.models.paging import page_of
from dashboard.models.session import Session
from dashboard.plots.groups import NAMES, SHOWN, Groups
from dashboard.views import marks
from dashboard.views.history_words import group_row
from dashboard.views.live_plot import Finding, LivePlot
from dashboard.views.stack import Stack
from dashboard.views.table import Column, Table
from dashboard.views.tabs import TabBar
from dashboard.views.words import Words

_TITLES = {"batch": "By batch", "week": "By week", "host": "By host"}

_SORTED_BY = {"share": "failed", "memory": "memory_high"}

_COLUMNS = (
    Column("share", "Outcome", "bar", width=150),
    Column("jobs", "Jobs", "number"),
    Column("done", "Done", "number", sortable=False),
    Column("wait", "Wait", "number"),
    Column("run", "Run time", "number"),
    Column("memory", "Memory used", "number"),
    Column("asked", "Asked", "number", spare=True),
    Column("passed", "Passed it", "number", spare=True),
    Column("efficiency", "CPU efficiency", "number", spare=True),
    Column("last", "Last ended", spare=True),
)


class HistoryGroups(Viewer):
    """The table; its ``plots`` stand elsewhere. Times and efficiency are medians, memory used is that of 90 %.

    Parameters
    ----------
    narrow
        Called with what is grouped by, and the name of a group, to show only that one.
    turned
        Called when jobs are to be grouped by something else (``by``).
    """

    def __init__(self, session: Session, narrow: Callable[[str, str], None], turned: Callable[[], None]) -> None:
        super().__init__()
        self._session = session
        self._narrow = narrow
        self._turned_to = turned
        self._found: tuple[pd.DataFrame, int, object] | None = None
        self._tabs = TabBar(caption="Group by", titles=[[_TITLES[by], ""] for by in GROUPS])
        self._measure = pn.widgets.Select(
            label="Measure",
            options={_capital(NAMES[name]): name for name in MEASURES},
            value="run",
            width=150,
            margin=0,
        )
        self._bars = LivePlot(session, "", "groups")
        self._weeks = LivePlot(session, "", "weeks")
        self._heading = Words("", margin=0, styles={"flex": "1 1 150px"})
        self._places = [Stack(plot, margin=0, sizing_mode="stretch_width") for plot in (self._bars, self._weeks)]
        head = pn.FlexBox(self._heading, self._measure, align_items="start", sizing_mode="stretch_width", margin=0)
        self.plots = Stack(head, *self._places, margin=0, sizing_mode="stretch_width")
        self._table = Table(self._columns(), caption="Finished jobs", sort="-jobs", page_size=12, margin=0)
        self._layout = Stack(
            Stack(self._tabs, margin=(6, 16, 0, 16), sizing_mode="stretch_width"),
            self._table,
            css_classes=["cy-card"],
            margin=0,
            sizing_mode="stretch_width",
            styles={"overflow": "hidden"},
        )
        self._tabs.param.watch(self._turned, "current")
        self._measure.param.watch(lambda _: self._plot(), "value")
        self._table.param.watch(lambda *_: self._draw(), ["page", "sort"])
        self._table.param.watch(self._opened, "opened")

    def __panel__(self) -> pn.viewable.Viewable:
        return self._layout

    @property
    def by(self) -> str:
        """What jobs are grouped by: one of `GROUPS`."""
        return GROUPS[self._tabs.current] if self._tabs.current < len(GROUPS) else GROUPS[0]

    @property
    def drawn(self) -> bool:
        """Whether the plot is there."""
        return (self._weeks if self.by == "week" else self._bars).drawn

    def show(self, groups: pd.DataFrame, version: int, subject: object) -> None:
        """Show these groups, as of a version of the jobs."""
        if self._found is None or self._found[0] is not groups:
            self._found = groups, version, subject
            self._draw()
        self._plot()

    def _columns(self) -> list[Column]:
        title = {"batch": "Batch", "week": "Week from", "host": "Host"}[self.by]
        return [Column("name", title, strong=True, width=200), *_COLUMNS]

    def _draw(self) -> None:
        if self._found is None:
            return
        page = page_of(*self._sorted(), self._table.page, self._table.page_size)
        rows = [group_row(name, group) for name, group in page.frame.iterrows()]
        self._table.param.update(rows=rows, total=page.total, page=page.number)
        self._plot()

    def _sorted(self) -> tuple[pd.DataFrame, str]:
        assert self._found is not None  # noqa: S101  asked for only then
        sort = self._table.sort
        key = sort.removeprefix("-")
        groups = self._found[0]
        if key == "name" and self.by == "week":
            key = "last"
        elif key == "name":
            groups = groups.assign(name=pd.Categorical(groups.index))
        return groups, f"{'-' if sort.startswith('-') else ''}{_SORTED_BY.get(key, key)}"

    def _plot(self) -> None:
        if self._found is None:
            return
        groups, version, subject = self._found
        measure = self._measure.value if self._measure.value in MEASURES else "run"
        weekly = self.by == "week"
        plot = self._weeks if weekly else self._bars
        for place, shown in zip(self._places, (not weekly, weekly), strict=True):
            place.visible = shown
        self._heading.object = marks.heading(
            f"{_capital(NAMES[measure])} by {self.by}", "half of the jobs below the mark, eight in ten within the bar"
        )
        sentence = ""
        if not weekly:
            groups = page_of(*self._sorted(), 1, SHOWN).frame
        find = partial(Finding, Groups(groups, measure), sentence)
        plot.show(find, version, (subject, measure, self._table.sort))

    def _turned(self, _event: object) -> None:
        self._found = None
        self._table.param.update(
            columns=[vars(column) for column in self._columns()],
            sort="-name" if self.by == "week" else "-jobs",
            page=1,
            opens=self.by != "week",
        )
        self._turned_to()

    def _opened(self, event: Any) -> None:
        known = {row["id"] for row in self._table.rows}
        self._table.opened = ""
        if event.new in known and self.by != "week":
            self._narrow(self.by, event.new)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
