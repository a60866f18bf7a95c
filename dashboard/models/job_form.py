"""The Submit page's state: a form and a description that follow each other, and what is wrong with them."""

from __future__ import annotations

import os
from pathlib import Path

from dashboard.domain import description, submission
from dashboard.domain.description import Fault
from dashboard.domain.problem import Problem
from dashboard.domain.submission import Form
from dashboard.workspace.once import new_id

MAX_BYTES = 1_000_000
"""Largest submit file that is taken: an item list belongs in a file of its own."""


class JobForm:
    """Form and text of one submission; the one written last counts, the other follows as far as it can.

    Attributes
    ----------
    form, text
        What is filled in, and the submit description.
    beyond
        Why the form cannot show the description; empty while it can.
    action_id
        Under which this content is submitted: a new one for every change.
    """

    def __init__(self, form: Form | None = None) -> None:
        self.form = form or Form()
        self.text = submission.describe(self.form)
        self.beyond = ""
        self.action_id = new_id()

    def fill(self, form: Form) -> None:
        """Take what was typed into the form."""
        if form != self.form:
            ours = self.text == submission.describe(self.form)
            self.form = form
            # A text that is all ours is written anew, in its good order; a person's own keeps comments and spelling.
            self.text = submission.describe(form, onto="" if ours else self.text)
            self.action_id = new_id()

    def write(self, text: str) -> None:
        """Take a description as it was written."""
        if text == self.text:
            return
        self.text = text
        self.action_id = new_id()
        try:
            self.form, self.beyond = submission.parse(text), ""
        except Problem as problem:
            self.form, self.beyond = submission.glimpse(text), problem.sentence

    def again(self) -> None:
        """Make ready to submit the same once more."""
        self.action_id = new_id()

    @property
    def count(self) -> int | None:
        """Number of jobs; None when it depends on a list."""
        return description.count(self.text)

    @property
    def faults(self) -> list[Fault]:
        """What is wrong as far as the text tells; the first of each field."""
        of_form = [] if self.beyond else submission.check(self.form)
        told = {fault.field for fault in of_form}
        rest = [fault for fault in description.faults(self.text) if fault.field not in told]
        return [*of_form, *rest]


def read(content: bytes, name: str) -> str:
    """Text of an uploaded submit file.

    Raises
    ------
    Problem
        ``invalid`` when it is too large or no text.
    """
    if len(content) > MAX_BYTES:
        raise Problem("invalid", f"{name} is larger than 1 MB: that is not a submit file.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Problem("invalid", f"{name} is not text in UTF-8: choose a submit file.") from None


def folder(text: str, workdir: str) -> Path:
    """Initial directory of a description: its own, otherwise `workdir`, otherwise the current one."""
    found = description.commands(text)
    return Path(workdir or Path.cwd(), found.get("initialdir") or found.get("iwd") or "")


def missing(text: str, workdir: str) -> list[Fault]:
    """What a description needs and this machine's disks do not have; blocks as disks do.

    Names with macros and URLs are not looked at, and nothing at all when the initial directory has a macro.
    """
    found = description.commands(text)
    start = folder(text, workdir)
    if "$(" in str(start):
        return []
    if not start.is_dir():
        return [Fault("description", f"The initial directory {start} is not there: make it, or name another.")]
    faults = []
    if name := description.program(text):
        # HTCondor looks for the program where one stands, and for all other files in the initial directory.
        program = Path(workdir or Path.cwd(), name)
        if not program.is_file():
            faults.append(Fault("executable", f"{program} is not there: check the name."))
        elif not os.access(program, os.X_OK):
            faults.append(Fault("executable", f"{program} is not executable: run chmod +x on it."))
    names = map(str.strip, found.get("transfer_input_files", "").split(","))
    absent = (start / name for name in names if _local(name) and not (start / name).exists())
    faults += [Fault("inputs", f"{path} is not there: check the name.") for path in absent]
    for field in ("output", "error", "log"):
        name = found.get(field, "").rpartition("/")[0]
        if _local(name) and not (start / name).is_dir():
            faults.append(Fault(field, f"The folder {start / name} is not there: make it first."))
    return faults


def unspoolable(text: str) -> list[Fault]:
    """What cannot be sent with a job: HTCondor (23.9 and 25.14) parts the names of spooled files at blanks."""
    found = description.commands(text)
    inputs = [name.strip() for name in found.get("transfer_input_files", "").split(",")]
    named = [("executable", found.get("executable", "")), *(("inputs", name) for name in inputs)]
    return [
        Fault(field, f"“{name}” cannot be spooled because of the blank in its name: rename it, or do not spool.")
        for field, name in named
        if " " in name
    ]


def _local(name: str) -> bool:
    return bool(name) and "$" not in name and "://" not in name
