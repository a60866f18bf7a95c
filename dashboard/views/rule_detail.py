"""The open rule: how far it is, its files with their paths, why it is stuck, and cancelling it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import partial
from html import escape
from typing import Any

import pandas as pd
import panel as pn
from panel.viewable import Viewer

from dashboard.domain import units
from dashboard.domain.obstacle import explain
from dashboard.domain.problem import Problem
from dashboard.domain.rule import locks_frame, words
from dashboard.models.paging import page_of
from dashboard.models.session import Session
from dashboard.views import marks, rule_words
from dashboard.views.action import ActionPanel, Question
from dashboard.views.component import Button
from dashboard.views.copy_button import CopyButton
from dashboard.views.presence import Mark
from dashboard.views.stack import Stack
from dashboard.views.table import Column, Table
from dashboard.views.words import Words

_FILE = Column("did", "File", "name", width=190)
_STATE = Column("state", "State", "state")
_RSE = Column("rse", "RSE")
_SIZE = Column("bytes", "Size", "number")
_PATH = Column("path", "Local path", "copy")
_ERROR = Column("error", "Error", wrap=True, width=200, spare=True)

_ASKING = "Asking Rucio for its files…"

REST, LONGEST_REST = 10.0, 60.0
"""How many times longer than a reading of the locks Rucio is then left alone, and how many seconds at most."""


@dataclass(frozen=True)
class Files:
    """Locks of a rule by name, and what the page says of all of them: worked out once, off the event loop."""

    locks: pd.DataFrame
    paths: list[str]
    places: set[str]
    reasons: list[str]
    failing: bool

    @classmethod
    def of(cls, rows: Iterable[Mapping[str, Any]]) -> Files:
        """Look at locks as the workspace reads them."""
        # Sorted by state those that are stuck come first, and below them the rest by name.
        locks = locks_frame(rows).sort_values("did", ignore_index=True)
        paths = locks.loc[(locks["state"] == "OK") & (locks["path"] != ""), "path"]
        reasons = locks.loc[locks["state"] == "STUCK", "error"].unique()
        return cls(
            locks,
            sorted(paths),
            set(map(str, locks["rse"].unique())),
            list(reasons),
            bool((locks["error"] != "").any()),
        )


class RuleDetail(Viewer):
    """Card of one rule; its locks are read in a thread whenever its counts have changed.

    ``height`` is that of the list of files at most, in pixels; ``elsewhere`` is called with a DID that another RSE may
    take: without it that is not offered.
    """

    def __init__(self, session: Session, height: int = 440, elsewhere: Callable[[str], None] | None = None) -> None:
        super().__init__()
        self._session = session
        self._id = ""
        self._rule: Mapping[str, Any] = {}
        self._locked = Files.of([])
        self._wanted: object = None  # what the locks belong to that are to be shown
        self._read: object = None  # what those belong to that are shown, once all have been read
        self._loading: object = None  # the reading under way
        self._lacking = ""  # why not all locks are shown
        self._title = Words("", margin=0, styles={"flex": "1 1 420px", "min-width": "0"})
        self._lines = CopyButton(lambda: "\n".join(self.paths), label="Copy all paths")
        self._list = CopyButton(lambda: repr(self.paths), label="Copy as Python list")
        self._elsewhere = Button(
            label="Stage elsewhere…",
            color="primary",
            margin=0,
            visible=False,
            on_click=lambda _: elsewhere(str(self._rule["did"])) if elsewhere and len(self._rule) else None,
        )
        self._offers = elsewhere is not None
        self._cancel = Button(label="Delete rule…", color="danger", margin=0, on_click=self._ask)
        self._bar = Words("", margin=0, sizing_mode="stretch_width")
        self._alert = Words(
            "",
            visible=False,
            css_classes=["cy-alert"],
            margin=0,
            sizing_mode="stretch_width",
            styles={"padding": "9px 14px"},
        )
        self._action = ActionPanel(done=session.pull)
        self._table = Table(
            page_size=50, opens=False, sort="-state", caption="Files of the rule", margin=0, max_height=height
        )
        self._table.param.watch(lambda *_: self._draw(), ["page", "sort"])
        self._mark = Mark(margin=0, width=0, height=0, styles={"position": "absolute"})
        self._mark.param.watch(lambda _: self._begin(), "drawn")
        self._buttons = pn.Row(self._elsewhere, self._lines, self._list, self._cancel, margin=0, styles={"gap": "10px"})
        self._files = Stack(self._table, margin=0, sizing_mode="stretch_width")
        head = pn.FlexBox(
            self._title,
            self._buttons,
            gap="10px",
            align_items="center",
            sizing_mode="stretch_width",
            margin=0,
        )
        self._layout = Stack(
            Stack(
                head,
                self._bar,
                self._alert,
                self._action,
                margin=0,
                sizing_mode="stretch_width",
                styles={"padding": "12px 16px", "gap": "10px"},
            ),
            self._files,
            self._mark,
            css_classes=["cy-card"],
            sizing_mode="stretch_width",
            margin=0,
            visible=False,
        )

    def __panel__(self) -> pn.viewable.Viewable:
        return self._layout

    @property
    def paths(self) -> list[str]:
        """Local paths of the files in place, in the order of their names."""
        return self._locked.paths

    def clear(self) -> None:
        """Show nothing."""
        self._id, self._wanted, self._loading = "", None, None
        self._layout.visible = False

    def absent(self, rule_id: str) -> None:
        """Say that a rule asked for is not there."""
        if self._id != rule_id:
            self._open(rule_id)
        self._rule = {}
        self._title.object = marks.title("Rule", rule_id)
        self._bar.object = ""
        self._say("This rule is not among yours: it was deleted, has expired, or Rucio has not listed it yet.")
        self._buttons.visible = self._files.visible = False
        self._layout.visible = True

    def show(self, rule_id: str, rule: Mapping[str, Any], left: float | None, now: datetime) -> None:
        """Show a rule as it is now; ``left`` are the seconds until it is complete."""
        if self._id != rule_id:
            self._open(rule_id)
        self._rule = rule
        copies = "1 copy" if rule["copies"] == 1 else f"{units.count(rule['copies'])} copies"
        facts = [words(str(rule["state"])), f"{copies} at {rule['rse_expression']}", rule_words.ending(rule, now)]
        self._title.object = marks.title(str(rule["did"]), " · ".join(facts))
        counts = rule_words.counts(rule)
        bar, said = marks.bar(counts, names=rule_words.LOCKS), escape(rule_words.progress(rule, left))
        self._bar.object = f'{bar}<div class="cy-sub" style="margin-top: 4px">{said}</div>'
        self._buttons.visible = self._files.visible = True
        self._layout.visible = True
        wanted = (rule_id, *counts.values(), str(rule["state"]))
        if wanted != self._wanted:
            self._wanted = wanted
            self._table.empty = _ASKING
            self._begin()
        self._draw()

    def _begin(self) -> None:
        """Read the locks once the browser has drawn the card: what comes while it builds it would be lost."""
        if self._mark.drawn and self._wanted is not None and self._loading is None:
            pn.state.execute(self._load)

    async def _load(self) -> None:
        """Read the locks until those wanted are shown; Rucio rests ten times as long as it was kept busy."""
        self._loading = loading = object()
        while self._loading is loading and self._wanted != self._read:
            begun = time.monotonic()
            try:
                await self._read_locks(self._id, self._wanted, loading)
            except Problem as problem:
                if self._loading is loading:
                    self._table.empty = f"The files cannot be listed: {problem.sentence}"
                    self._lacking = f"Not all files are listed: {problem.sentence}"
                    self._loading = self._wanted = None  # so that the next refresh asks again
                    self._draw()
                return
            await asyncio.sleep(min(REST * (time.monotonic() - begun), LONGEST_REST))
        if self._loading is loading:
            self._loading = None

    async def _read_locks(self, rule_id: str, wanted: object, loading: object) -> None:
        """Show the locks as they come, the first time; later only when all are there."""
        pieces, rows, drawn = self._session.workspace.rules.reading_locks(rule_id), [], time.monotonic()
        try:
            while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
                rows += piece
                if self._loading is not loading:
                    return
                if self._read is None and time.monotonic() > drawn + 1:
                    self._locked = await asyncio.to_thread(Files.of, rows)
                    self._lacking = f"Reading the files: {len(rows):,} of {rule_words.locks(self._rule):,} so far …"
                    self._draw()
                    drawn = time.monotonic()
        except Problem:
            if self._loading is loading and self._read is None:
                self._locked = Files.of(rows)
            raise
        files = await asyncio.to_thread(Files.of, rows)
        if self._loading is loading:
            self._locked, self._read, self._lacking = files, wanted, ""
            if not rows:
                self._table.empty = "Rucio has not locked any file yet."
            self._draw()

    def _open(self, rule_id: str) -> None:
        self._id, self._locked, self._lacking = rule_id, Files.of([]), ""
        self._wanted = self._read = self._loading = None
        self._action.clear()
        self._table.param.update(rows=[], total=0, page=1, empty=_ASKING)

    def _draw(self) -> None:
        if not len(self._rule):
            return
        files = self._locked
        columns = [
            _FILE,
            _STATE,
            # The title says where to; only a rule that leaves the choice to Rucio has more to tell.
            replace(_RSE, spare=files.places <= {str(self._rule["rse_expression"])}),
            _SIZE,
            *([_ERROR] if files.failing else []),
            *([_PATH] if files.paths else []),
        ]
        page = page_of(files.locks, self._table.sort, self._table.page, self._table.page_size)
        rows = [
            rule_words.lock_row(number, dict(zip(page.frame.columns, row, strict=True)), str(self._rule["scope"]))
            for number, *row in page.frame.itertuples()
        ]
        listed = [asdict(column) for column in columns]
        self._table.put(columns=listed, rows=rows, total=page.total, page=page.number)
        n_paths = len(files.paths)
        for button in (self._lines, self._list):
            button.disabled = n_paths == 0 or bool(self._lacking)  # what is copied is all there is
        self._lines.label = f"Copy {n_paths:,} paths" if n_paths > 1 else "Copy path"
        remote = len(files.locks) and not n_paths and str(self._rule["state"]) == "OK"
        why = rule_words.stuck(self._rule, files.reasons)
        known = explain(rule_words.reason(self._rule, files.reasons)) if why else None
        self._elsewhere.visible = self._offers and known is not None and known.elsewhere
        number = int(self._rule["stuck"])
        lead = f"{rule_words.files(number)} {'is' if number == 1 else 'are'} stuck." if number else "This rule waits."
        if why:
            self._say(f"{why} {self._lacking}".strip(), lead)
        elif self._lacking:
            self._say(self._lacking)
        else:
            self._say(
                "The files are in place, but not on a folder of this machine: there is no local path." if remote else ""
            )

    def _say(self, sentence: str, lead: str = "") -> None:
        kind = ["cy-alert"] if lead else ["cy-alert", "cy-info"]
        if self._alert.css_classes != kind:
            self._alert.css_classes = kind
        self._alert.param.update(object=marks.alert(lead, sentence) if sentence else "", visible=bool(sentence))

    def _ask(self, _event: object) -> None:
        rule = self._rule
        if not len(rule):
            return
        number = rule_words.locks(rule)
        question = Question(
            f"Delete the rule that keeps {rule['did']} at {rule['rse_expression']} ({rule_words.files(number)})? "
            "Rucio then removes the copies there that no other rule keeps.",
            [],
            "Delete rule",
        )
        self._action.ask(question, partial(self._session.workspace.delete_rules, self._id))
