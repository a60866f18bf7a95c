"""The Submit page: a form and the submit description beside it, checked before HTCondor sees it."""

from __future__ import annotations

import asyncio
from functools import partial
from html import escape
from typing import Any

import panel as pn
from panel.viewable import Viewer

from dashboard.domain.description import Fault
from dashboard.domain.problem import Problem
from dashboard.models.job_form import JobForm, folder, missing, read, unspoolable
from dashboard.models.session import Session
from dashboard.resources import resource
from dashboard.views import marks
from dashboard.views.component import Button
from dashboard.views.field import Field, row
from dashboard.views.job_fields import JobFields
from dashboard.views.stack import Stack
from dashboard.views.words import Words
from dashboard.workspace.jobs import Submission

TEMPLATES = {
    "Shell script": "shell.sub",
    "Python analysis over files": "files.sub",
    "ROOT job that needs much memory": "root.sub",
}
SETTLED = 0.4
"""Seconds without a change after which the files named are looked for."""

_NO_TEMPLATE = "Choose…"


class SubmitPage(Viewer):
    """Form, description, checks, and the result of submitting them."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.state = JobForm()
        self._on_disk: list[Fault] = []
        self._telling = False
        self._busy = False
        self._submitted = ""  # action id of what was submitted as it stands
        self._health: object = None
        self.fields = JobFields(self.state.form, self._filled)
        self.text = Field(
            pn.widgets.TextAreaInput(
                label="Submit description",
                value=self.state.text,
                max_length=1_000_000,
                rows=17,
                resizable="height",
                css_classes=["cy-code"],
            ),
            grow=0,
            basis=None,
        )
        self.text.on_change(self._written)
        self.template = pn.widgets.Select(label="Start from a template", options=[_NO_TEMPLATE, *TEMPLATES])
        self.template.param.watch(self._chosen, "value")
        self.upload = pn.widgets.FileInput(accept=".sub,.submit,.jdl,.jds,.txt")
        self.upload.param.watch(self._uploaded, "value")
        self.spool = pn.widgets.Checkbox(
            label="Send files with the job (spool): the schedd cannot see this folder", margin=0
        )
        self.spool.param.watch(self._rearm, "value")
        several = list(session.workspace.schedds)
        first = several[0] if several else None
        self.schedd = pn.widgets.Select(
            label="Schedd", options=several, value=first, visible=bool(several), width=200, margin=0
        )
        self.schedd.param.watch(self._rearm, "value")
        self.button = Button(label="Submit", color="primary", on_click=self._submit, margin=0)
        self.again = Button(label="Submit again…", on_click=self._rearm, margin=0)
        self.open = Button(label="Show the batch", color="primary", on_click=self._show_batch, margin=0)
        self._where = Words("", margin=0)
        self._beyond = _note("cy-info")
        self._faults = _note("cy-bad")
        self._said = Words("", margin=0, styles={"flex": "1 1 240px"})
        self._result = pn.FlexBox(
            self._said,
            self.open,
            self.again,
            visible=False,
            styles={"padding": "9px 14px"},
            gap="10px",
            align_items="center",
            margin=0,
            sizing_mode="stretch_width",
        )
        self._layout = self._lay_out()
        self._show()

    def __panel__(self) -> pn.viewable.Viewable:
        return self._layout

    def update(self) -> None:
        """Say when HTCondor cannot take a submission now."""
        health, _ = self.session.health("htcondor")
        shown = (health.state, health.reason)
        if shown == self._health:
            return
        self._health = shown
        words = {
            "off": "HTCondor is not configured, so nothing can be submitted: run “cygnet doctor” to see why.",
            "part": health.reason,
        }
        silent = f"HTCondor does not answer now: {health.reason or 'waiting for its first answer.'}"
        self._silent.param.update(
            object=marks.alert(words.get(health.state, silent)),
            visible=health.state in ("off", "part", "down", "stale"),
        )

    def _lay_out(self) -> pn.viewable.Viewable:
        card: dict[str, Any] = {"css_classes": ["cy-card"], "margin": 0}
        padded = {"padding": "14px 16px", "gap": "12px", "min-width": "0", "align-self": "stretch"}
        self._silent = _note("")
        form = Stack(
            Words(marks.title("Job"), margin=0),
            self._beyond,
            self.fields,
            styles={**padded, "flex": "1 1 460px"},
            **card,
        )
        upload = Stack(
            Words(marks.sub("Or take a submit file"), margin=0),
            self.upload,
            margin=0,
            styles={"flex": "1 1 200px", "gap": "3px"},
        )
        self.upload.param.update(margin=0, sizing_mode="stretch_width")
        text = Stack(
            row(Field(self.template, basis=200), upload),
            self.text,
            styles={**padded, "flex": "1 1 400px"},
            **card,
        )
        send = Stack(
            self.schedd,
            pn.FlexBox(self.button, self._where, self.spool, gap="10px 16px", align_items="center", margin=0),
            self._faults,
            self._result,
            sizing_mode="stretch_width",
            styles=padded,
            **card,
        )
        sides = pn.FlexBox(form, text, gap="12px", sizing_mode="stretch_width", margin=0, align_items="stretch")
        return Stack(self._silent, sides, send, margin=0, sizing_mode="stretch_width", styles={"gap": "12px"})

    # What a person does

    def _filled(self) -> None:
        self.state.fill(self.fields.form)
        self._changed()

    def _written(self) -> None:
        self.state.write(self.text.value)
        self._changed()

    def _chosen(self, event: Any) -> None:
        if event.new in TEMPLATES:
            self.state.write(resource(f"assets/templates/{TEMPLATES[event.new]}").read_text(encoding="utf-8"))
            self._changed()

    def _uploaded(self, event: Any) -> None:
        if not event.new:
            return
        try:
            self.state.write(read(event.new, self.upload.filename or "The file"))
        except Problem as problem:
            _say(self._faults, problem.sentence)
        else:
            self._changed()

    def _changed(self) -> None:
        self._telling = True
        self._on_disk = []
        self._result.visible = False
        self._show()
        pn.state.execute(self._look_on_disk)

    async def _look_on_disk(self) -> None:
        text = self.state.text
        await asyncio.sleep(SETTLED)
        if text == self.state.text:
            await self._check_disk()

    async def _check_disk(self) -> None:
        text = self.state.text
        found = await asyncio.to_thread(missing, text, self._workdir)
        if text == self.state.text:
            self._on_disk = found
            self._show()

    # What is shown of it

    @property
    def faults(self) -> list[Fault]:
        """Everything wrong as far as it is known; files come last, and only at fields that are else right."""
        told = [*self.state.faults, *(unspoolable(self.state.text) if self.spool.value else ())]
        return [*told, *(fault for fault in self._on_disk if fault.field not in {one.field for one in told})]

    def _show(self) -> None:
        self.fields.show(self.state.form, shown=not self.state.beyond)
        self.text.show(self.state.text)
        _say(self._beyond, self.state.beyond)
        faults = self.faults if self._telling else []
        self.fields.tell(faults)
        self.text.tell(next((fault.sentence for fault in faults if fault.field == "description"), ""))
        items = "".join(f"<li>{escape(fault.sentence)}</li>" for fault in faults)
        many = "One thing" if len(faults) == 1 else f"{len(faults)} things"
        lead = f'<b role="status">{many} to mend before submitting</b><ul class="cy-text">{items}</ul>'
        self._faults.param.update(object=lead if faults else "", visible=bool(faults))
        count = self.state.count
        jobs = "jobs" if count is None else f"{count:,} job{'s' if count != 1 else ''}"
        done = self._submitted == self.state.action_id
        self.button.param.update(label="Submitting…" if self._busy else f"Submit {jobs}", disabled=self._busy or done)
        self._where.object = (
            f"{marks.sub('Initial directory')} <code>{escape(str(folder(self.state.text, self._workdir)))}</code>"
        )

    @property
    def _workdir(self) -> str:
        return self.session.workspace.settings.htcondor.workdir

    # Submitting

    async def _submit(self, _event: object = None) -> None:
        if self._busy or self._submitted == self.state.action_id:
            return
        self._busy, self._telling = True, True
        self._show()
        try:
            await self._check_disk()
            if not self.faults:
                await self._send(self.state.text, self.state.action_id)
        finally:
            self._busy = False
            self._show()

    async def _send(self, text: str, action_id: str) -> None:
        submit = partial(
            self.session.workspace.submit,
            text.rstrip("\n") + "\n",
            spool=self.spool.value,
            schedd=self.schedd.value,
            action_id=action_id,
        )
        try:
            submission = await asyncio.to_thread(submit)
        except Problem as problem:
            if problem.kind not in ("timeout", "internal", "unreachable"):
                self.state.again()  # it was refused for certain; else the id tells whether it was taken after all
            self._tell("cy-bad", f'<b role="alert">Not submitted.</b> {escape(problem.sentence)}')
            return
        self._submitted = action_id
        self._tell("cy-good", _told(submission), submitted=True)
        self._batch = submission.batch
        self.session.pull()

    def _tell(self, kind: str, words: str, *, submitted: bool = False) -> None:
        self._said.object = words
        self.open.visible = self.again.visible = submitted
        self._result.param.update(css_classes=["cy-alert", kind], visible=True)

    def _show_batch(self, _event: object) -> None:
        self.session.batch = self._batch
        self.session.page = "jobs"

    def _rearm(self, _event: object) -> None:
        self.state.again()
        self._result.visible = False
        self._show()


def _told(submission: Submission) -> str:
    jobs = f"{submission.count:,} job{'s' if submission.count != 1 else ''}"
    return f'<span role="status">Submitted {jobs} as batch <b>{escape(submission.batch)}</b>.</span>'


def _note(kind: str) -> Words:
    return Words(
        "",
        css_classes=["cy-alert", *kind.split()],
        visible=False,
        margin=0,
        sizing_mode="stretch_width",
        styles={"padding": "9px 14px"},
    )


def _say(note: Words, sentence: str) -> None:
    note.param.update(
        object=f'<span class="cy-text">{escape(sentence)}</span>' if sentence else "", visible=bool(sentence)
    )
