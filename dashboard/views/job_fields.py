"""The fields of the submit form."""

import re
from collections.abc import Callable, Iterable

import panel as pn
from panel.viewable import Viewer

from dashboard.domain.description import Fault
from dashboard.domain.submission import Form
from dashboard.views.field import Field, row
from dashboard.views.stack import Stack


class JobFields(Viewer):
    """One field for each part of a `Form`; ``changed`` is called whenever a person has changed one."""

    def __init__(self, form: Form, changed: Callable[[], None]) -> None:
        super().__init__()
        text, number, area = pn.widgets.TextInput, pn.widgets.IntInput, pn.widgets.TextAreaInput
        self.fields = {
            "executable": Field(text(label="Executable", placeholder="job.sh")),
            "arguments": Field(text(label="Arguments", placeholder="--seed $(ProcId) --name 'two words'")),
            "count": Field(number(label="Jobs"), basis=70),
            "cpus": Field(number(label="CPUs", placeholder="pool's default"), basis=70),
            "memory": Field(number(label="Memory, MiB", step=256, placeholder="pool's default"), basis=90),
            "disk": Field(number(label="Disk, MiB", step=1024, placeholder="pool's default"), basis=90),
            "inputs": Field(area(label="Input files, one per line", rows=3, resizable="height")),
            "outputs": Field(
                area(label="Output files, one per line", rows=3, resizable="height", placeholder="all new files")
            ),
            "batch_name": Field(text(label="Batch name", placeholder="as HTCondor names it")),
            "output": Field(text(label="Standard output")),
            "error": Field(text(label="Standard error")),
            "log": Field(text(label="Log")),
            "transfer": Field(pn.widgets.Checkbox(label="Send files to the worker node and bring new ones back")),
        }
        of = self.fields
        self._layout = Stack(
            row(of["executable"], of["batch_name"]),
            row(of["arguments"]),
            row(of["count"], of["cpus"], of["memory"], of["disk"]),
            row(of["inputs"], of["outputs"]),
            row(of["output"], of["error"], of["log"]),
            row(of["transfer"]),
            margin=0,
            sizing_mode="stretch_width",
            styles={"gap": "12px"},
        )
        self.show(form, shown=True)
        for field in self.fields.values():
            field.on_change(changed)

    def __panel__(self) -> pn.viewable.Viewable:
        return self._layout

    @property
    def form(self) -> Form:
        """What is filled in."""
        typed = {name: field.value for name, field in self.fields.items()}
        for name in ("inputs", "outputs"):
            typed[name] = _files(typed[name])
        return Form(**typed)

    def show(self, form: Form, *, shown: bool) -> None:
        """Fill the fields in; when the form cannot be ``shown`` for what counts, they cannot be written in."""
        now = self.form
        for name, field in self.fields.items():
            value = getattr(form, name)
            # Blanks and line ends a person is just typing between two files stay.
            if value != getattr(now, name):
                field.show("\n".join(value) if isinstance(value, tuple) else value)
            if field.widget.disabled == shown:
                field.widget.disabled = not shown

    def tell(self, faults: Iterable[Fault]) -> None:
        """Say at each field the first thing that is wrong with it."""
        sentences: dict[str, str] = {}
        for fault in faults:
            sentences.setdefault(fault.field, fault.sentence)
        for name, field in self.fields.items():
            field.tell(sentences.get(name, ""))


def _files(text: str) -> tuple[str, ...]:
    return tuple(name for name in map(str.strip, re.split(r"[\n,]", text)) if name)
