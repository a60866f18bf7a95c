"""Asking before an action, doing it off the event loop, telling its outcome item by item."""

from __future__ import annotations

import asyncio
import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import panel as pn
from panel.viewable import Viewer

from dashboard.domain.outcome import Outcome
from dashboard.domain.problem import Problem
from dashboard.views.component import Button
from dashboard.views.stack import Stack
from dashboard.views.words import Words
from dashboard.workspace.once import new_id

NAMED = 12
"""How many names a question or an outcome lists before it says how many more there are."""

Act = Callable[[str], Outcome]
"""Does the action under the given client-made id; called in a thread."""


@dataclass(frozen=True)
class Question:
    """What is asked before an action: a sentence with the exact number, the names, and the words on the button."""

    sentence: str
    names: Sequence[str]
    yes: str
    danger: bool = True


class ActionPanel(Viewer):
    """A strip under a toolbar: a question with its two buttons, then the outcome; empty and unseen in between.

    The action's id is made when the question is put, so however often the button's click arrives it happens once.
    """

    def __init__(self, done: Callable[[], None] | None = None, **layout: Any) -> None:
        super().__init__()
        self._done = done
        self._act: Act | None = None
        self._id = ""
        self._layout = Stack(visible=False, css_classes=["cy-action"], **layout)

    def __panel__(self) -> pn.viewable.Viewable:
        return self._layout

    # Most people never act: these are made for those who do.

    @cached_property
    def _text(self) -> Words:
        return Words("", sizing_mode="stretch_width")

    @cached_property
    def _yes(self) -> Button:
        return Button(label="", color="primary", on_click=self._confirmed)

    @cached_property
    def _no(self) -> Button:
        return Button(label="Cancel", on_click=lambda _: self.clear())

    @cached_property
    def _buttons(self) -> pn.Row:
        return pn.Row()

    def ask(self, question: Question, act: Act) -> None:
        """Put a question; ``act`` is done when it is answered with yes."""
        self._act, self._id = act, new_id()
        self._yes.param.update(label=question.yes, color="danger" if question.danger else "primary", disabled=False)
        self._no.label = "Cancel"
        self._tell(f"<b>{html.escape(question.sentence)}</b>{_names(question.names)}", asking=True)

    async def run(self, act: Act) -> None:
        """Do an action that needs no question, and tell its outcome."""
        self._act, self._id = act, new_id()
        await self._do()

    def clear(self) -> None:
        """Show nothing."""
        self._act = None
        self._layout.visible = False

    async def _confirmed(self, _event: object) -> None:
        await self._do()

    async def _do(self) -> None:
        act, action_id = self._act, self._id
        if act is None:
            return
        self._yes.disabled = True
        try:
            outcome = await asyncio.to_thread(act, action_id)
        except Problem as problem:
            self._tell(f'<span role="alert"><b>{html.escape(problem.sentence)}</b></span>', asking=False)
        else:
            self._tell(_told(outcome), asking=False)
        if self._done:
            self._done()

    def _tell(self, text: str, *, asking: bool) -> None:
        self._text.object = text
        self._buttons[:] = [self._yes, self._no] if asking else [self._no]
        if not asking:
            self._no.label = "Close"
        if not len(self._layout):
            self._layout[:] = [self._text, self._buttons]
        self._layout.visible = True


def _names(names: Sequence[str]) -> str:
    if not names:
        return ""
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return f'<div class="cy-sub">{html.escape(", ".join(names[:NAMED]))}{more}</div>'


def _told(outcome: Outcome) -> str:
    """Outcome in words: counts, then what is not simply done with its reason, that which needs no care last."""
    others = sorted(
        (item for item in outcome.items if item.result != "done"),
        key=lambda item: item.result in ("already", "skipped"),
    )
    rows = "".join(
        f"<li><code>{html.escape(item.id)}</code> {html.escape(item.result)}"
        f"{': ' if item.reason else ''}{html.escape(item.reason)}</li>"
        for item in others[:NAMED]
    )
    more = f"<li>and {len(others) - NAMED:,} more</li>" if len(others) > NAMED else ""
    listed = f"<ul>{rows}{more}</ul>" if rows else ""
    told = f"{outcome.action[:1].upper()}{outcome.action[1:]}: {outcome.told}"
    return f'<div role="status"><b>{html.escape(told)}.</b>{listed}</div>'
