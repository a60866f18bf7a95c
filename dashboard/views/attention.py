"""The strip on top of a page: the one thing that needs attention, with the button that mends it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import panel as pn
from panel.viewable import Viewer

from dashboard.domain.attention import Attention, attention
from dashboard.domain.units import count, memory
from dashboard.models.mending import mend
from dashboard.models.session import Session
from dashboard.views import marks
from dashboard.views.action import ActionPanel, Question
from dashboard.views.component import Button
from dashboard.views.stack import Stack
from dashboard.views.words import Words

Offer = tuple[str, Callable[[], None]]
"""A button's label, and what it does."""


class AttentionStrip(Viewer):
    """What needs attention now; unseen when all is well."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._shown: object = None
        self._found: Attention | None = None
        self._text = Words("", margin=0, styles={"flex": "1 1 300px"})
        self._offers: list[Offer] = []
        # What they offer changes, not their places: moving them costs the event loop more.
        self._buttons = [
            Button(color=color, margin=0, on_click=partial(self._pressed, place))
            for place, color in enumerate(("primary", "default"))
        ]
        self._strip = pn.FlexBox(
            self._text,
            *self._buttons,
            css_classes=["cy-alert"],
            align_items="center",
            gap="8px 12px",
            sizing_mode="stretch_width",
            margin=0,
            styles={"padding": "9px 14px"},
            visible=False,
        )
        self._action = ActionPanel(margin=(8, 0, 0, 0), sizing_mode="stretch_width")
        self._layout = Stack(self._strip, self._action, margin=0, sizing_mode="stretch_width")

    def __panel__(self) -> pn.viewable.Viewable:
        return self._layout

    def update(self) -> None:
        """Look at the session's present snapshots."""
        jobs, rules = self._session.jobs, self._session.rules
        known = {"htcondor": jobs, "rucio": rules}
        health = {name: snapshot.health for name, snapshot in known.items() if snapshot is not None}
        if self._session.preparing:
            # What never answered yet is not missed yet.
            health = {name: state for name, state in health.items() if state.state != "down"}
        shown = (jobs and jobs.version, rules and rules.version, health)
        if shown == self._shown:
            return
        self._shown = shown
        queue = self._session.queue
        known_rules = rules.frame if rules else None
        if queue is None:
            found = attention(None, (), known_rules, health)
        else:
            key = ("attention", rules and rules.version, *health.items())
            found = queue.once(key, lambda: attention(queue.jobs, queue.causes, known_rules, health))
        self._tell(found)

    def _tell(self, found: Attention | None) -> None:
        if found == self._found:
            return
        self._found = found
        if found is not None:
            self._text.object = f'<div role="status">{marks.alert(found.lead, found.text)}</div>'
            self._strip.css_classes = ["cy-alert", "cy-bad"] if found.bad else ["cy-alert"]
            self._offers = self._offered(found)
            for place, button in enumerate(self._buttons):
                button.visible = place < len(self._offers)
                if button.visible:
                    button.label = self._offers[place][0]
        self._strip.visible = found is not None

    def _pressed(self, place: int, _event: object) -> None:
        if place < len(self._offers):
            self._offers[place][1]()

    def _offered(self, found: Attention) -> list[Offer]:
        """What can be done, first what is best."""
        mends = found.mend is not None and found.mend.memory_mib is not None
        label = "Show the rule" if found.rule else "Show them" if mends else "Show what is wrong"
        show: list[Offer] = [(label, self._open)] if found.batch or found.rule else []
        release: list[Offer] = [(f"{found.mend.words}…", self._ask)] if found.mend else []
        return release + show if mends else show + release

    def _ask(self) -> None:
        found = self._found
        if found is None or found.mend is None:
            return
        wanted, workspace = found.mend, self._session.workspace
        one = len(wanted.ids) == 1
        number = "1 job" if one else f"{count(len(wanted.ids))} jobs"
        if wanted.memory_mib:
            sentence = f"Ask {memory(wanted.memory_mib)} for {number} and release {'it' if one else 'them'}?"
        else:
            again = "It is held again" if one else "They are held again"
            sentence = f"Release {number}? {again} unless the cause has been mended."
        question = Question(sentence, wanted.ids, wanted.words, danger=False)
        self._action.ask(question, lambda action_id: mend(workspace, wanted, action_id))

    def _open(self) -> None:
        found = self._found
        if found is None:
            return
        if found.rule:
            self._session.param.update(rule=found.rule, page="data")
        else:
            self._session.param.update(batch=found.batch, state="held", tab="errors", page="jobs")
