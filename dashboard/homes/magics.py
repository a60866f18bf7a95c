"""``%load_ext dashboard``: the magics ``%%condor``, ``%jobs`` and ``%stage``."""

from __future__ import annotations

import ast
import textwrap
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import Magics, cell_magic, line_magic, magics_class
from IPython.core.magic_arguments import argument, magic_arguments, parse_argstring

from dashboard.domain.problem import Problem
from dashboard.domain.submission import Form, check, describe
from dashboard.workspace import Workspace, connect
from dashboard.workspace.jobs import Submission

SCRIPT = '''#!/usr/bin/env python3
"""Made by %%condor --python."""

import json
import sys


def job(index):
{body}


cluster, index = sys.argv[1:]
result = job(int(index))
with open(f"result.{{cluster}}.{{index}}.json", "w") as file:
    json.dump(result, file, default=str)
'''

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

    @magic_arguments()
    @argument("--python", action="store_true", help="the cell is the body of a function of `index`, run by each job")
    @argument("--count", type=int, default=1, help="with --python: number of jobs; each gets its own index from 0")
    @argument("--memory", type=int, default=1024, help="with --python: MiB asked for by each job")
    @argument("--cpus", type=int, default=1, help="with --python: CPUs asked for by each job")
    @argument("--name", default="", help="with --python: name of the batch")
    @argument("--as", dest="variable", default="", help="variable that is given the submission")
    @cell_magic
    def condor(self, line: str, cell: str) -> Submission:
        """Submit the cell to HTCondor and show how the batch gets on.

        The cell is a submit description (what a submit file holds, with its `queue` statement), or with --python
        the body of a Python function of `index`, whose returned value each job writes as JSON to
        `result.<cluster>.<proc>.json` in the submission folder.
        """
        options = parse_argstring(self.condor, line)
        variable = _variable(options.variable)
        text = self._python(cell, options) if options.python else cell
        submission = _told(lambda: self.workspace.submit(text.rstrip("\n") + "\n"))
        return self._given(variable, submission)

    @magic_arguments()
    @argument("batch", nargs="?", default="", help="batch to open, such as 1234")
    @line_magic
    def jobs(self, line: str) -> Any:
        """Show my jobs live, or one batch."""
        from dashboard.homes.notebook import show

        options = parse_argstring(self.jobs, line)
        return _told(lambda: show(self.workspace, page="jobs", batch=options.batch or None))

    @magic_arguments()
    @argument("did", help="what to stage: scope:name")
    @argument("--to", default=None, help="RSE or RSE expression; otherwise the first that is mounted here")
    @argument("--lifetime", default="7d", help="how long it is kept, such as 12h, 7d or 2w (default 7d)")
    @argument("--copies", type=int, default=1, help="number of copies (default 1)")
    @argument("--as", dest="variable", default="", help="variable that is given the staging: .wait() gives the paths")
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

    def _python(self, cell: str, options: Any) -> str:
        """Write the cell as a script where submissions start from; the description that runs it."""
        try:
            source = SCRIPT.format(body=_body(textwrap.dedent(cell).strip("\n") or "pass"))
            ast.parse(source)
        except SyntaxError as error:
            raise UsageError(f"The cell is not the body of a Python function: {error.msg}.") from None
        folder = Path(self.workspace.settings.htcondor.workdir or Path.cwd())
        script = folder / f"cygnet-{uuid.uuid4().hex[:8]}.py"
        form = Form(
            executable=script.name,
            arguments="$(ClusterId) $(ProcId)",
            cpus=options.cpus,
            memory=options.memory,
            count=options.count,
            batch_name=options.name,
        )
        faults = check(form)
        if faults:
            raise UsageError(faults[0].sentence)
        text = describe(form)
        script.write_text(source, encoding="utf-8")
        script.chmod(0o755)
        return text


def _body(text: str) -> str:
    """The text, indented where that does not change what it means: not within strings of several lines."""
    within = {
        line
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Constant | ast.JoinedStr) and node.end_lineno
        for line in range(node.lineno + 1, node.end_lineno + 1)
    }
    lines = enumerate(text.split("\n"), 1)
    return "\n".join(line if number in within or not line.strip() else f"    {line}" for number, line in lines)


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
