"""What can be done with jobs of one batch: a button each, the question, and the outcome."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from dashboard.domain.category import among
from dashboard.domain.ids import Ids
from dashboard.domain.job import LIVE, JobState
from dashboard.domain.units import count
from dashboard.models.session import Session
from dashboard.views.action import ActionPanel, Question
from dashboard.views.component import Button

FITTING: dict[str, Sequence[str]] = {
    "hold": (JobState.IDLE, JobState.RUNNING, JobState.TRANSFERRING, JobState.SUSPENDED),
    "release": (JobState.HELD,),
    "remove": LIVE,
}
"""States in which a job can be acted on."""


class JobActions:
    """Hold, release, remove: ``buttons`` for a toolbar, and the ``panel`` below it that asks and tells.

    Parameters
    ----------
    session
        Whose jobs.
    panel
        How the panel is laid out.
    """

    def __init__(self, session: Session, **panel: Any) -> None:
        self._session = session
        self._name = self._cluster = ""
        self._unborn = 0
        self.ids: dict[str, Sequence[str]] = {action: [] for action in FITTING}
        self.panel = ActionPanel(**panel)
        self.buttons = {
            action: Button(
                label=f"{action.capitalize()}…",
                color="danger" if action == "remove" else "default",
                margin=0,
                disabled=True,
            )
            for action in FITTING
        }
        for action, button in self.buttons.items():
            button.on_click(lambda _, action=action: self.ask(action))

    def show(self, name: str, jobs: pd.DataFrame, rows: np.ndarray, batch: Any = None) -> None:
        """Offer what fits the jobs in these rows, which are of the batch of that name.

        Parameters
        ----------
        batch
            Its row of the batches when these are all its jobs: those that it is still to make are meant, too.
        """
        self._name = name
        # Of a DAG's row nobody can tell which of its clusters is to make more.
        self._unborn = int(batch["unborn"]) if batch is not None and batch["clusters"] == 1 else 0
        self._cluster = str(batch.name) if self._unborn else ""
        states = jobs["state"].iloc[rows]
        for action, button in self.buttons.items():
            self.ids[action] = Ids(jobs.index, rows[among(states, FITTING[action])])
            number = len(self.ids[action])
            label = f"{action.capitalize()} {count(number)}…" if number else f"{action.capitalize()}…"
            button.put(label=label, disabled=not number)

    def ask(self, action: str) -> None:
        """Ask whether to do it with the jobs the button names."""
        ids = self.ids[action]
        if not ids:
            return
        number = f"{count(len(ids))} job{'' if len(ids) == 1 else 's'}"
        more = f" and the {count(self._unborn)} not made yet" if self._cluster else ""
        wanted = [*ids, self._cluster] if self._cluster else ids
        act = getattr(self._session.workspace, action)
        self.panel.ask(
            Question(
                f"{action.capitalize()} {number} of {self._name}{more}?",
                ids,
                f"{action.capitalize()} {count(len(ids) + self._unborn)}",
                danger=action == "remove",
            ),
            lambda action_id: act(wanted, action_id=action_id),
        )
