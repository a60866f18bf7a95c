"""One batch in little: how far it is, and what can be done with it; for a cell of a notebook."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import panel as pn
from panel.viewable import Viewer

from dashboard.domain.cause import Cause
from dashboard.domain.palette import STATE_COLOURS
from dashboard.domain.units import count
from dashboard.models.queue import Queue
from dashboard.models.session import Session
from dashboard.views import job_words, marks
from dashboard.views.job_actions import JobActions
from dashboard.views.stack import Stack
from dashboard.views.words import Words

CAUSES = 2
"""Reasons of holds and failures told; those with most jobs come first."""


class BatchCard(Viewer):
    """Name, bar and counts of the session's batch, what is wrong with it, and buttons to act on its jobs."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._shown: object = None
        self._title = Words("", margin=0, styles={"flex": "1 1 240px", "min-width": "0"})
        self._progress = Words("", margin=0, sizing_mode="stretch_width")
        self._actions = JobActions(session)
        head = pn.FlexBox(
            self._title,
            *self._actions.buttons.values(),
            gap="8px 10px",
            align_items="center",
            sizing_mode="stretch_width",
            margin=0,
        )
        self._layout = Stack(
            head,
            self._progress,
            self._actions.panel,
            css_classes=["cy-card"],
            margin=0,
            sizing_mode="stretch_width",
            styles={"padding": "12px 16px", "gap": "10px"},
        )

    def __panel__(self) -> pn.viewable.Viewable:
        return self._layout

    def update(self) -> None:
        """Show the batch as it is now; nothing is done when that is what is shown."""
        session, snapshot = self._session, self._session.jobs
        wanted = snapshot and (snapshot.version, snapshot.health.state)
        if wanted == self._shown and self._shown is not None:
            return
        self._shown = wanted
        if snapshot is None or snapshot.time is None:
            self._title.object = marks.title(f"batch {session.batch}")
            self._progress.object = marks.sub(
                snapshot.health.reason or "Asking HTCondor for your jobs …"
                if snapshot
                else "HTCondor is not configured: run “cygnet doctor” to see what is missing."
            )
            return
        queue = Queue(session.workspace, snapshot, snapshot.time)
        known = queue.batches
        if session.batch not in known.index:
            self._title.object = marks.title(f"batch {session.batch}")
            self._progress.object = marks.sub("It is not known: it may have left the queue and the history shown here.")
            self._actions.show(session.batch, queue.jobs, queue.rows(session.batch))
            return
        row = known.loc[session.batch]
        named = row["name"] not in ("", str(row["command"]).rpartition("/")[2])  # else it is called by its program
        name = str(row["name"]) if named else f"batch {session.batch}"
        facts = [session.batch if named else "", job_words.asks(row)]
        counts = {state: int(row[state]) for state in STATE_COLOURS if row[state]}
        said = "".join(marks.state(state, f"{count(number)} {state}") for state, number in counts.items())
        finishes = job_words.finishes(row, lambda: queue.forecast(session.batch))
        ends = finishes if finishes in ("finished", "waits for you") else f"finishes: {finishes}"
        self._title.object = marks.title(name, " · ".join(filter(None, facts)))
        self._progress.object = (
            f"{marks.bar(counts, int(row['total']))}"
            f'<div class="cy-row" style="margin-top: 6px; gap: 4px 18px">{said}{marks.sub(ends)}</div>'
            f"{told(queue.causes_of(session.batch))}"
        )
        self._actions.show(name, queue.jobs, queue.rows(session.batch), row)


def told(found: Sequence[Cause]) -> str:
    """Why jobs are held or failed as HTML, a line each with what mends it; everything escaped."""
    lines = [
        f"<div>{marks.state(cause.state, f'{count(len(cause.ids))} {cause.state}: {cause.word}')}&ensp;"
        f'<span class="cy-sub cy-text">{escape(cause.advice)}</span></div>'
        for cause in found[:CAUSES]
    ]
    if len(found) > CAUSES:
        more = len(found) - CAUSES
        lines.append(marks.sub(f"and {count(more)} more reason{'' if more == 1 else 's'}: the Jobs page tells all."))
    return f'<div style="margin-top: 6px">{"".join(lines)}</div>' if lines else ""
