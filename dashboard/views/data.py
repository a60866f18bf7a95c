"""The Data page: my rules, the open one with its files, and the form to stage more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np
import panel as pn
from panel.viewable import Viewer

from dashboard.feed.snapshot import Snapshot
from dashboard.models.arrival import Arrivals
from dashboard.models.paging import found, page_of
from dashboard.models.session import Session
from dashboard.views import rule_words
from dashboard.views.chips import Chips
from dashboard.views.component import Button
from dashboard.views.late import Late
from dashboard.views.rule_detail import RuleDetail
from dashboard.views.stack import Stack
from dashboard.views.stage_form import StageForm
from dashboard.views.table import Column, Table

_COLUMNS = (
    Column("did", "DID", strong=True, wrap=True, width=170),
    Column("state", "State", "state"),
    Column("progress", "Progress", "bar", width=150, sortable=False),
    Column("files", "Files", sub_key="left", sortable=False, wrap=True, width=70),
    Column("bytes", "Size", "number", spare=True),
    Column("rse_expression", "RSE expression", wrap=True, width=115),
    Column("expires", "Expires", wrap=True, width=60),
    Column("error", "Error", sub_key="next", tip_key="told", wrap=True, width=136),
)
_SEARCHED = ("did", "rse_expression", "state", "error", "comment")


class DataPage(Viewer):
    """Rules of the account; nothing is done when the snapshot and the filters are those shown."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._arrivals = Arrivals()
        self._seen = -1
        self._shown: object = None
        self._state = ""
        self._wanted = ""  # the DID the form is to be opened for
        self._chips = Chips(caption="Rules by state")
        self.text = pn.widgets.TextInput(placeholder="Filter by DID, RSE, error", width=280, margin=0)
        self.stage = Button(label="Stage data…", color="primary", margin=0, on_click=self._toggle)
        self._form = Late(self._formed, self._suggest)
        self.table = Table(
            _COLUMNS,
            page_size=20,
            caption="Rules",
            css_classes=["cy-card"],
            margin=0,
            sort="-created",
            max_height=400,
        )
        # Its order: see CellPages.
        self._open = Late(
            lambda: RuleDetail(session, elsewhere=self._elsewhere),
            self._again,
            styles={"order": "var(--cy-open-order, 0)"},
        )
        if session.rule:
            self._open.begin()
        tools = pn.FlexBox(
            pn.Row(self._chips, margin=0, styles={"flex": "1 1 300px"}),
            self.text,
            self.stage,
            align_items="center",
            gap="8px",
            sizing_mode="stretch_width",
            margin=0,
        )
        self._layout = Stack(
            tools,
            self._form,
            self.table,
            self._open,
            margin=0,
            sizing_mode="stretch_width",
            styles={"gap": "12px"},
        )
        # All of these are this session's own.
        self._chips.param.watch(lambda _: self.update(), "pressed")
        self.text.param.watch(lambda *_: self.update(), ["value", "value_input"])
        self.table.param.watch(lambda *_: self.update(), ["page", "sort"])
        self.table.param.watch(self._opened, "opened")
        session.param.watch(lambda _: self.update(), "rule")

    def __panel__(self) -> pn.viewable.Viewable:
        return self._layout

    @property
    def form(self) -> StageForm:
        """To stage more."""
        return self._form.part

    @property
    def detail(self) -> RuleDetail:
        """The open rule."""
        return self._open.part

    def update(self) -> None:
        """Show the session's present rules."""
        session, snapshot = self._session, self._session.rules
        if snapshot and snapshot.version != self._seen:
            self._seen = snapshot.version
            self._arrivals.see(snapshot)
            if self._form.made and self._form.ready():
                self._suggest()
        wanted = (
            snapshot and (snapshot.version, snapshot.health.state),
            session.rule,
            self._chips.pressed,
            self.text.value_input or self.text.value,
            self.table.page,
            self.table.sort,
        )
        if wanted == self._shown:
            return
        self._shown = wanted
        self.stage.disabled = snapshot is None
        if snapshot is None or snapshot.time is None:
            self.table.empty = (
                "Rucio is not configured: run “cygnet doctor” to see what is missing."
                if snapshot is None
                else snapshot.health.reason or "Asking Rucio for your rules …"
            )
            return
        self._show(snapshot, snapshot.time)

    def _show(self, snapshot: Snapshot, now: datetime) -> None:
        frame, pressed = snapshot.frame, self._chips.pressed
        state = frame["state"].cat
        # One colour for each state there is, not for each rule.
        colours = np.array([rule_words.mark(name)[0] for name in state.categories], dtype=object)
        counts: Counter[str] = Counter()
        for colour, number in zip(colours, np.bincount(state.codes, minlength=len(colours)), strict=True):
            counts[colour] += int(number)
        labels = {rule_words.COLOURS[name]: label for name, label in rule_words.LABELS.items()} | {"removed": "Other"}
        items = [
            {"key": colour, "label": label, "count": f"{counts[colour]:,}"}
            for colour, label in labels.items()
            if counts[colour] or colour in ("done", "running", "held") or colour == pressed
        ]
        self._chips.put(items=items)
        keep = found(frame, str(self.text.value_input or self.text.value or ""), _SEARCHED)
        if pressed in labels:
            keep &= np.append(colours == pressed, False)[state.codes]  # the last for −1, no state
        page = page_of(frame, self.table.sort, self.table.page, self.table.page_size, np.flatnonzero(keep))
        shown = zip(map(str, page.frame.index), page.frame.to_dict("records"), strict=True)
        rows = [self._row(rule_id, rule, now) for rule_id, rule in shown]
        self.table.empty = (
            "No rules yet: press “Stage data…” to have Rucio bring a dataset here."
            if frame.empty
            else "No rule matches: clear the filter to see all."
        )
        opened = self._session.rule
        self.table.put(rows=rows, total=page.total, page=page.number, opened=opened)
        self._open.visible = bool(opened)
        if not opened:
            if self._open.made:
                self.detail.clear()
        elif self._open.ready():
            if opened in frame.index:
                rule: Any = frame.loc[opened]
                self.detail.show(opened, rule, self._left(opened, rule), now)
            else:
                self.detail.absent(opened)

    def _again(self) -> None:
        self._shown = None
        self.update()

    def _formed(self) -> StageForm:
        form = StageForm(self._session, self._staged, lambda: self._open_form(open_it=False))
        form.update()
        return form

    def _suggest(self) -> None:
        self.form.update()
        if self._wanted:
            self.form.begin(self._wanted)
            self._wanted = ""
        self.form.suggest_rses()

    def _row(self, rule_id: str, rule: Any, now: datetime) -> dict[str, Any]:
        return rule_words.rule_row(rule_id, rule, self._left(rule_id, rule), now)

    def _left(self, rule_id: str, rule: Mapping[str, Any]) -> float | None:
        return self._arrivals.seconds(rule_id, int(rule["ok"]), rule_words.locks(rule) - int(rule["ok"]))

    # What a person does

    def _opened(self, event: Any) -> None:
        self._session.rule = str(event.new)

    def _toggle(self, _event: object) -> None:
        self._open_form(open_it=not self._form.visible)

    def _open_form(self, *, open_it: bool) -> None:
        if open_it and self._form.ready():
            self._suggest()
        self._form.visible = open_it

    def _elsewhere(self, did: str) -> None:
        self._wanted = did
        self._open_form(open_it=True)

    def _staged(self, rule_id: str) -> None:
        self._open_form(open_it=False)
        self._session.rule = rule_id
        self._session.pull()
