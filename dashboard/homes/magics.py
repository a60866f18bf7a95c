"""``%load_ext dashboard``: the magics ``%%condor``, ``%jobs`` and ``%stage``."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import Magics, cell_magic, line_magic, magics_class
from IPython.core.magic_arguments import argument, kwds, magic_arguments, parse_argstring

from dashboard.domain.problem import Problem
from dashboard.domain.submission import Form, check, describe
from dashboard.homes import script
from dashboard.workspace import Workspace, connect
from dashboard.workspace.jobs import Submission

PYTHON_ONLY = ("count", "memory", "cpus", "batch_name")
"""Options that a submit description says itself."""

CONDOR_MORE = """
Where names of files begin: as for condor_submit, in the folder of the notebook; a `workdir` in the settings takes its
place. There --python writes its script and its results, too.

A job of --python is a process of its own: it has no variable, function or import of the notebook, only what the cell
itself defines or imports, and the `python3` and packages of the machine it runs on.

Examples:

  %%condor --as batch
  executable = analysis.sh
  arguments = $(ProcId)
  queue 20

  %%condor --python --count 20 --memory 2048 --as toys
  # toy experiments
  import random
  random.seed(index)
  return {"mean": sum(random.random() for _ in range(1000)) / 1000}
"""

JOBS_MORE = """
Examples:

  %jobs
  %jobs 1234
"""

STAGE_MORE = """
Examples:

  %stage mc26:my.dataset
  %stage mc26:my.dataset --to LAB-SCRATCH --lifetime 2w --as data
"""

T = TypeVar("T")


@magics_class
class CygnetMagics(Magics):
    """Submitting, watching and staging from cells; one workspace for all of them."""

    def __init__(self, shell: InteractiveShell) -> None:
        super().__init__(shell)
        self._workspace: Workspace | None = None

    @property
    def workspace(self) -> Workspace:
        """Workspace of the magics, with the settings of file, environment and machine."""
        if self._workspace is None:
            self._workspace = connect()
        return self._workspace

    @magic_arguments("%condor")
    @kwds(epilog=CONDOR_MORE)
    @argument("--python", action="store_true", help="the cell is the body of a function of `index` (default: off)")
    @argument("--count", type=int, help="with --python: number of jobs, whose `index` counts from 0 (default: 1)")
    @argument("--memory", type=int, metavar="MIB", help="with --python: memory of each job in MiB (default: 1024)")
    @argument("--cpus", type=int, help="with --python: CPUs of each job (default: 1)")
    @argument(
        "--name",
        dest="batch_name",
        metavar="NAME",
        help="with --python: name of the batch (default: the comment in the cell's first line, else the function it "
        "defines, else “notebook cell 7”)",
    )
    @argument("--schedd", metavar="NAME", help="to which of several schedds (default: the first in the settings)")
    @argument("--as", dest="variable", default="", help="variable that is given the submission (default: none)")
    @cell_magic
    def condor(self, line: str, cell: str) -> Submission:
        """Submit the cell to HTCondor and show how the batch gets on.

        The cell is a submit description: what a submit file holds, with its `queue` statement. With --python it is the
        body of a Python function of `index`; what it returns each job writes as JSON to `result.<cluster>.<proc>.json`.
        """
        options = parse_argstring(self.condor, line)
        variable = _variable(options.variable)
        said = {name: value for name in PYTHON_ONLY if (value := getattr(options, name)) is not None}
        if said and not options.python:
            raise UsageError(
                "--count, --memory, --cpus and --name go with --python: write such things into the description."
            )
        text = self._python(cell, said) if options.python else cell
        submission = _told(lambda: self.workspace.submit(text.rstrip("\n") + "\n", schedd=options.schedd))
        return self._given(variable, submission)

    @magic_arguments()
    @kwds(epilog=JOBS_MORE)
    @argument(
        "batch",
        nargs="?",
        default="",
        help="batch to open, such as 1234 or 1234@bigbird02 (default: none, all are listed)",
    )
    @line_magic
    def jobs(self, line: str) -> Any:
        """Show my jobs live, or one batch."""
        from dashboard.homes.notebook import show

        options = parse_argstring(self.jobs, line)
        return _told(lambda: show(self.workspace, page="jobs", batch=options.batch or None))

    @magic_arguments()
    @kwds(epilog=STAGE_MORE)
    @argument("did", help="dataset, container or file to stage: scope:name")
    @argument("--to", metavar="RSE", help="RSE or RSE expression (default: the first that is mounted here)")
    @argument("--lifetime", default="7d", help="how long it is kept, such as 12h, 7d or 2w (default: 7d)")
    @argument("--copies", type=int, default=1, help="number of copies, each at another RSE (default: 1)")
    @argument(
        "--as",
        dest="variable",
        default="",
        help="variable that is given the staging, whose .wait() gives the local paths (default: none)",
    )
    @line_magic
    def stage(self, line: str) -> Any:
        """Have Rucio bring data to an RSE and show it arriving."""
        options = parse_argstring(self.stage, line)
        variable = _variable(options.variable)
        staging = _told(lambda: self.workspace.stage(options.did, options.to, options.lifetime, options.copies))
        return self._given(variable, staging)

    def _given(self, variable: str, value: T) -> T:
        if variable:
            self.shell.user_ns[variable] = value
        return value

    def _python(self, cell: str, said: dict[str, Any]) -> str:
        """Write the cell as a script where submissions start from; the description that runs it."""
        try:
            source = script.source(cell)
            unknown = script.unknown(source)
            name = script.name(cell) or f"notebook cell {self.shell.execution_count}"
        except SyntaxError as error:
            raise UsageError(f"The cell is not the body of a Python function: {error.msg}.") from None
        if unknown:
            raise UsageError(
                f"Not submitted: the jobs do not know {', '.join(unknown)}. Variables and imports of the notebook are "
                "not there in a job: define or import them in this cell."
            )
        folder = Path(self.workspace.settings.htcondor.workdir or Path.cwd())
        file = folder / f"cygnet-{uuid.uuid4().hex[:8]}.py"
        form = Form(executable=str(file), arguments="$(ClusterId) $(ProcId)", **{"batch_name": name, **said})
        faults = check(form)
        if faults:
            raise UsageError(faults[0].sentence)
        text = describe(form, f"initialdir = {folder}\n")
        file.write_text(source, encoding="utf-8")
        file.chmod(0o755)
        return text


def _variable(name: str) -> str:
    if name and not name.isidentifier():
        raise UsageError(f"“{name}” is not a name for a variable.")
    return name


def _told(action: Callable[[], T]) -> T:
    """Value of the action; what went wrong as one sentence instead of a traceback."""
    try:
        return action()
    except Problem as problem:
        raise UsageError(problem.sentence) from None


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Register the magics (``%load_ext dashboard``)."""
    shell.register_magics(CygnetMagics)
