"""One batch in little: how far it is, and what can be done with it; for a cell of a notebook."""

from __future__ import annotations

import panel as pn
from panel.viewable import Viewer

from dashboard.domain.palette import STATE_COLOURS
from dashboard.domain.units import count
from dashboard.models.session import Session
from dashboard.views import job_words, marks
from dashboard.views.job_actions import JobActions


class BatchCard(Viewer):
    """Name, bar and counts of the session's batch, with the buttons to hold, release and remove its jobs."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._shown: object = None
        self._title = pn.pane.HTML("", margin=0, styles={"flex": "1 1 240px", "min-width": "0"})
        self._progress = pn.pane.HTML("", margin=0, sizing_mode="stretch_width")
        self._actions = JobActions(session)
        head = pn.FlexBox(
            self._title,
            *self._actions.buttons.values(),
            gap="8px 10px",
            align_items="center",
            sizing_mode="stretch_width",
            margin=0,
        )
        self._layout = pn.Column(
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
            self._title.object = marks.title(f"Batch {session.batch}")
            self._progress.object = marks.sub(
                snapshot.health.reason or "Asking HTCondor for your jobs …"
                if snapshot
                else "HTCondor is not configured: run “cygnet doctor” to see what is missing."
            )
            return
        jobs = snapshot.frame[snapshot.frame["batch"] == session.batch]
        known = session.workspace.batches_of(snapshot)
        if session.batch not in known.index:
            self._title.object = marks.title(f"Batch {session.batch}")
            self._progress.object = marks.sub("It is not known: it may have left the queue and the history shown here.")
            self._actions.show(session.batch, jobs)
            return
        row = known.loc[session.batch]
        name = str(row["name"]) or session.batch
        facts = [session.batch if name != session.batch else "", job_words.asks(row)]
        counts = {state: int(row[state]) for state in STATE_COLOURS if row[state]}
        said = "".join(marks.state(state, f"{count(number)} {state}") for state, number in counts.items())
        finishes = job_words.finishes(row, jobs, snapshot.time)
        ends = finishes if finishes in ("finished", "waits for you") else f"finishes: {finishes}"
        self._title.object = marks.title(name, " · ".join(filter(None, facts)))
        self._progress.object = (
            f"{marks.bar(counts, int(row['total']))}"
            f'<div class="cy-row" style="margin-top: 6px; gap: 4px 18px">{said}{marks.sub(ends)}</div>'
        )
        self._actions.show(name, jobs)
